"""How many phones listened, when and where. Pure.

The box counts each stage in spans of five minutes; a phone that changed the stage within one span is counted on both.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from sync.cloud.night.records import Night, PresenceRecord

MINUTE_MS = 60_000
HALF_HOUR_MS = 30 * MINUTE_MS
#: a span of the box
SPAN_MS = 5 * MINUTE_MS
#: so much of a stretch must be counted before its listeners are told
_COVERED = 0.5


@dataclass(frozen=True, slots=True)
class Point:
    """One span of the curve."""

    #: when it began
    at_ms: int
    span_ms: int
    #: phones at once, on average over the span's minutes
    phones: float
    #: distinct phones in the whole span
    guests: int
    #: those of them who liked, voted or reacted
    active: int
    #: who came to and left the stages, changes between them too
    arrived: int
    left: int


@dataclass(frozen=True, slots=True)
class Peak:
    """The fullest minute."""

    phones: int
    #: None where the hour is unknown
    at_ms: int | None


def curve(night: Night, *, stage: str | None = None) -> list[Point]:
    """The spans whose hour is known, in time; of one stage, or of all stages together."""
    spans: dict[int, list[PresenceRecord]] = defaultdict(list)
    for row in night.presence:
        if row.at_ms is not None and stage in (None, row.stage):
            spans[(row.at_ms - row.span_ms) // SPAN_MS].append(row)
    return [_point(rows) for _, rows in sorted(spans.items())]


def _point(rows: Sequence[PresenceRecord]) -> Point:
    """One span of several stages. A stage that has two rows here was counted by two boots: both saw the same guests."""
    first = min(rows, key=lambda row: row.order)
    assert first.at_ms is not None
    stages: dict[str, list[PresenceRecord]] = defaultdict(list)
    for row in rows:
        stages[row.stage].append(row)
    return Point(
        at_ms=first.at_ms - first.span_ms,
        span_ms=first.span_ms,
        phones=sum(_phones(found) for found in stages.values()),
        guests=sum(max(row.guests for row in found) for found in stages.values()),
        active=sum(max(row.active for row in found) for found in stages.values()),
        arrived=sum(row.arrived for row in rows),
        left=sum(row.left for row in rows),
    )


def _phones(rows: Sequence[PresenceRecord]) -> float:
    minutes = [phones for row in rows for phones in row.minutes]
    return fmean(minutes) if minutes else max(row.guests for row in rows)


def pieces(points: Sequence[Point]) -> list[list[Point]]:
    """The curve cut where nothing was counted: a line over a gap would be invented."""
    found: list[list[Point]] = [[points[0]]] if points else []
    for before, after in pairwise(points):
        if after.at_ms - before.at_ms > before.span_ms * 3 // 2:
            found.append([])
        found[-1].append(after)
    return found


def peak(night: Night) -> Peak | None:
    """The fullest minute of all stages together; unknown hours count, each stage by itself. None without presence."""
    known: dict[int, int] = defaultdict(int)
    unknown = 0
    for row in night.presence:
        for minute, phones in enumerate(row.minutes):
            if row.at_ms is None:
                unknown = max(unknown, phones)
            else:
                known[(row.at_ms - row.span_ms) // MINUTE_MS + minute] += phones
    if not night.presence:
        return None
    at = max(known, key=lambda minute: (known[minute], -minute), default=None)
    if at is None or known[at] < unknown:
        return Peak(phones=unknown, at_ms=None)
    return Peak(phones=known[at], at_ms=at * MINUTE_MS)


def listener_hours(night: Night) -> float:
    """Hours that phones listened, all added up; unknown hours too."""
    return sum(sum(row.minutes) for row in night.presence) / 60


class Listeners:
    """Listener-minutes of any stretch of a stage."""

    def __init__(self, presence: Iterable[PresenceRecord]) -> None:
        minutes: dict[str, dict[int, int]] = defaultdict(dict)
        for row in presence:
            if row.at_ms is not None:
                for number, phones in enumerate(row.minutes):
                    minutes[row.stage][row.at_ms - row.span_ms + number * MINUTE_MS] = phones
        self._minutes: Mapping[str, list[tuple[int, int]]] = {
            stage: sorted(found.items()) for stage, found in minutes.items()
        }

    def between(self, stage: str, *, began_ms: int | None, ended_ms: int | None) -> float | None:
        """Listener-minutes of a stretch; None when less than half of it was counted.

        What of a stretch was not counted is taken to be as full as the rest of it.
        """
        if began_ms is None or ended_ms is None or ended_ms <= began_ms:
            return None
        counted = self._minutes.get(stage, [])
        total = covered = 0.0
        first = max(0, bisect_right(counted, began_ms, key=lambda one: one[0]) - 1)
        for start, phones in counted[first:]:
            if start >= ended_ms:
                break
            part = (min(start + MINUTE_MS, ended_ms) - max(start, began_ms)) / MINUTE_MS
            if part > 0:
                covered += part
                total += part * phones
        whole = (ended_ms - began_ms) / MINUTE_MS
        return total * whole / covered if covered >= whole * _COVERED else None
