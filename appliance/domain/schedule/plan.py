"""A plan as it is read: in order, by nights, and with what is on now and next, as far as the clock can be believed.

Pure. Now and next are by the plan; who really plays, a session says.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from appliance.domain.models import ClockTrust, Event, Stage, Stamp
from appliance.domain.schedule.slots import Placed
from appliance.domain.wall_time import WallTime

#: what begins before this hour of a morning belongs to the night before
NIGHT_TURNS_AT = timedelta(hours=8)
#: slots behind the next one that a stage's page is told of
LATER_MOST = 3
#: a starred slot is told of so long before it begins
REMIND_MS = 10 * 60_000


class Belief(StrEnum):
    """How far the box's clock may be believed for what is on now."""

    #: nobody ever set it: there is no now
    NONE = "none"
    #: it goes on from when the box was off, so it may be late: who reads should look at their own
    MAYBE = "maybe"
    SURE = "sure"


def belief(now: Stamp) -> Belief:
    """How far a moment's wall time may be believed."""
    match now.trust:
        case ClockTrust.NONE:
            return Belief.NONE
        case ClockTrust.SAVED:
            return Belief.MAYBE
        case _:
            return Belief.SURE


@dataclass(frozen=True, slots=True)
class StagePlan:
    """A stage's plan around this moment; without slots where the clock can't be believed at all."""

    belief: Belief = Belief.NONE
    now: Placed | None = None
    next: Placed | None = None
    #: what follows the next one, a few
    later: tuple[Placed, ...] = ()


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A slot that comes, with where it is."""

    placed: Placed
    event: Event
    stage: Stage


def in_order(slots: Iterable[Placed]) -> list[Placed]:
    """As they begin."""
    return sorted(slots, key=lambda placed: (placed.begins_ms, placed.ends_ms, placed.slot.stage_id))


def around(slots: Sequence[Placed], *, now: Stamp) -> StagePlan:
    """What is on, and what comes, of one stage's slots in order."""
    believed = belief(now)
    if believed is Belief.NONE:
        return StagePlan()
    running = next((one for one in slots if one.begins_ms <= now.wall_ms < one.ends_ms), None)
    coming = [one for one in slots if one.begins_ms > now.wall_ms]
    return StagePlan(believed, running, coming[0] if coming else None, tuple(coming[1 : 1 + LATER_MOST]))


def still_to_come(slots: Iterable[Placed], now: Stamp) -> list[Placed]:
    """What is not over; all of it where the clock can't be believed."""
    return [one for one in slots if belief(now) is Belief.NONE or one.ends_ms > now.wall_ms]


def next_turn_ms(slots: Iterable[Placed], now_ms: int) -> int | None:
    """The next moment at which something begins or ends."""
    turns = (turn for one in slots for turn in (one.begins_ms, one.ends_ms) if turn > now_ms)
    return min(turns, default=None)


def night_of(wall: WallTime) -> date:
    """The night that a time belongs to, as the date of its evening."""
    return (wall.on_the_clock() - NIGHT_TURNS_AT).date()


def is_soon(placed: Placed, now: Stamp) -> bool:
    """Whether a slot begins so soon that those who starred it should go."""
    return belief(now) is not Belief.NONE and 0 <= placed.begins_ms - now.wall_ms <= REMIND_MS
