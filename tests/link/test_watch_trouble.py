"""Ports that are taken, listeners that fail, drives that go: said while it is so, and well again after."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sync.link.sources.http_now import HttpNow
from sync.link.sources.icecast import Icecast
from sync.link.sources.pika_desktop import PikaDesktop
from sync.link.sources.source import (
    ListeningSource,
    Sighting,
    SourceTrouble,
)
from sync.link.sources.virtualdj.history import VirtualDjHistory
from sync.link.store.database import LinkStore
from sync.link.watch import SourceState
from tests.link.laptops import laptop
from tests.link.test_virtualdj import played
from tests.link.watching import Radio, answers, be_quick, during, titles, watch_over


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    be_quick(monkeypatch)


@pytest.fixture
def store(tmp_path: Path) -> LinkStore:
    return LinkStore(tmp_path / "link.db")


@pytest.mark.parametrize("build", [Icecast, HttpNow, PikaDesktop])
def test_a_port_that_is_taken_is_said_while_it_is_and_used_when_it_is_free(
    store: LinkStore, build: Callable[[int], ListeningSource]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        source = build(port)
        watch = watch_over(store, radios=[source])

        def state() -> SourceState:
            return watch.states[source.name]

        async def run() -> None:
            task = asyncio.create_task(watch.run())
            async with asyncio.timeout(5):
                while not (source.name in watch.states and state().words):
                    await asyncio.sleep(0.01)
                assert (state().usable, f"Port {port} is taken" in state().words) == (False, True)
                other.close()
                while not state().usable:
                    await asyncio.sleep(0.01)
                while not answers(port):
                    await asyncio.sleep(0.01)
            assert (state().words, state().trouble) == ("", "")
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

        asyncio.run(run())


def test_a_listener_that_fails_after_all_says_so_until_it_listens(store: LinkStore) -> None:
    class Moody(Radio):
        fails = True

        async def listen(self, tell: Callable[[Sighting], None]) -> None:
            if self.fails:
                raise SourceTrouble("Not now.")
            await super().listen(tell)

    radio = Moody("icecast", [])
    watch = watch_over(store, radios=[radio])

    def mend() -> None:
        assert watch.states["icecast"].trouble == "Not now."
        radio.fails = False

    during(watch, mend, lambda: watch.states["icecast"].trouble == "")


def test_a_drive_that_goes_and_comes_back_is_said_and_nothing_is_lost_or_told_again(
    store: LinkStore, tmp_path: Path
) -> None:
    home = tmp_path / "usb" / "VirtualDJ"
    history = home / "History" / "a.m3u"
    history.parent.mkdir(parents=True)
    now_s = int(time.time())
    history.write_text(played("One", now_s - 30))
    watch = watch_over(store, VirtualDjHistory(laptop(tmp_path / "home"), home=home))

    def state() -> SourceState:
        return watch.states["virtualdj"]

    away = tmp_path / "away"

    def unplug() -> None:
        assert titles(store) == ["One"]
        home.rename(away)

    def plug_in() -> None:
        with (away / "History" / "a.m3u").open("a") as file:
            file.write(played("Two", now_s - 20) + played("One", now_s - 10))
        away.rename(home)

    during(watch, unplug, lambda: "is gone" in state().trouble and not state().usable)
    watch = watch_over(store, VirtualDjHistory(laptop(tmp_path / "home"), home=home))
    during(watch, plug_in, lambda: len(titles(store)) == 3)
    assert titles(store) == ["One", "Two", "One"]
    assert state().trouble == ""
