"""What is announced, and when: loaded is not heard, two programs that say the same mean one play. Pure.

In a real six-hour log 63 % of 342 loads were never heard, and no waiting time told them apart. So what is heard or
played shows by itself; what is only loaded needs the DJ's word, or the DJ's choice to believe loads of that program
after a dwell time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sync.link.facts import Facts, better, facts_of
from sync.link.sameness import is_same_track
from sync.link.sources.source import Confidence, Sighting

#: the same track from two sources within this time is one play
SAME_WITHIN_MS = 120_000
#: programs that tell of an evening afterwards do not mean the same play when their stamps lie further apart
_APART_MS = 10 * 60 * 1000
#: plays that are remembered for comparing; far more than fit into `SAME_WITHIN_MS`
_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Trust:
    """What the DJ chose."""

    #: sources whose loads are believed after the dwell time
    loads_of: frozenset[str] = frozenset()
    #: how long a believed load must stay the newest, milliseconds
    dwell_ms: int = 45_000
    #: how long to wait before anything is announced; taken back if something else follows meanwhile. 0 to 30,000
    delay_ms: int = 0


class Deed(StrEnum):
    """What to do about a play."""

    ANNOUNCE = "announce"
    #: more is known of a play that was announced: the same play id
    ENRICH = "enrich"


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing to do."""

    deed: Deed
    #: what to say, the best of all sources that saw it
    sighting: Sighting
    #: the source and native id that the play got its identity from
    identity: tuple[str, str]


def richer(known: Sighting, new: Sighting) -> Sighting:
    """`known`, with what only `new` knows or knows better; the earlier start of the two."""
    starts = [start for start in (known.started_ms, new.started_ms) if start is not None]
    known = _with(known, better(facts_of(known), facts_of(new)))
    return replace(
        known,
        artist=known.artist or new.artist,
        # "Artist - Title" as a title gives way to a title with its artist.
        title=new.title if new.artist and not known.artist else known.title or new.title,
        remix=known.remix or new.remix,
        started_ms=min(starts, default=None),
        path=known.path or new.path,
        stream_id=known.stream_id or new.stream_id,
        duration_s=known.duration_s or new.duration_s,
    )


def _with(sighting: Sighting, facts: Facts) -> Sighting:
    return replace(sighting, bpm=facts.bpm, key=facts.key, bpm_origin=facts.bpm_origin, key_origin=facts.key_origin)


def _are_apart(one: Sighting, other: Sighting) -> bool:
    if one.started_ms is None or other.started_ms is None:
        return False
    return abs(one.started_ms - other.started_ms) > _APART_MS


