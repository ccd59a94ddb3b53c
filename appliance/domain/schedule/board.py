"""One night as a board: a strip of time as it goes by, with what the clock shows along it. Pure.

Where clocks are turned, the strip has no gap and nothing twice: only the times along it jump.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from appliance.domain.schedule.plan import NIGHT_TURNS_AT, night_of
from appliance.domain.schedule.slots import Placed
from appliance.domain.wall_time import MINUTE_MS, WallTime, settled, shown_at

#: a night is drawn from here to there, and further where slots are
_FROM, _TO = timedelta(hours=18), timedelta(hours=30)
#: a time stands along the strip every so often; clocks are turned at such moments only
TICK_MIN = 30
_HOUR_MS = 60 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Tick:
    """What the clock shows at one place of the strip."""

    #: minutes from its beginning
    at_min: int
    shown: WallTime


@dataclass(frozen=True, slots=True)
class Board:
    """A night's strip."""

    night: date
    #: its beginning, milliseconds since 1970 UTC
    begins_ms: int
    minutes: int
    ticks: tuple[Tick, ...]
    #: what is in that night
    slots: tuple[Placed, ...]

    def at_min(self, ms: int) -> int:
        """Where a moment is, in minutes from the beginning."""
        return (ms - self.begins_ms) // MINUTE_MS


def _at(night: date, hands: timedelta, zone: tzinfo) -> int:
    midnight = WallTime(datetime.combine(night, datetime.min.time()).isoformat(timespec="minutes"))
    return settled(midnight.moved(hands), zone)


def board(night: date, slots: Iterable[Placed], zone: tzinfo) -> Board:
    """The strip of a night with what begins in it."""
    mine = tuple(placed for placed in slots if night_of(placed.slot.begins) == night)
    first = min([_at(night, _FROM, zone), *(placed.begins_ms - _HOUR_MS for placed in mine)])
    last = max([_at(night, _TO, zone), *(placed.ends_ms + _HOUR_MS for placed in mine)])
    first = max(first // _HOUR_MS * _HOUR_MS, _at(night, NIGHT_TURNS_AT, zone))
    minutes = -((first - last) // _HOUR_MS) * 60
    ticks = tuple(Tick(at, shown_at(first + at * MINUTE_MS, zone)) for at in range(0, minutes + 1, TICK_MIN))
    return Board(night, first, minutes, ticks, mine)


def is_turned_back(night: date, zone: tzinfo) -> bool:
    """Whether the clock shows some time of the night twice."""
    first, last = (_at(night + timedelta(days=days), NIGHT_TURNS_AT, zone) for days in (0, 1))
    return last - first > timedelta(days=1) / timedelta(milliseconds=1)


def nights(slots: Iterable[Placed]) -> list[date]:
    """The nights in which something begins, in order."""
    return sorted({night_of(placed.slot.begins) for placed in slots})


def tonight(known: list[date], *, now_ms: int | None, zone: tzinfo) -> date | None:
    """The night to begin with: the one that is on, else the next one, else the last; None without any.

    `now_ms` is None where nobody knows what time it is: then the first.
    """
    if not known or now_ms is None:
        return known[0] if known else None
    today = night_of(shown_at(now_ms, zone))
    return next((night for night in known if night >= today), known[-1])
