"""A watch over programs that tests write: stand-ins, and a story that is played out in time."""

import asyncio
import contextlib
import json
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from appliance.clock import SystemClock
from sync.journal.entries import Entry, read_line
from sync.link import watch as watching
from sync.link.desk import Choices, Desk
from sync.link.sources.source import (
    Confidence,
    ListeningSource,
    Polled,
    PolledSource,
    Probe,
    Sighting,
    SourceTrouble,
)
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


def be_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits a hundredth of what the link waits."""
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


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0
