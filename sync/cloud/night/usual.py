"""How full it usually is at an hour: what a set is measured against. Pure.

Other nights of the same box say it: for each half hour of the day the mean of their nights, on the stage of that name.
Where there is no other night, this night's own curve, smoothed over three hours, stands in; then first and last sets
look weaker than they were, because the hall was still filling or already emptying. Whoever shows it says which.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from statistics import fmean

from sync.cloud.night.audience import HALF_HOUR_MS, Point, curve
from sync.cloud.night.records import Night, StageRecord

#: this night's own curve is smoothed over so much on each side
_AROUND_MS = 3 * HALF_HOUR_MS
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Basis(StrEnum):
    """What was compared with."""

    NIGHTS = "nights"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual at one moment."""

    active: float
    guests: float
    #: how many other nights say so; 0 when it is this night's own curve
    nights: int


def half_hour_of(at_ms: int, zone: tzinfo) -> int:
    """Which half hour of the local day: 0 to 47."""
    local = (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(zone)
    return local.hour * 2 + local.minute // 30


class UsualCurve:
    """What is usual on one stage, at any time of one night."""

    def __init__(self, night: Night, stage: StageRecord, *, others: Sequence[Night], zone: tzinfo) -> None:
        self._zone = zone
        self._own = curve(night, stage=stage.id)
        self._hours = _by_half_hour(stage, others, zone)

    @property
    def basis(self) -> Basis:
        """Whether there are other nights to go by."""
        return Basis.NIGHTS if self._hours else Basis.OWN

    def at(self, at_ms: int) -> Usual | None:
        """What is usual then; None where no other night was open at that hour."""
        if self._hours:
            return self._hours.get(half_hour_of(at_ms, self._zone))
        near = [point for point in self._own if abs(point.at_ms - at_ms) <= _AROUND_MS]
        return _mean(near, nights=0) if near else None


def _mean(points: Sequence[Point], *, nights: int) -> Usual:
    active, guests = fmean(point.active for point in points), fmean(point.guests for point in points)
    return Usual(active=active, guests=guests, nights=nights)


def _by_half_hour(stage: StageRecord, others: Sequence[Night], zone: tzinfo) -> Mapping[int, Usual]:
    hours: dict[int, list[Usual]] = defaultdict(list)
    for other in others:
        same = {one.id for one in other.stages if one.name.casefold() == stage.name.casefold()} | {stage.id}
        slots: dict[int, list[Point]] = defaultdict(list)
        for one in same:
            for point in curve(other, stage=one):
                slots[half_hour_of(point.at_ms, zone)].append(point)
        for slot, points in slots.items():
            hours[slot].append(_mean(points, nights=1))
    return {
        slot: Usual(
            active=fmean(one.active for one in found), guests=fmean(one.guests for one in found), nights=len(found)
        )
        for slot, found in hours.items()
    }
