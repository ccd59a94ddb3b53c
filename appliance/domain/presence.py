"""Who is there, counted minute by minute on the box, so that only numbers ever leave it. Pure; knows no clock.

Guests' ids stay in here, in memory, for as long as it takes to tell who came, who went and who stayed: twenty minutes.
After a restart the guests who are back within the first minute count as having been there; who left meanwhile is
counted nowhere, and neither is the hand-over that was being measured.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MINUTE_MS = 60_000
SPAN_MINUTES = 5
#: a guest who was not seen for so long has left: phones sleep in pockets between two looks
GONE_AFTER_MINUTES = 15
#: around a change of DJ: whoever was seen so long before it, and in the last span of as long after it
HANDOVER_MINUTES = 15
#: more guests than a hall holds; further ones are not counted, so that made-up ids fill no memory
GUESTS_MOST = 10_000


@dataclass(frozen=True, slots=True)
class SpanCount:
    """One span on one stage."""

    stage: str
    #: when it ended, milliseconds since the count began
    at_ms: int
    #: how long it was, milliseconds: five minutes, or less at the end of a run
    span_ms: int
    #: distinct guests in each minute
    minutes: tuple[int, ...]
    #: distinct guests in the span
    guests: int
    #: those of them who liked
    active: int
    #: guests whose place this became
    arrived: int
    #: guests whose place this was: seen on another stage since, or not at all for a quarter of an hour
    left: int
    #: where those who arrived were before, stages with how many; the others came from outside
    came_from: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class HandoverCount:
    """How many stayed when one DJ followed another."""

    stage: str
    #: when it was known, milliseconds since the count began
    at_ms: int
    from_session: str
    to_session: str
    #: distinct guests of the quarter of an hour before the change
    before: int
    #: those of them who were seen in the five minutes until a quarter of an hour after it
    stayed: int


Count = SpanCount | HandoverCount


@dataclass(frozen=True, slots=True)
class _Set:
    session: str
    dj: str
    #: None while it runs
    ended: int | None = None


@dataclass(frozen=True, slots=True)
class _Change:
    stage: str
    from_session: str
    to_session: str
    minute: int
    before: frozenset[str]


class Attendance:
    """The guests of this run, by the minutes since it began."""

    def __init__(self, *, most: int = GUESTS_MOST) -> None:
        self._most = most
        self._minute = 0
        #: of the span that runs: stage, guest, a bit for each minute
        self._seen: dict[str, dict[str, int]] = {}
        self._active: dict[str, set[str]] = {}
        #: stage, guest, the last minute there
        self._last: dict[str, dict[str, int]] = {}
        #: guest, where they mostly were, and the last minute anywhere
        self._place: dict[str, tuple[str, int]] = {}
        self._sets: dict[str, _Set] = {}
        self._changes: list[_Change] = []

    def see(self, stage: str, guest: str) -> None:
        """A guest looks at a stage in this minute."""
        seen = self._seen.setdefault(stage, {})
        if guest not in seen and guest not in self._place and self.guests() >= self._most:
            return
        seen[guest] = seen.get(guest, 0) | 1 << self._minute % SPAN_MINUTES
        self._last.setdefault(stage, {})[guest] = self._minute

    def act(self, stage: str, guest: str) -> None:
        """A guest does something on a stage; counts if the guest is seen there in this span."""
        active = self._active.setdefault(stage, set())
        if len(active) < self._most:
            active.add(guest)

    def has_stayed(self, guest: str) -> bool:
        """Whether a guest was there already in a span that is over, and has not left since."""
        return guest in self._place

    def forget(self, guest: str) -> None:
        """As if the guest had never been here."""
        for by_stage in (self._seen, self._last):
            for guests in by_stage.values():
                guests.pop(guest, None)
        for active in self._active.values():
            active.discard(guest)
        self._place.pop(guest, None)
        self._changes = [
            _Change(one.stage, one.from_session, one.to_session, one.minute, one.before - {guest})
            for one in self._changes
        ]

    def guests(self) -> int:
        """How many guests are remembered at most: one who moves counts twice for a while."""
        return len(self._place) + max(map(len, self._seen.values()), default=0)

    def goes_on(self, stage: str, *, session: str, dj: str) -> None:
        """A set that ran already when this run began."""
        self._sets[stage] = _Set(session, dj)

    def started(self, stage: str, *, session: str, dj: str) -> None:
        """A set begins; when it follows another DJ's, who stays is measured."""
        before, self._sets[stage] = self._sets.get(stage), _Set(session, dj)
        if before is None or before.dj == dj:
            return
        if before.ended is not None and self._minute - before.ended > HANDOVER_MINUTES:
            return
        since = self._minute - HANDOVER_MINUTES
        guests = frozenset(guest for guest, last in self._last.get(stage, {}).items() if last >= since)
        if guests:
            self._changes.append(_Change(stage, before.session, session, self._minute, guests))

    def ended(self, stage: str, *, session: str) -> None:
        """A set is over."""
        running = self._sets.get(stage)
        if running is not None and running.session == session:
            self._sets[stage] = _Set(session, running.dj, ended=self._minute)

    def turn(self, minute: int, *, present: Iterable[tuple[str, Iterable[str]]]) -> list[Count]:
        """A minute begins; what can be counted by now. `present` are the guests who look on at this moment, by stage.

        Minutes that nobody turned (the box slept) have nobody in them. A minute from the past changes nothing.
        """
        if minute <= self._minute:
            return []
        counts: list[Count] = []
        if minute // SPAN_MINUTES != self._minute // SPAN_MINUTES:
            counts += self._close(span_ms=SPAN_MINUTES * MINUTE_MS)
        self._minute = minute
        for stage, guests in present:
            for guest in guests:
                self.see(stage, guest)
        counts += self._measured()
        return counts

    def this_minute(self) -> dict[str, int]:
        """How many guests were seen in the minute that runs, by stage."""
        bit = self._minute % SPAN_MINUTES
        return {stage: sum(mask >> bit & 1 for mask in masks.values()) for stage, masks in self._seen.items()}

    def close(self, *, since_start_ms: int) -> list[SpanCount]:
        """The run ends in the middle of a span: that one, as long as it was."""
        begun = self._minute // SPAN_MINUTES * SPAN_MINUTES * MINUTE_MS
        span_ms = min(since_start_ms - begun, SPAN_MINUTES * MINUTE_MS)
        return self._close(span_ms=span_ms) if span_ms > 0 else []

    def _measured(self) -> list[HandoverCount]:
        due = [one for one in self._changes if self._minute - one.minute >= HANDOVER_MINUTES]
        self._changes = [one for one in self._changes if one not in due]
        counts, at_ms = [], self._minute * MINUTE_MS
        for one in due:
            last, since = self._last.get(one.stage, {}), one.minute + HANDOVER_MINUTES - SPAN_MINUTES
            stayed = sum(last.get(guest, -1) > since for guest in one.before)
            counts.append(HandoverCount(one.stage, at_ms, one.from_session, one.to_session, len(one.before), stayed))
        return counts

    def _close(self, *, span_ms: int) -> list[SpanCount]:
        """The span that runs, counted and forgotten."""
        at_ms = self._minute // SPAN_MINUTES * SPAN_MINUTES * MINUTE_MS + span_ms
        arrived, left, came_from = self._moved()
        counts = []
        for stage in sorted({*self._seen, *left}):
            masks = self._seen.get(stage, {})
            if not masks and not left.get(stage):
                continue
            shown = range(min(SPAN_MINUTES, -(-span_ms // MINUTE_MS)))
            counts.append(
                SpanCount(
                    stage=stage,
                    at_ms=at_ms,
                    span_ms=span_ms,
                    minutes=tuple(sum(mask >> minute & 1 for mask in masks.values()) for minute in shown),
                    guests=len(masks),
                    active=len(self._active.get(stage, set()) & masks.keys()),
                    arrived=arrived.get(stage, 0),
                    left=left.get(stage, 0),
                    came_from=came_from.get(stage, {}),
                )
            )
        self._seen, self._active = {}, {}
        self._prune()
        return counts

    def _places(self) -> dict[str, tuple[str, int]]:
        """Where each guest of this span mostly was, with the bits of the minutes there; of equal places the old one."""
        best: dict[str, tuple[tuple[int, bool, int], str, int]] = {}
        for stage, masks in self._seen.items():
            for guest, mask in masks.items():
                before = self._place.get(guest)
                rank = (mask.bit_count(), before is not None and before[0] == stage, mask)
                if guest not in best or rank > best[guest][0]:
                    best[guest] = (rank, stage, mask)
        return {guest: (stage, mask) for guest, (_, stage, mask) in best.items()}

    def _moved(self) -> tuple[dict[str, int], dict[str, int], dict[str, dict[str, int]]]:
        """Who came, who left, and from where to where, by stage; everybody's place is up to date after it."""
        arrived: dict[str, int] = {}
        left: dict[str, int] = {}
        came_from: dict[str, dict[str, int]] = {}
        first = self._minute // SPAN_MINUTES * SPAN_MINUTES
        for guest, (stage, mask) in self._places().items():
            before = self._place.get(guest)
            self._place[guest] = (stage, first + mask.bit_length() - 1)
            if before is None and not (first == 0 and mask & 1):
                arrived[stage] = arrived.get(stage, 0) + 1
            elif before is not None and before[0] != stage:
                arrived[stage] = arrived.get(stage, 0) + 1
                left[before[0]] = left.get(before[0], 0) + 1
                flow = came_from.setdefault(stage, {})
                flow[before[0]] = flow.get(before[0], 0) + 1
        for guest, (stage, last) in list(self._place.items()):
            if self._minute - last >= GONE_AFTER_MINUTES:
                left[stage] = left.get(stage, 0) + 1
                del self._place[guest]
        return arrived, left, came_from

    def _prune(self) -> None:
        since = self._minute - HANDOVER_MINUTES
        for stage, last in list(self._last.items()):
            self._last[stage] = {guest: minute for guest, minute in last.items() if minute >= since}
