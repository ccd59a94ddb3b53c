"""All sources at once: what they say is told once, one that breaks stops nobody, and a crash loses nothing."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from appliance.clock import SystemClock
from appliance.domain.origins import FactOrigin
from sync.journal.entries import Entry, read_line
from sync.link import tags as tagging
from sync.link import watch as watching
from sync.link.desk import Choices, Desk
from sync.link.sources.http_now import HttpNow
from sync.link.sources.icecast import Icecast
from sync.link.sources.pika_desktop import PikaDesktop
from sync.link.sources.source import (
    Confidence,
    ListeningSource,
    Polled,
    PolledSource,
    Probe,
    Sighting,
    SourceTrouble,
)
from sync.link.sources.virtualdj.history import VirtualDjHistory
from sync.link.store.database import LinkStore
from sync.link.tags import TagFacts, Tags
from sync.link.truth import Trust, Truth
from sync.link.watch import SourceState, Watch
from tests.link.laptops import laptop
from tests.link.test_tags import mp3
from tests.link.test_virtualdj import played
from tests.support.ports import free_port


def seen(title: str, *, source: str, confidence: Confidence = Confidence.HEARD) -> Sighting:
    return Sighting(source=source, native_id=title, confidence=confidence, title=title, artist="A")


@dataclass
class Program:
    """A DJ program whose whole history is a list."""

    name: str
    history: list[Sighting] = field(default_factory=list)
    trouble: str = ""
    usable: bool = True

    def probe(self) -> Probe:
        return Probe(self.usable)

    def poll(self, cursor: str | None, *, now_ms: int) -> Polled:
        if self.trouble:
            raise SourceTrouble(self.trouble)
        start = len(self.history) if cursor is None else int(cursor)
        return Polled(self.history[start:], str(len(self.history)))


@dataclass
class Radio:
    """A source that is told."""

    name: str
    sightings: list[Sighting]

    def probe(self) -> Probe:
        return Probe(True)

    async def listen(self, tell: Callable[[Sighting], None]) -> None:
        for sighting in self.sightings:
            tell(sighting)
        await asyncio.Event().wait()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "POLL_EVERY_S", 0.01)
    monkeypatch.setattr(watching, "PROBE_EVERY_S", 0.05)
    monkeypatch.setattr(watching, "WELL_AFTER_S", 0.05)
    monkeypatch.setattr(watching, "TAGS_AFTER_S", 0.05)


def titles(store: LinkStore) -> list[str]:
    lines = [read_line(line, seq=1) for line in store.lines_after("", 0, most=99)]
    return [json.loads(one.body)["title"] for one in lines if isinstance(one, Entry) and one.kind == "play.heard"]


def bodies(store: LinkStore, kind: str = "play.known") -> list[dict[str, Any]]:
    lines = [read_line(line, seq=1) for line in store.lines_after("", 0, most=99)]
    return [json.loads(one.body) for one in lines if isinstance(one, Entry) and one.kind == kind]


def watch_over(
    store: LinkStore, *programs: PolledSource, radios: Sequence[ListeningSource] = (), trust: Trust | None = None
) -> Watch:
    clock = SystemClock()
    return Watch(
        store,
        Desk(store, clock=clock, choices=Choices()),
        Truth(trust or Trust()),
        clock,
        list(programs),
        list(radios),
    )


def during(watch: Watch, story: Callable[[], None] | None, until: Callable[[], bool]) -> None:
    """Watches; after the first polls `story` happens; ends when `until` holds, which it must within 5 s."""

    async def run() -> None:
        task = asyncio.create_task(watch.run())
        await asyncio.sleep(0.1)
        if story is not None:
            story()
        async with asyncio.timeout(5):
            while not until():
                await asyncio.sleep(0.01)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(run())


@pytest.fixture
def store(tmp_path: Path) -> LinkStore:
    return LinkStore(tmp_path / "link.db")


def test_what_is_played_after_the_first_look_is_told_in_order(store: LinkStore) -> None:
    program = Program("vdj", [seen("Old", source="vdj")])
    watch = watch_over(store, program)
    during(
        watch,
        lambda: program.history.extend(seen(title, source="vdj") for title in "ABC"),
        lambda: len(titles(store)) == 3,
    )
    assert titles(store) == ["A", "B", "C"]


def test_a_source_that_breaks_says_so_and_the_others_go_on(store: LinkStore) -> None:
    broken, fine = Program("serato", trouble="The file is locked."), Program("vdj")
    watch = watch_over(store, broken, fine)
    during(watch, lambda: fine.history.append(seen("A", source="vdj")), lambda: titles(store) == ["A"])
    assert watch.states["serato"].trouble == "The file is locked."
    assert watch.states["vdj"].trouble == ""


def test_a_source_that_comes_later_is_found_and_one_that_goes_is_noticed(store: LinkStore) -> None:
    program = Program("vdj", usable=False)
    watch = watch_over(store, program)

    def come() -> None:
        program.usable = True

    during(watch, come, lambda: watch.states["vdj"].usable)
    program.usable = False
    during(watch, None, lambda: not watch.states["vdj"].usable)


def test_two_programs_and_a_listener_that_say_the_same_are_one_play(store: LinkStore) -> None:
    one, two = Program("vdj"), Program("mixxx")
    radio = Radio("icecast", [seen("Same", source="icecast")])
    watch = watch_over(store, one, two, radios=[radio])

    def play() -> None:
        one.history.append(seen("same", source="vdj"))
        two.history.append(seen("SAME", source="mixxx"))

    during(watch, play, lambda: {"1"} == {store.cursor("vdj"), store.cursor("mixxx")})
    assert titles(store) == ["Same"]


def test_what_was_played_while_the_link_was_off_is_told_when_it_is_on_again(store: LinkStore) -> None:
    program = Program("vdj", [seen("Old", source="vdj")])
    during(watch_over(store, program), None, lambda: store.cursor("vdj") == "1")
    program.history += [seen("A", source="vdj"), seen("B", source="vdj")]
    during(watch_over(store, program), None, lambda: len(titles(store)) == 2)
    assert titles(store) == ["A", "B"]


def test_a_crash_while_a_play_still_waits_loses_it_not(store: LinkStore) -> None:
    program = Program("vdj")
    slow = Trust(delay_ms=30_000)
    during(watch_over(store, program, trust=slow), None, lambda: store.cursor("vdj") == "0")
    watch = watch_over(store, program, trust=slow)
    during(watch, lambda: program.history.append(seen("A", source="vdj")), lambda: watch.truth.holds("vdj"))
    assert (titles(store), store.cursor("vdj")) == ([], "0")
    during(watch_over(store, program), None, lambda: titles(store) == ["A"])


def test_the_djs_word_makes_a_load_heard(store: LinkStore) -> None:
    program = Program("djay")
    watch = watch_over(store, program)
    loaded = seen("Loaded", source="djay", confidence=Confidence.LOADED)
    during(watch, lambda: program.history.append(loaded), lambda: watch.states["djay"].last == loaded)
    assert titles(store) == []
    watch.vouch()
    assert titles(store) == ["Loaded"]


# --- what breaks, and mends itself


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
                while not _answers(port):
                    await asyncio.sleep(0.01)
            assert (state().words, state().trouble) == ("", "")
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

        asyncio.run(run())


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


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


# --- two real programs at once


def test_virtualdj_and_a_broadcast_grow_together_and_each_track_is_one_play(store: LinkStore, tmp_path: Path) -> None:
    history = tmp_path / "home" / "Documents" / "VirtualDJ" / "History" / "a.m3u"
    history.parent.mkdir(parents=True)
    history.write_text("")
    port, now_s = free_port(), int(time.time())
    watch = watch_over(store, VirtualDjHistory(laptop(tmp_path / "home")), radios=[Icecast(port)])

    def broadcast(artist: str, title: str) -> None:
        query = urlencode({"mode": "updinfo", "artist": artist, "title": title})
        with socket.create_connection(("127.0.0.1", port), timeout=2) as sender:
            sender.sendall(f"GET /admin/metadata?{query} HTTP/1.0\r\n\r\n".encode())
            assert sender.recv(100).startswith(b"HTTP/1.0 200")

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
            while not _answers(port):
                await asyncio.sleep(0.01)
        # The broadcast is first; VirtualDJ writes the same later, in other words and with more.
        await asyncio.to_thread(broadcast, "Beyonce feat. Jay-Z", "Deja Vu (Original Mix)")
        await settled(1)
        write("Déjà Vu (feat. Jay-Z)", "Beyoncé", second=1, path="/music/dv.mp3")
        await settled(1)
        # VirtualDJ is first.
        write("Song", "A", second=2, remix="X Remix")
        await settled(2)
        await asyncio.to_thread(broadcast, "", "A - Song (X Remix)")
        await settled(2)
        # The DJ plays it once more.
        write("Song", "A", second=3, remix="X Remix")
        await settled(3)
        await asyncio.to_thread(broadcast, "B", "Between")
        await asyncio.to_thread(broadcast, "A", "Song (X Remix)")
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


# --- tempo and key


def audio_file(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(mp3({"TBPM": "64", "TKEY": "Am"}))
    return str(path)


def test_a_files_tags_are_looked_at_after_a_while_and_told_about_the_same_play(
    store: LinkStore, tmp_path: Path
) -> None:
    program = Program("vdj")
    watch = watch_over(store, program)
    tagged = replace(seen("A", source="vdj"), path=audio_file(tmp_path / "a.mp3"))
    during(watch, lambda: program.history.append(tagged), lambda: len(bodies(store)) == 1)
    (told,) = bodies(store, "play.heard")
    (more,) = bodies(store)
    assert ("bpm" in told, more["play"]) == (False, told["play"])
    assert (more["bpm"], more["bpm_origin"], more["key"], more["key_origin"]) == (64.0, "tags", "Am", "tags")


def test_the_database_wins_over_tags_whichever_is_first(
    store: LinkStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = audio_file(tmp_path / "a.mp3")
    plain = replace(seen("A", source="vdj"), path=path)
    known = replace(plain, bpm=128.0, bpm_origin=FactOrigin.DATABASE)
    late = Program("vdj")
    watch = watch_over(store, late)
    during(watch, lambda: late.history.append(plain), lambda: len(bodies(store)) == 1)
    during(watch, lambda: late.history.append(known), lambda: len(bodies(store)) == 2)
    assert [(one["bpm"], one["key"]) for one in bodies(store)] == [(64.0, "Am"), (128.0, "Am")]
    monkeypatch.setattr(watching, "TAGS_AFTER_S", 0.5)
    early = Program("mixxx")
    watch = watch_over(store, early)
    again = [replace(one, source="mixxx", native_id="2", title="B") for one in (plain, known)]
    during(watch, lambda: early.history.extend(again), lambda: len(bodies(store)) == 4)
    assert [(one.get("bpm"), one.get("key")) for one in bodies(store)[2:]] == [(128.0, None), (128.0, "Am")]


def test_a_drive_that_does_not_answer_delays_no_play(
    store: LinkStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_at, go_on = list[float](), threading.Event()

    def hang(path: str, *, until: float) -> TagFacts:
        asked_at.append(time.monotonic())
        go_on.wait(20)
        return TagFacts()

    monkeypatch.setattr(tagging, "read_tags", hang)
    program = Program("vdj")
    watch = watch_over(store, program)
    watch.tags = Tags(within_s=3)
    path = audio_file(tmp_path / "a.mp3")

    async def story() -> None:
        task = asyncio.create_task(watch.run())
        async with asyncio.timeout(10):
            while not store.cursor("vdj"):
                await asyncio.sleep(0.01)
            program.history.append(replace(seen("A", source="vdj"), path=path))
            while not asked_at:
                await asyncio.sleep(0.01)
            program.history.extend(replace(seen(title, source="vdj"), path=path) for title in "BCDE")
            while len(titles(store)) < 5:
                await asyncio.sleep(0.01)
        assert time.monotonic() - asked_at[0] < 2
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        go_on.set()

    try:
        asyncio.run(story())
    finally:
        go_on.set()
    assert len(asked_at) == 1
