"""Watches every DJ program there is: looks around at the start and every half minute, asks each second, tells the desk.

A source that breaks says so in one line and is asked again; the others go on. Files are read in worker threads, one at
a time for each source; everything is decided here, in the order in which it was heard of.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from appliance.clock import Clock
from sync.link.desk import Desk
from sync.link.sources.source import (
    Confidence,
    ListeningSource,
    Polled,
    PolledSource,
    Probe,
    Sighting,
    SourceTrouble,
)
from sync.link.store.database import KnownPlay, LinkStore
from sync.link.tags import Tags, is_here
from sync.link.truth import SAME_WITHIN_MS, Decision, Truth

log = logging.getLogger(__name__)

POLL_EVERY_S = 1.0
PROBE_EVERY_S = 30.0
#: a source that listens is well when it has done so for this long
WELL_AFTER_S = 1.0
#: the program's own database has its chance before a file's tags are looked at
TAGS_AFTER_S = 10.0
#: plays whose tags are still to be looked at; older ones go without
_TAGS_MOST = 64


@dataclass(slots=True)
class SourceState:
    """How one source is, for `status` and the booth."""

    usable: bool = False
    #: what is wrong, in one line; empty when nothing is
    trouble: str = ""
    #: what the last look around said, see `Probe.words`
    words: str = ""
    #: what it said last
    last: Sighting | None = None


@dataclass(slots=True)
class Watch:
    """All sources of this laptop."""

    store: LinkStore
    desk: Desk
    truth: Truth
    clock: Clock
    polled: Sequence[PolledSource]
    listening: Sequence[ListeningSource]
    #: called when something was kept for the box
    on_kept: Callable[[Sequence[KnownPlay]], None] = lambda plays: None  # noqa: ARG005 - nobody listens
    #: called with a play and the file that it is from
    on_file: Callable[[KnownPlay, str], None] = lambda play, path: None  # noqa: ARG005 - nobody listens
    states: dict[str, SourceState] = field(default_factory=dict)
    tags: Tags = field(default_factory=Tags)
    _cursors: dict[str, str | None] = field(default_factory=dict)
    #: when to look at the tags of a play, seconds of the monotonic clock; and which play
    _untagged: deque[tuple[float, tuple[str, str]]] = field(default_factory=lambda: deque(maxlen=_TAGS_MOST))

    async def run(self) -> None:
        """Watches until cancelled."""
        names = [*(one.name for one in self.polled), *(one.name for one in self.listening)]
        self.states.update({name: SourceState() for name in names})
        self._remember()
        async with asyncio.TaskGroup() as tasks:
            for polled in self.polled:
                tasks.create_task(self._poll_for_ever(polled), name=f"poll {polled.name}")
            for listening in self.listening:
                tasks.create_task(self._listen_for_ever(listening), name=f"listen {listening.name}")
            tasks.create_task(self._tick_for_ever(), name="tick")
            tasks.create_task(self._tag_for_ever(), name="tags")

    def _remember(self) -> None:
        """What was told just before the link began: another program may still tell of the same play."""
        wall_ms = self.clock.now().wall_ms
        for play in reversed(self.store.last_plays(_TAGS_MOST)):
            if not play.retracted and 0 <= wall_ms - play.at_ms <= SAME_WITHIN_MS:
                self.truth.remember(_sighting_of(play), at_ms=_steady_ms() - (wall_ms - play.at_ms))

    async def _poll_for_ever(self, source: PolledSource) -> None:
        state = self.states[source.name]
        while True:
            probe = await asyncio.to_thread(source.probe)
            self._note_probe(source.name, probe)
            until = time.monotonic() + PROBE_EVERY_S
            while state.usable and time.monotonic() < until:
                await self._poll(source)
                await asyncio.sleep(POLL_EVERY_S)
            if not state.usable:
                await asyncio.sleep(PROBE_EVERY_S)

    def _note_probe(self, name: str, probe: Probe) -> None:
        state = self.states[name]
        if state.usable != probe.usable:
            log.info("%s %s", name, "is here" if probe.usable else "is gone")
        if probe.words and probe.words != state.words:
            log.info("%s: %s", name, probe.words)
        if state.usable and not probe.usable:
            self._trouble(name, probe.words or "It was here and is gone; it is looked for again.")
        state.usable, state.words = probe.usable, probe.words

    async def _poll(self, source: PolledSource) -> None:
        cursor = self._cursor(source.name)
        try:
            polled = await asyncio.to_thread(source.poll, cursor, now_ms=self.clock.now().wall_ms)
        except SourceTrouble as trouble:
            self._trouble(source.name, str(trouble))
            return
        self._well(source.name)
        if polled.sightings or polled.cursor != cursor:
            self._heard(source.name, polled)

    def _cursor(self, name: str) -> str | None:
        if name not in self._cursors:
            self._cursors[name] = self.store.cursor(name)
        return self._cursors[name]

    def _heard(self, name: str, polled: Polled) -> None:
        decisions: list[Decision] = []
        for sighting in polled.sightings:
            decisions += self._see(sighting)
        # What still waits to be announced must be read again after a crash, so its place is not kept yet.
        kept_cursor = None if self.truth.holds(name) else polled.cursor
        self._cursors[name] = polled.cursor
        self._keep(decisions, source=name, cursor=kept_cursor)

    def _see(self, sighting: Sighting) -> list[Decision]:
        self.states[sighting.source].last = sighting
        return self.truth.see(sighting, now_ms=_steady_ms())

    def _keep(self, decisions: Sequence[Decision], *, source: str, cursor: str | None) -> Sequence[KnownPlay]:
        if not decisions and cursor is None:
            return ()
        kept = self.desk.take(decisions, source=source, cursor=cursor)
        self.on_kept(kept)
        due = time.monotonic() + TAGS_AFTER_S
        self._untagged.extend((due, (play.source, play.native_id)) for play in kept)
        return kept

    async def _tag_for_ever(self) -> None:
        while True:
            await asyncio.sleep(min(1.0, TAGS_AFTER_S))
            while self._untagged and self._untagged[0][0] <= time.monotonic():
                _, identity = self._untagged.popleft()
                sighting = self.truth.known_of(identity)
                if sighting is not None:
                    facts = await asyncio.to_thread(self.tags.facts, sighting)
                    self._keep(self.truth.learned(identity, facts), source=identity[0], cursor=None)
                    self._tell_of_file(identity, sighting.path)

    def _tell_of_file(self, identity: tuple[str, str], path: str | None) -> None:
        play = self.store.play_of(*identity)
        if play is not None and path is not None and is_here(path):
            self.on_file(play, path)

    async def _listen_for_ever(self, source: ListeningSource) -> None:
        def tell(sighting: Sighting) -> None:
            self._keep(self._see(sighting), source=source.name, cursor=None)

        while True:
            probe = await asyncio.to_thread(source.probe)
            self._note_probe(source.name, probe)
            if probe.usable:
                well = asyncio.get_running_loop().call_later(WELL_AFTER_S, self._well, source.name)
                try:
                    await source.listen(tell)
                except SourceTrouble as trouble:
                    self._trouble(source.name, str(trouble))
                finally:
                    well.cancel()
            await asyncio.sleep(PROBE_EVERY_S)

    async def _tick_for_ever(self) -> None:
        while True:
            decisions = self.truth.tick(now_ms=_steady_ms())
            for decision in decisions:
                name = decision.sighting.source
                cursor = None if self.truth.holds(name) else self._cursors.get(name)
                self._keep([decision], source=name, cursor=cursor)
            await asyncio.sleep(0.25)

    def vouch(self) -> list[KnownPlay]:
        """The DJ says that what was loaded last is heard; the plays that are told now."""
        decisions = self.truth.vouch(now_ms=_steady_ms())
        return [play for one in decisions for play in self._keep([one], source=one.sighting.source, cursor=None)]

    def _trouble(self, name: str, words: str) -> None:
        state = self.states[name]
        if state.trouble != words:
            log.warning("%s: %s", name, words)
        state.trouble = words

    def _well(self, name: str) -> None:
        state = self.states[name]
        if state.trouble:
            log.info("%s can be read again.", name)
        state.trouble = ""


def _sighting_of(play: KnownPlay) -> Sighting:
    return Sighting(
        source=play.source,
        native_id=play.native_id,
        confidence=Confidence.HEARD,
        title=play.title,
        artist=play.artist,
        bpm=play.facts.bpm,
        key=play.facts.key,
        bpm_origin=play.facts.bpm_origin,
        key_origin=play.facts.key_origin,
    )


def _steady_ms() -> int:
    """Milliseconds of a clock that never jumps, also while the laptop sleeps and wakes."""
    return int(time.monotonic() * 1000)
