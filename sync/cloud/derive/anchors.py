"""Which of the anchors of a boot is believed, and when something in that boot truly was. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from appliance.domain import timekeeping

#: the ladder, for anchors that are equally exact; who is not on it stands below
_RUNGS = ("server", "ntp", "rtc", "dj", "staff")
_GUESTS = "guests"
#: a tap takes the phone's time; who types one in has no seconds
_TAPPED_ERROR_MS, _TYPED_ERROR_MS = 2_000, 60_000
_MINUTE_MS = 60_000
#: a crystal's drift, parts in a million
_DRIFT = 50e-6


@dataclass(frozen=True, slots=True)
class Anchor:
    """At this boot time it was that time, somebody said."""

    boot: str
    boot_ms: int
    #: Unix time, milliseconds
    utc_ms: int
    #: how far it may be off, milliseconds
    error_ms: int
    #: server, ntp, rtc, dj, staff or guests
    source: str
    #: of the entry that told it, in the box's history
    place: int

    @property
    def offset_ms(self) -> int:
        """When the boot began, Unix time in milliseconds."""
        return self.utc_ms - self.boot_ms


def staff_error_ms(wall_ms: int) -> int:
    """How far a time may be off that staff set."""
    return _TAPPED_ERROR_MS if wall_ms % _MINUTE_MS else _TYPED_ERROR_MS


def is_possible(utc_ms: int) -> bool:
    """Whether boxes run at such a time."""
    return timekeeping.is_plausible(utc_ms)


def best(anchors: Sequence[Anchor]) -> Anchor | None:
    """The anchor to go by, of those of one boot.

    The most exact one counts, guests' phones only where nobody else said anything. A battery's clock that staff
    corrected is wrong, however exact it holds itself: the box refuses a correction that changes nothing.
    """
    staff = [one for one in anchors if one.source == "staff"]
    meant = [one for one in anchors if one.source != "rtc" or not _contradicted(one, staff)]
    return min(meant, key=_rank, default=None)


def _contradicted(one: Anchor, staff: Iterable[Anchor]) -> bool:
    return any(abs(one.offset_ms - other.offset_ms) > timekeeping.SAME_MS for other in staff)


def _rank(one: Anchor) -> tuple[bool, int, int, int]:
    rung = _RUNGS.index(one.source) if one.source in _RUNGS else len(_RUNGS)
    return (one.source == _GUESTS, one.error_ms, rung, -one.place)


def drift_ms(away_ms: int) -> int:
    """How far a clock can have gone wrong by itself in a stretch of time."""
    return int(abs(away_ms) * _DRIFT)
