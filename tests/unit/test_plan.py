"""What is on now and next by a plan, in nights that go past midnight and with clocks that are believed more or less."""

from datetime import date

import pytest

from appliance.domain.models import ClockTrust, Stamp
from appliance.domain.schedule import plan, slots
from appliance.domain.schedule.plan import Belief, around, in_order, next_turn_ms, night_of
from appliance.domain.schedule.slots import Placed, Slot
from appliance.domain.wall_time import WallTime, moment_of
from appliance.domain.zones import zone

VIENNA = zone("Europe/Vienna")


def ms(shown: str) -> int:
    return moment_of(WallTime(shown), VIENNA)


def at(shown: str, trust: ClockTrust = ClockTrust.NTP) -> Stamp:
    return Stamp(boot="b", boot_ms=1, wall_ms=ms(shown), trust=trust)


def placed(begins: str, ends: str, title: str = "Show") -> Placed:
    return slots.place(Slot(begins, "event", "main", WallTime(begins), WallTime(ends), title=title), VIENNA)


#: a pause from 23:30 to midnight, and three sets behind that
NIGHT = in_order(
    [
        placed("2026-11-21T02:00", "2026-11-21T03:00", "D"),
        placed("2026-11-20T22:00", "2026-11-20T23:30", "A"),
        placed("2026-11-21T01:00", "2026-11-21T02:00", "C"),
        placed("2026-11-21T00:00", "2026-11-21T01:00", "B"),
    ]
)


@pytest.mark.parametrize(
    ("shown", "now", "following", "later"),
    [
        ("2026-11-20T12:00", None, "A", "BCD"),
        ("2026-11-20T21:59", None, "A", "BCD"),
        ("2026-11-20T22:00", "A", "B", "CD"),
        ("2026-11-20T23:29", "A", "B", "CD"),
        ("2026-11-20T23:30", None, "B", "CD"),
        ("2026-11-21T00:00", "B", "C", "D"),
        ("2026-11-21T01:00", "C", "D", ""),
        ("2026-11-21T02:59", "D", None, ""),
        ("2026-11-21T03:00", None, None, ""),
    ],
)
def test_what_is_on_and_what_comes(shown: str, now: str | None, following: str | None, later: str) -> None:
    found = around(NIGHT, now=at(shown))
    assert [one and one.slot.title for one in (found.now, found.next)] == [now, following]
    assert "".join(one.slot.title for one in found.later) == later


@pytest.mark.parametrize(
    ("trust", "belief", "has_now"),
    [
        (ClockTrust.NONE, Belief.NONE, False),
        (ClockTrust.SAVED, Belief.MAYBE, True),
        (ClockTrust.GUESTS, Belief.SURE, True),
        (ClockTrust.DEVICE, Belief.SURE, True),
        (ClockTrust.RTC, Belief.SURE, True),
        (ClockTrust.NTP, Belief.SURE, True),
    ],
)
def test_a_clock_that_nobody_set_has_no_now(trust: ClockTrust, belief: Belief, has_now: bool) -> None:
    found = around(NIGHT, now=at("2026-11-20T22:30", trust))
    assert found.belief is belief
    assert (found.now is not None) is has_now
    assert (found.next is not None) is has_now
    assert plan.is_soon(NIGHT[0], at("2026-11-20T21:55", trust)) is has_now


def test_the_next_turn_is_the_next_beginning_or_end() -> None:
    turns = [next_turn_ms(NIGHT, ms(shown)) for shown in ("2026-11-20T12:00", "2026-11-20T22:00", "2026-11-20T23:30")]
    assert turns == [ms(shown) for shown in ("2026-11-20T22:00", "2026-11-20T23:30", "2026-11-21T00:00")]
    assert next_turn_ms(NIGHT, ms("2026-11-21T03:00")) is None
    assert next_turn_ms([], 0) is None


@pytest.mark.parametrize(
    ("shown", "night"),
    [
        ("2026-11-20T08:00", "2026-11-20"),
        ("2026-11-20T22:00", "2026-11-20"),
        ("2026-11-21T00:00", "2026-11-20"),
        ("2026-11-21T07:59", "2026-11-20"),
        ("2026-11-21T08:00", "2026-11-21"),
        ("2026-03-01T03:00", "2026-02-28"),
        ("2027-01-01T02:00", "2026-12-31"),
        # The night in which the clock is turned is one night.
        ("2026-10-25T02:30", "2026-10-24"),
        ("2026-03-29T03:30", "2026-03-28"),
    ],
)
def test_what_is_past_midnight_belongs_to_the_night(shown: str, night: str) -> None:
    assert night_of(WallTime(shown)) == date.fromisoformat(night)


@pytest.mark.parametrize(
    ("shown", "soon"),
    [("21:49", False), ("21:50", True), ("21:59", True), ("22:00", True), ("22:01", False)],
)
def test_a_starred_slot_is_soon_ten_minutes_before(shown: str, soon: bool) -> None:
    assert plan.is_soon(NIGHT[0], at(f"2026-11-20T{shown}")) is soon


def test_the_second_of_two_hours_comes_after_the_first() -> None:
    first = placed("2026-10-25T02:00", "2026-10-25T02:30", "first")
    again = slots.place(
        Slot("x", "event", "main", WallTime("2026-10-25T02:00", again=True), WallTime("2026-10-25T03:00")), VIENNA
    )
    assert in_order([again, first]) == [first, again]
    assert (again.begins_ms - first.begins_ms) == 3_600_000
