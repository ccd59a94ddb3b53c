"""One night as a strip of time, also where the clock is turned in it."""

from datetime import date

import pytest

from appliance.domain.schedule import slots
from appliance.domain.schedule.board import board, is_turned_back, nights, tonight
from appliance.domain.schedule.slots import Placed, Slot
from appliance.domain.wall_time import WallTime, moment_of
from appliance.domain.zones import zone

VIENNA = zone("Europe/Vienna")
PLAIN, FORWARD, BACK = date(2026, 11, 20), date(2026, 3, 28), date(2026, 10, 24)


def placed(begins: str, ends: str) -> Placed:
    return slots.place(Slot(begins, "e", "main", WallTime(begins), WallTime(ends), title="Show"), VIENNA)


@pytest.mark.parametrize(
    ("night", "minutes", "around_two"),
    [
        (PLAIN, 12 * 60, ["01:30", "02:00", "02:30", "03:00"]),
        # An hour less goes by, and the times jump.
        (FORWARD, 11 * 60, ["01:30", "03:00", "03:30"]),
        (BACK, 13 * 60, ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]),
    ],
)
def test_the_strip_is_time_as_it_goes_by(night: date, minutes: int, around_two: list[str]) -> None:
    strip = board(night, [], VIENNA)
    assert strip.minutes == minutes
    assert [tick.at_min for tick in strip.ticks] == list(range(0, minutes + 1, 30))
    shown = [tick.shown.shown[11:] for tick in strip.ticks]
    assert (shown[0], shown[-1]) == ("18:00", "06:00")
    start = shown.index("01:30")
    assert shown[start : start + len(around_two)] == around_two


def test_the_strip_reaches_to_whatever_is_in_the_night() -> None:
    early, late = placed("2026-11-20T10:20", "2026-11-20T11:00"), placed("2026-11-21T07:30", "2026-11-21T10:10")
    other = placed("2026-11-21T08:00", "2026-11-21T09:00")
    strip = board(PLAIN, [early, late, other], VIENNA)
    assert strip.slots == (early, late)
    assert strip.ticks[0].shown == WallTime("2026-11-20T09:00")
    assert strip.ticks[-1].shown == WallTime("2026-11-21T12:00")
    assert strip.at_min(early.begins_ms) == 80
    # What belongs to the night before is not in its sight.
    first = placed("2026-11-20T08:05", "2026-11-20T09:00")
    assert board(PLAIN, [first], VIENNA).ticks[0].shown == WallTime("2026-11-20T08:00")


def test_a_clock_that_is_put_back_shows_some_times_twice() -> None:
    assert [is_turned_back(night, VIENNA) for night in (PLAIN, FORWARD, BACK)] == [False, False, True]
    assert not is_turned_back(BACK, zone("Etc/UTC"))


def test_the_board_opens_at_the_night_that_is_on_or_comes() -> None:
    known = nights([placed("2026-11-21T02:00", "2026-11-21T03:00"), placed("2026-11-22T22:00", "2026-11-22T23:00")])
    assert known == [date(2026, 11, 20), date(2026, 11, 22)]

    def opened(shown: str | None) -> date | None:
        now_ms = moment_of(WallTime(shown), VIENNA) if shown else None
        return tonight(known, now_ms=now_ms, zone=VIENNA)

    assert opened("2026-11-01T12:00") == date(2026, 11, 20)
    assert opened("2026-11-21T03:30") == date(2026, 11, 20)
    assert opened("2026-11-21T12:00") == date(2026, 11, 22)
    assert opened("2026-12-24T12:00") == date(2026, 11, 22)
    assert opened(None) == date(2026, 11, 20)
    assert tonight([], now_ms=1, zone=VIENNA) is None
