"""What time it is, as a table: which clock is believed, and which phone is sent away."""

import pytest

from appliance.domain import timekeeping
from appliance.domain.models import ClockTrust, Stamp
from appliance.domain.timekeeping import EARLIEST_MS, LATEST_MS, Anchor, believed, floor_of, set_by_device
from appliance.errors import BoxError

HOUR = 3_600_000
NOW = 1_800_000_000_000
Y1970, Y2020, Y2099 = 90_000, 1_577_836_800_000, 4_070_908_800_000
NONE, SAVED, DEVICE, RTC, NTP = (
    ClockTrust.NONE,
    ClockTrust.SAVED,
    ClockTrust.DEVICE,
    ClockTrust.RTC,
    ClockTrust.NTP,
)


def read(wall_ms: int, trust: ClockTrust, boot_ms: int = 10 * HOUR) -> Stamp:
    return Stamp(boot="b2", boot_ms=boot_ms, wall_ms=wall_ms, trust=trust)


def line(wall_ms: int, trust: ClockTrust, *, boot: str = "b2") -> Anchor:
    """Somebody knew the time one hour ago."""
    return Anchor(boot=boot, boot_ms=9 * HOUR, wall_ms=wall_ms, trust=trust)


def test_the_ladder_goes_from_nobody_to_the_network() -> None:
    assert [trust.value for trust in sorted(ClockTrust, key=lambda trust: trust.rung)] == [
        "none",
        "saved",
        "guests",
        "device",
        "rtc",
        "ntp",
    ]


@pytest.mark.parametrize(
    ("system", "anchor", "floor", "wall_ms", "trust"),
    [
        # The system's clock alone: a date that can't be true is no time at all.
        (read(Y1970, SAVED), None, None, Y1970, NONE),
        (read(Y2020, RTC), None, None, Y2020, NONE),
        (read(Y2099, SAVED), None, None, Y2099, NONE),
        (read(NOW, SAVED), None, None, NOW, SAVED),
        (read(NOW, RTC), None, None, NOW, RTC),
        (read(NOW, NTP), None, None, NOW, NTP),
        # Somebody set it in this boot: from there it goes on by boot time, whatever the system's clock does.
        (read(Y1970, SAVED), line(NOW, DEVICE), None, NOW + HOUR, DEVICE),
        (read(Y2099, SAVED), line(NOW, DEVICE), None, NOW + HOUR, DEVICE),
        (read(NOW + 9 * HOUR, RTC), line(NOW, DEVICE), None, NOW + HOUR, DEVICE),
        # The network is believed over everybody, also when that steps back.
        (read(NOW - HOUR, NTP), line(NOW, DEVICE), line(NOW, DEVICE), NOW - HOUR, NTP),
        (read(NOW, SAVED), line(NOW, DEVICE), line(NOW + HOUR, NTP), NOW + 2 * HOUR, NTP),
        # An anchor of another boot says nothing.
        (read(NOW, SAVED), line(NOW + HOUR, DEVICE, boot="b1"), None, NOW, SAVED),
        # What was stored is a floor: never earlier than that.
        (read(Y1970, SAVED), None, line(NOW, SAVED), NOW + HOUR, SAVED),
        (read(NOW, SAVED), None, line(NOW, SAVED), NOW + HOUR, SAVED),
        (read(NOW + 5 * HOUR, SAVED), None, line(NOW, SAVED), NOW + 5 * HOUR, SAVED),
        (read(Y2099, SAVED), None, line(NOW, SAVED), NOW + HOUR, SAVED),
        # A battery that ran empty can't go back behind it either; seconds of difference are no proof.
        (read(NOW - 24 * HOUR, RTC), None, line(NOW, SAVED), NOW + HOUR, SAVED),
        (read(NOW + HOUR - 5_000, RTC), None, line(NOW, SAVED), NOW + HOUR - 5_000, RTC),
        # What the network said before a restart of the program is not forgotten.
        (read(NOW, SAVED), None, line(NOW, NTP), NOW + HOUR, NTP),
    ],
)
def test_the_best_known_time_is_told(
    system: Stamp, anchor: Anchor | None, floor: Anchor | None, wall_ms: int, trust: ClockTrust
) -> None:
    told = believed(system, anchor=anchor, floor=floor)
    assert (told.wall_ms, told.trust) == (wall_ms, trust)
    assert (told.boot, told.boot_ms) == (system.boot, system.boot_ms)


def test_the_newest_stamp_is_a_floor_from_the_start_of_the_next_boot() -> None:
    newest = Stamp(boot="b1", boot_ms=77 * HOUR, wall_ms=NOW, trust=NTP)
    assert floor_of(newest, boot="b2") == Anchor("b2", 0, NOW, SAVED)
    assert floor_of(newest, boot="b1") == Anchor("b1", 77 * HOUR, NOW, NTP)
    for wrong in (Y1970, Y2020, Y2099):
        assert floor_of(Stamp(boot="b1", boot_ms=0, wall_ms=wrong, trust=SAVED), boot="b2") is None


@pytest.mark.parametrize(
    ("phone", "trust", "result"),
    [
        (Y1970, NONE, "time_too_early"),
        (Y2020, NONE, "time_too_early"),
        (EARLIEST_MS - 1, NONE, "time_too_early"),
        (EARLIEST_MS, NONE, "set"),
        (LATEST_MS, NONE, "set"),
        (LATEST_MS + 1, NONE, "time_too_far"),
        (Y2099, NONE, "time_too_far"),
        (-(10**15), NONE, "time_too_early"),
        (NOW, NONE, "set"),
        (NOW, SAVED, "set"),
        # A step back is allowed: a person said so, and every stamp from then on says who.
        (NOW - 9 * HOUR, SAVED, "set"),
        (NOW + 9 * HOUR, DEVICE, "set"),
        (NOW + timekeeping.SAME_MS, RTC, "clock_right"),
        (NOW - timekeeping.SAME_MS - 1, RTC, "set"),
        (NOW, NTP, "clock_from_network"),
        (NOW + 9 * HOUR, NTP, "clock_from_network"),
    ],
)
def test_a_phone_that_is_plainly_wrong_is_sent_away_with_words(phone: int, trust: ClockTrust, result: str) -> None:
    now = read(NOW, trust)
    if result == "set":
        assert set_by_device(phone, now=now) == Anchor("b2", 10 * HOUR, phone, DEVICE)
        return
    with pytest.raises(BoxError) as refused:
        set_by_device(phone, now=now)
    assert refused.value.code == result
    assert refused.value.detail
    assert refused.value.advice
