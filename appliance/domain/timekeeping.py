"""What time it is, from clocks that are believed more or less. Pure; who reads the clocks is in `clock`.

The box never sets the system's clock: it has no right to. It keeps an anchor instead (at this boot time it was that
wall time, said by such a source) and counts on from it by boot time, which nobody can set.
"""

import json
from dataclasses import dataclass, replace

from appliance.domain.models import ClockTrust, Stamp
from appliance.errors import Invalid, Refused

#: nobody ran this program before it was written: an earlier wall clock was never set, and a phone that says so is wrong
EARLIEST_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
#: and this box is not in use any more after it
LATEST_MS = 2_398_377_600_000  # 2046-01-01T00:00:00Z
#: clocks this far apart say the same: nobody at a venue sees the difference
SAME_MS = 120_000

#: fact of the database: the last setting
ANCHOR = "clock_anchor"
#: what may stand after "set from" in the journal
FROM_STAFF = "staff"

#: how far a clock may be off that the network holds, that has a battery, that is a laptop's and held or not; ms
NTP_ERROR_MS, RTC_ERROR_MS, LAPTOP_HELD_ERROR_MS, LAPTOP_ERROR_MS = 100, 2_000, 2_000, 60_000
#: a source is heard again when it says something else by so much, and not more often than so
_MOVED_MS = 2_000
_HEARD_EVERY_MS = 600_000


@dataclass(frozen=True, slots=True)
class Anchor:
    """A moment at which the wall time was known."""

    #: the boot in which it counts
    boot: str
    #: boot time at that moment, milliseconds
    boot_ms: int
    #: wall time at that moment, milliseconds since 1970 UTC
    wall_ms: int
    #: how far to believe it
    trust: ClockTrust

    def at(self, boot_ms: int) -> int:
        """The wall time at another boot time of the same boot."""
        return self.wall_ms + boot_ms - self.boot_ms


def read_anchor(text: str | None) -> Anchor | None:
    """The last setting as the database keeps it."""
    if text is None:
        return None
    kept = json.loads(text)
    return Anchor(kept["boot"], kept["boot_ms"], kept["wall_ms"], ClockTrust(kept["trust"]))


def is_plausible(wall_ms: int) -> bool:
    """Whether a wall time can be one at which this program runs."""
    return EARLIEST_MS <= wall_ms <= LATEST_MS


def floor_of(newest: Stamp, *, boot: str) -> Anchor | None:
    """What the newest stored stamp says of the boot that runs now: it is not earlier than that.

    A stamp of this very boot keeps its trust: so a server that was started again does not forget what was known. One of
    another boot is from before this one began, and nobody knows how long before.
    """
    if not is_plausible(newest.wall_ms):
        return None
    if newest.boot == boot:
        return Anchor(boot, newest.boot_ms, newest.wall_ms, newest.trust)
    return Anchor(boot, 0, newest.wall_ms, ClockTrust.SAVED)


def is_known(trust: ClockTrust) -> bool:
    """Whether somebody or something has said what time it is since the box was switched on."""
    return trust not in {ClockTrust.NONE, ClockTrust.SAVED}


def _raw(read: Stamp) -> Stamp:
    """The system's own clock, believed no further than its date allows."""
    return read if is_plausible(read.wall_ms) else replace(read, trust=ClockTrust.NONE)


def believed(read: Stamp, *, anchor: Anchor | None, floor: Anchor | None) -> Stamp:
    """The moment as the box tells it: `read` from the system's clock, or better from what else is known.

    The network is believed over everybody; a person over the box's own clocks, because they looked; else the highest
    trust wins, and among equals the later time, so that it never goes back by itself.
    """
    raw = _raw(read)
    if raw.trust is ClockTrust.NTP:
        return raw
    known = floor if floor is not None and floor.boot == read.boot else None
    if anchor is not None and anchor.boot == read.boot and (known is None or known.trust is not ClockTrust.NTP):
        return replace(read, wall_ms=anchor.at(read.boot_ms), trust=anchor.trust)
    if known is None:
        return raw
    kept = replace(read, wall_ms=known.at(read.boot_ms), trust=known.trust)
    if raw.trust is ClockTrust.RTC and raw.wall_ms < kept.wall_ms - SAME_MS:
        # It was later than this already, so the clock's battery is empty or its date is wrong.
        raw = replace(raw, trust=ClockTrust.SAVED)
    return max(raw, kept, key=lambda stamp: (stamp.trust.rung, stamp.wall_ms))


