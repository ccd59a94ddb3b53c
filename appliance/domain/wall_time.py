"""What the clock on the wall of a hall shows, and which moment that is. Pure: the zone comes in, and no clock is read.

Where clocks are put back, they show some times twice; where they are put forward, they never show some. Plans are
written in what the clock shows, so that 22:00 stays 22:00 whatever becomes of a zone's rules.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from appliance.domain import timekeeping
from appliance.errors import Invalid

MINUTE_MS = 60_000
_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: RFC 3339, of which seconds and the offset may be left out
_WRITTEN = re.compile(
    r"(?P<shown>\d{4}-\d\d-\d\d[Tt ](?:[01]\d|2[0-3]):\d\d)(?::(?P<s>\d\d)(?:\.(?P<f>\d{1,9}))?)?"
    r"(?P<offset>[Zz]|[+-]\d\d:\d\d)?",
    re.ASCII,
)
_TIME_OF_DAY = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_AS_WRITTEN = "Write it as 2026-11-20T22:30, or with an offset as 2026-11-20T22:30+01:00."


@dataclass(frozen=True, slots=True)
class WallTime:
    """A minute as the clock shows it."""

    #: such as `2026-10-25T02:30`; as texts they sort as the clock goes
    shown: str
    #: the second of the two times that the clock shows this
    again: bool = False

    def on_the_clock(self) -> datetime:
        """Without any zone: for dates, never for durations."""
        return datetime.fromisoformat(self.shown).replace(fold=int(self.again))

    def moved(self, by: timedelta) -> "WallTime":
        """What the hands show when they are turned by so much. The clock may never show that by itself."""
        return WallTime((self.on_the_clock() + by).isoformat(timespec="minutes"))


def _utc(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def shown_at(ms: int, zone: tzinfo) -> WallTime:
    """What the clock shows at a moment, milliseconds since 1970 UTC; begun minutes count down."""
    local = _utc(ms).astimezone(zone)
    return WallTime(local.replace(tzinfo=None, fold=0).isoformat(timespec="minutes"), again=local.fold == 1)


def settled(wall: WallTime, zone: tzinfo) -> int:
    """The moment that a time means, whatever it is: one that the clock skips means the moment of the skip."""
    local = wall.on_the_clock().replace(tzinfo=zone)
    ms = (local.astimezone(UTC) - _EPOCH) // _MINUTE * MINUTE_MS
    if shown_at(ms, zone).shown == wall.shown:
        return ms
    return _end_of_gap(local.replace(fold=1).astimezone(UTC), local.replace(fold=0).astimezone(UTC), zone)


def _end_of_gap(before: datetime, after: datetime, zone: tzinfo) -> int:
    """The moment between two at which the zone's offset changes."""
    offset = after.astimezone(zone).utcoffset()
    low, high = (int((moment - _EPOCH) / _MINUTE) for moment in (before, after))
    while high - low > 1:
        middle = (low + high) // 2
        if (_EPOCH + middle * _MINUTE).astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return high * MINUTE_MS


def moment_of(wall: WallTime, zone: tzinfo, *, field: str = "time") -> int:
    """The moment that a time means, milliseconds since 1970 UTC.

    Raises: Invalid with the code `<field>_skipped`, with the nearest time that there is.
    """
    ms = settled(wall, zone)
    there = shown_at(ms, zone).shown
    if there != wall.shown:
        raise Invalid(
            f"{field}_skipped",
            f"The clock never shows {wall.shown.replace('T', ' ')} there: it is put forward and skips that time.",
            advice=f"The nearest time is {there.replace('T', ' ')}.",
            nearest=there,
        )
    return ms


def next_shown(time_of_day: str, zone: tzinfo, *, now_ms: int, field: str = "time") -> int:
    """The next moment at which the clock shows a time of day such as `23:30`.

    Raises: Invalid with the code `<field>_invalid` or `<field>_skipped`.
    """
    if not _TIME_OF_DAY.fullmatch(time_of_day.strip()):
        raise _unusable(field, "it is not a time of day", advice="Write it as 23:30.")
    today = shown_at(now_ms, zone)
    meant = [
        WallTime(f"{day.shown[:10]}T{time_of_day.strip()}", again)
        for day in (today, today.moved(timedelta(days=1)))
        for again in (False, True)
    ]
    following = min((wall for wall in meant if settled(wall, zone) > now_ms), key=lambda wall: settled(wall, zone))
    return moment_of(following, zone, field=field)


def _unusable(field: str, why: str, *, advice: str = _AS_WRITTEN) -> Invalid:
    return Invalid(f"{field}_invalid", f"The {field} can't be used: {why}.", advice=advice)


def read(text: str, zone: tzinfo, *, again: bool = False, field: str = "time") -> WallTime:
    """A time as somebody wrote it: what the clock in `zone` shows or, when it has an offset, the moment it names.

    `again` means the second of two, where the clock shows it twice; an offset says by itself which.

    Raises: Invalid with the code `<field>_invalid`, `<field>_out_of_range` or `<field>_skipped`.
    """
    match = _WRITTEN.fullmatch(text.strip()) if len(text) <= 64 else None
    if match is None:
        raise _unusable(field, "it is not a date and a time of day")
    if int(match["s"] or 0) or int(match["f"] or 0):
        raise _unusable(field, "it must be a whole minute")
    shown = match["shown"].upper().replace(" ", "T")
    try:
        moment = datetime.fromisoformat(shown + (match["offset"] or "").upper().replace("Z", "+00:00"))
        if moment.tzinfo is None:
            wall = WallTime(moment.isoformat(timespec="minutes"), again)
        else:
            wall = shown_at((moment - _EPOCH) // _MINUTE * MINUTE_MS, zone)
        ms = moment_of(wall, zone, field=field)
    except (ValueError, OverflowError):
        raise _unusable(field, "there is no such date or time of day") from None
    if not timekeeping.is_plausible(ms):
        raise Invalid(f"{field}_out_of_range", f"The {field} is from another age.", advice="Look at the year.")
    return shown_at(ms, zone)