@dataclass(frozen=True, slots=True)
class _Announced:
    """A play that dancers were told of."""

    sighting: Sighting
    at_ms: int
    #: every source that saw it, with its own id there
    seen_by: Mapping[str, str]

    @property
    def identity(self) -> tuple[str, str]:
        return self.sighting.source, self.sighting.native_id


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A sighting that is not announced yet."""

    sighting: Sighting
    due_ms: int


@dataclass(slots=True)
class Truth:
    """What was seen so far, and what follows from it. Times are milliseconds of a clock that never jumps."""

    trust: Trust
    _announced: list[_Announced] = field(default_factory=list)
    _waiting: list[_Waiting] = field(default_factory=list)
    #: loads nobody vouched for yet, by source and native id
    _loads: dict[tuple[str, str], Sighting] = field(default_factory=dict)

    def see(self, sighting: Sighting, *, now_ms: int) -> list[Decision]:
        """A source said something."""
        # What can be no tempo must not stand in the way of one.
        sighting = _with(sighting, facts_of(sighting))
        earlier = self._told_before(sighting)
        if earlier is not None:
            return self._enrich(earlier, sighting)
        if sighting.confidence is Confidence.LOADED:
            return self._loaded(sighting, now_ms=now_ms)
        self._loads.pop((sighting.source, sighting.native_id), None)
        same = self._same_play(sighting, now_ms=now_ms)
        if same is not None:
            return self._enrich(same, sighting)
        return self._announce_or_wait(sighting, now_ms=now_ms)

    def learned(self, identity: tuple[str, str], facts: Facts) -> list[Decision]:
        """More is known of a play that was announced, from wherever."""
        for number, one in enumerate(self._announced):
            if one.identity == identity:
                known = _with(one.sighting, better(facts_of(one.sighting), facts))
                if known == one.sighting:
                    return []
                self._announced[number] = replace(one, sighting=known)
                return [Decision(Deed.ENRICH, known, identity)]
        return []

    def remember(self, sighting: Sighting, *, at_ms: int) -> None:
        """What was announced by an earlier run, at a moment of this run's clock."""
        told = _Announced(sighting, at_ms, {sighting.source: sighting.native_id})
        self._announced = [*self._announced, told][-_REMEMBERED:]

    def known_of(self, identity: tuple[str, str]) -> Sighting | None:
        """The best that is known of a play that was announced; None when that was long ago."""
        return next((one.sighting for one in self._announced if one.identity == identity), None)

    def vouch(self, *, now_ms: int) -> list[Decision]:
        """The DJ says that the newest load is heard."""
        if not self._loads:
            return []
        identity = list(self._loads)[-1]
        sighting = replace(self._loads.pop(identity), confidence=Confidence.HEARD)
        self._forget_waiting(identity)
        return self._announce(sighting, now_ms=now_ms)

    def tick(self, *, now_ms: int) -> list[Decision]:
        """Time went by: what has waited long enough is announced."""
        due = [one for one in self._waiting if one.due_ms <= now_ms]
        self._waiting = [one for one in self._waiting if one.due_ms > now_ms]
        return [decision for one in due for decision in self._announce(one.sighting, now_ms=now_ms)]

    def next_due_ms(self) -> int | None:
        """When `tick` has something to do."""
        return min((one.due_ms for one in self._waiting), default=None)

    def holds(self, source: str) -> bool:
        """Whether something of a source waits to be announced: until then its cursor must not be kept."""
        return any(one.sighting.source == source for one in self._waiting)

    def _told_before(self, sighting: Sighting) -> _Announced | None:
        for one in reversed(self._announced):
            if one.seen_by.get(sighting.source) == sighting.native_id:
                return one
        return None

    def _same_play(self, sighting: Sighting, *, now_ms: int) -> _Announced | None:
        """The play that another source told of. The same source with a new id means a replay, which is a play."""
        for one in reversed(self._announced):
            if now_ms - one.at_ms > SAME_WITHIN_MS:
                return None
            if sighting.source in one.seen_by or _are_apart(one.sighting, sighting):
                continue
            if is_same_track(one.sighting, sighting):
                return one
        return None

    def _enrich(self, earlier: _Announced, sighting: Sighting) -> list[Decision]:
        better = richer(earlier.sighting, sighting)
        seen_by = {**earlier.seen_by, sighting.source: sighting.native_id}
        self._announced[self._announced.index(earlier)] = _Announced(better, earlier.at_ms, seen_by)
        if replace(better, started_ms=earlier.sighting.started_ms) == earlier.sighting:
            return []
        return [Decision(Deed.ENRICH, better, earlier.identity)]

    def _loaded(self, sighting: Sighting, *, now_ms: int) -> list[Decision]:
        identity = (sighting.source, sighting.native_id)
        is_new = identity not in self._loads
        self._loads[identity] = sighting
        for old in list(self._loads)[:-_REMEMBERED]:
            del self._loads[old]
        if is_new and sighting.source in self.trust.loads_of:
            # The next load on whatever deck makes the one before an attempt that nobody heard.
            decisions = self._supersede(sighting, least_ms=self.trust.dwell_ms, now_ms=now_ms)
            self._waiting.append(_Waiting(sighting, now_ms + self.trust.dwell_ms))
            return decisions
        return []

    def _supersede(self, by: Sighting, *, least_ms: int, now_ms: int) -> list[Decision]:
        """What still waited of this source is over; it counts when the stamps say that it lasted `least_ms`.

        So nothing is lost of what a program tells at once after the laptop slept.
        """
        over = [one.sighting for one in self._waiting if one.sighting.source == by.source]
        self._waiting = [one for one in self._waiting if one.sighting.source != by.source]
        lasted = [
            one
            for one in over
            if one.started_ms is not None and by.started_ms is not None and by.started_ms - one.started_ms >= least_ms
        ]
        return [decision for one in lasted for decision in self._announce(one, now_ms=now_ms)]

    def _announce_or_wait(self, sighting: Sighting, *, now_ms: int) -> list[Decision]:
        identity = (sighting.source, sighting.native_id)
        for number, one in enumerate(self._waiting):
            same_id = (one.sighting.source, one.sighting.native_id) == identity
            if same_id or (one.sighting.source != sighting.source and is_same_track(one.sighting, sighting)):
                # A load that is heard now, or the second source of a play that still waits: no second waiting.
                due = one.due_ms if self.trust.delay_ms else now_ms
                del self._waiting[number]
                better = richer(sighting, one.sighting)
                if due > now_ms and one.sighting.confidence is not Confidence.LOADED:
                    self._waiting.append(_Waiting(better, due))
                    return []
                return self._announce(better, now_ms=now_ms)
        if self.trust.delay_ms == 0:
            return self._announce(sighting, now_ms=now_ms)
        decisions = self._supersede(sighting, least_ms=self.trust.delay_ms, now_ms=now_ms)
        self._waiting.append(_Waiting(sighting, now_ms + self.trust.delay_ms))
        return decisions

    def _announce(self, sighting: Sighting, *, now_ms: int) -> list[Decision]:
        self._loads.pop((sighting.source, sighting.native_id), None)
        same = self._same_play(sighting, now_ms=now_ms)
        if same is not None:
            return self._enrich(same, sighting)
        announced = _Announced(sighting, now_ms, {sighting.source: sighting.native_id})
        self._announced = [*self._announced, announced][-_REMEMBERED:]
        return [Decision(Deed.ANNOUNCE, sighting, announced.identity)]

    def _forget_waiting(self, identity: tuple[str, str]) -> None:
        self._waiting = [one for one in self._waiting if (one.sighting.source, one.sighting.native_id) != identity]
