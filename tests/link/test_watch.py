"""All sources at once: what they say is told once, one that breaks stops nobody, and a crash loses nothing."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from sync.journal.entries import Entry, read_line
from sync.link import watch as watching
from sync.link.desk import Choices, Desk
from sync.link.sources.source import Confidence, Polled, Probe, Sighting, SourceTrouble
from sync.link.store.database import LinkStore
from sync.link.truth import Trust, Truth
from sync.link.watch import Watch


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


def titles(store: LinkStore) -> list[str]:
    lines = [read_line(line, seq=1) for line in store.lines_after("", 0, most=99)]
    return [json.loads(one.body)["title"] for one in lines if isinstance(one, Entry) and one.kind == "play.heard"]


def watch_over(
    store: LinkStore, *programs: Program, radios: list[Radio] | None = None, trust: Trust | None = None
) -> Watch:
    clock = SystemClock()
    return Watch(
        store,
        Desk(store, clock=clock, choices=Choices()),
        Truth(trust or Trust()),
        clock,
        list(programs),
        radios or [],
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