def set_by_device(wall_ms: int, *, now: Stamp) -> Anchor:
    """The anchor that a phone's wall time makes. `now` is what the box believed until then.

    Raises: Invalid with the code `time_too_early` or `time_too_far`; Refused with the code `clock_from_network`, or
    `clock_right` when the box's own battery-backed clock says the same.
    """
    if wall_ms < EARLIEST_MS:
        raise Invalid(
            "time_too_early",
            "This time is before the box was made, so the clock of this phone is wrong.",
            advice="Set the phone's own clock first, or use another phone.",
        )
    if wall_ms > LATEST_MS:
        raise Invalid(
            "time_too_far",
            "This time is many years ahead, so the clock of this phone is wrong.",
            advice="Set the phone's own clock first, or use another phone.",
        )
    if now.trust is ClockTrust.NTP:
        raise Refused(
            "clock_from_network",
            "The box has the time from the internet already, and that is more exact than a phone.",
            advice="Nothing is left to do.",
        )
    if now.trust is ClockTrust.RTC and abs(now.wall_ms - wall_ms) <= SAME_MS:
        raise Refused(
            "clock_right",
            "The box has a clock of its own, and it says the same as this phone.",
            advice="Nothing is left to do.",
        )
    return Anchor(boot=now.boot, boot_ms=now.boot_ms, wall_ms=wall_ms, trust=ClockTrust.DEVICE)


@dataclass(frozen=True, slots=True)
class Hint:
    """An anchor for whoever puts times right later; nothing on the box goes by it."""

    anchor: Anchor
    #: how far it may be off, milliseconds
    error_ms: int
    #: server, ntp, rtc, dj or guests
    source: str


def own_hint(now: Stamp) -> Hint | None:
    """What the box's own clock is worth as an anchor; None where it only goes on from an earlier time."""
    if now.trust not in {ClockTrust.NTP, ClockTrust.RTC} or not is_plausible(now.wall_ms):
        return None
    held = now.trust is ClockTrust.NTP
    anchor = Anchor(now.boot, now.boot_ms, now.wall_ms, now.trust)
    return Hint(anchor, NTP_ERROR_MS if held else RTC_ERROR_MS, "ntp" if held else "rtc")


def laptop_hint(wall_ms: int, *, trust: str, now: Stamp) -> Hint | None:
    """What a DJ's laptop says with the trust in its own clock, as an anchor; None when that can't be."""
    if not is_plausible(wall_ms):
        return None
    error_ms = LAPTOP_HELD_ERROR_MS if trust == ClockTrust.NTP.value else LAPTOP_ERROR_MS
    return Hint(Anchor(now.boot, now.boot_ms, wall_ms, ClockTrust.DEVICE), error_ms, "dj")


def says_more(hint: Hint, *, than: Hint | None) -> bool:
    """Whether a hint is worth writing down beside the last one of the same source."""
    if than is None or than.anchor.boot != hint.anchor.boot or hint.error_ms * 2 <= than.error_ms:
        return True
    if hint.anchor.boot_ms - than.anchor.boot_ms < _HEARD_EVERY_MS:
        return False
    return abs(than.anchor.at(hint.anchor.boot_ms) - hint.anchor.wall_ms) > _MOVED_MS


def gone_ms(since: Stamp, now: Stamp) -> int | None:
    """How long ago something was; None where nobody can tell.

    Within a boot only boot time counts, whatever the wall clock jumps to. After a reboot nothing but the wall clock
    knows how long the box was off, and it was before this boot in any case.
    """
    if since.boot == now.boot:
        return max(0, now.boot_ms - since.boot_ms)
    if ClockTrust.NONE in {since.trust, now.trust} or now.wall_ms < since.wall_ms:
        return None
    return max(now.wall_ms - since.wall_ms, now.boot_ms)
