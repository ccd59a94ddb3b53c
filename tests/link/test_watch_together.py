"""Two programs that tell of one evening: each play once, with the best of both."""

import asyncio
import contextlib
import socket
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest

from sync.link.sources.icecast import Icecast
from sync.link.sources.virtualdj.history import VirtualDjHistory
from sync.link.store.database import LinkStore
from tests.link.laptops import laptop
from tests.link.test_virtualdj import played
from tests.link.watching import Program, Radio, answers, be_quick, during, seen, titles, watch_over
from tests.support.ports import free_port


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    be_quick(monkeypatch)


@pytest.fixture
def store(tmp_path: Path) -> LinkStore:
    return LinkStore(tmp_path / "link.db")


def broadcast(port: int, artist: str, title: str) -> None:
    """A sender says what is on, as butt does."""
    query = urlencode({"mode": "updinfo", "artist": artist, "title": title})
    with socket.create_connection(("127.0.0.1", port), timeout=2) as sender:
        sender.sendall(f"GET /admin/metadata?{query} HTTP/1.0\r\n\r\n".encode())
        assert sender.recv(100).startswith(b"HTTP/1.0 200")


def test_virtualdj_and_a_broadcast_grow_together_and_each_track_is_one_play(store: LinkStore, tmp_path: Path) -> None:
    history = tmp_path / "home" / "Documents" / "VirtualDJ" / "History" / "a.m3u"
    history.parent.mkdir(parents=True)
    history.write_text("")
    port, now_s = free_port(), int(time.time())
    watch = watch_over(store, VirtualDjHistory(laptop(tmp_path / "home")), radios=[Icecast(port)])

    def write(title: str, artist: str, *, second: int, **tags: str) -> None:
        with history.open("a") as file:
            file.write(played(title, now_s + second, artist=artist, **tags))

    async def settled(count: int) -> None:
        async with asyncio.timeout(5):
            while len(titles(store)) < count or store.cursor("virtualdj") is None:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)

    async def story() -> None:
        task = asyncio.create_task(watch.run())
        await settled(0)
        async with asyncio.timeout(5):
            while not answers(port):
                await asyncio.sleep(0.01)
        # The broadcast is first; VirtualDJ writes the same later, in other words and with more.
        await asyncio.to_thread(broadcast, port, "Beyonce feat. Jay-Z", "Deja Vu (Original Mix)")
        await settled(1)
        write("Déjà Vu (feat. Jay-Z)", "Beyoncé", second=1, path="/music/dv.mp3")
        await settled(1)
        # VirtualDJ is first.
        write("Song", "A", second=2, remix="X Remix")
        await settled(2)
        await asyncio.to_thread(broadcast, port, "", "A - Song (X Remix)")
        await settled(2)
        # The DJ plays it once more.
        write("Song", "A", second=3, remix="X Remix")
        await settled(3)
        await asyncio.to_thread(broadcast, port, "B", "Between")
        await asyncio.to_thread(broadcast, port, "A", "Song (X Remix)")
        await settled(4)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(story())
    assert titles(store) == ["Deja Vu (Original Mix)", "Song (X Remix)", "Song (X Remix)", "Between"]


def test_a_play_that_was_told_just_before_a_restart_is_the_same_for_a_program_that_is_late(store: LinkStore) -> None:
    radio = Radio("icecast", [seen("Same", source="icecast")])
    during(watch_over(store, radios=[radio]), None, lambda: titles(store) == ["Same"])
    late = Program("vdj")
    watch = watch_over(store, late)
    during(watch, lambda: late.history.append(seen("same", source="vdj")), lambda: store.cursor("vdj") == "1")
    assert titles(store) == ["Same"]
