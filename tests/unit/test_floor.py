"""How alive a floor is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.floor import GUESTS_LEAST, REACH, WINDOW, Minute, curve, energy

counts = st.integers(min_value=0, max_value=2000)
counted = st.builds(Minute, counts, counts, counts, counts, counts)
minutes = st.none() | counted
CALM = Minute(guests=100)


def lively(likes: int = 8) -> list[Minute]:
    return [replace(CALM, likes=likes)] * WINDOW


@given(st.lists(minutes, max_size=60))
def test_it_is_a_number_from_0_to_100_or_unknown(night: list[Minute | None]) -> None:
    found = energy(night)
    assert found is None or 0 <= found <= 100


@given(st.lists(counted, min_size=1, max_size=40), st.integers(min_value=0, max_value=39))
def test_what_people_say_never_makes_it_less(night: list[Minute], where: int) -> None:
    where %= len(night)
    for more in ("likes", "reactions", "perfect", "other"):
        louder = [replace(one, **{more: getattr(one, more) + 5}) if n == where else one for n, one in enumerate(night)]
        before, after = energy(night), energy(louder)
        assert (before is None) == (after is None)
        assert before is None or after is None or after >= before


@pytest.mark.parametrize("guests", range(GUESTS_LEAST))
def test_a_handful_of_phones_is_told_no_number(guests: int) -> None:
    assert energy([Minute(guests=guests, likes=50)] * 10) is None
    assert energy([]) is None


def test_a_full_hall_that_says_nothing_is_a_third_alive() -> None:
    assert energy([CALM] * REACH) == 35


def test_every_third_phone_once_a_track_is_lively() -> None:
    found = energy(lively())
    assert found is not None
    assert 70 <= found <= 80


def test_a_floor_that_empties_falls_although_those_who_stay_like_as_before() -> None:
    full = [Minute(guests=200, likes=16)] * 10
    emptied = full + [Minute(guests=50, likes=4)] * WINDOW
    before, after = energy(full), energy(emptied)
    assert before is not None
    assert after is not None
    assert before - after == 26


def test_what_was_said_is_forgotten_after_the_window() -> None:
    assert energy(lively(50) + [CALM] * WINDOW) == 35
    assert energy(lively(50) + [CALM] * (WINDOW - 1)) != 35


def test_a_like_says_more_than_a_vote_and_perfect_more_than_another_tempo() -> None:
    said = ("likes", "reactions", "perfect", "other")
    numbers = [energy([replace(CALM, **{name: 10})] * WINDOW) for name in said]
    assert numbers[0] is not None
    assert numbers == sorted(numbers, key=lambda one: one or 0, reverse=True)
    assert numbers[1] == numbers[2]
    assert numbers[2] != numbers[3]


def test_the_curve_reaches_half_an_hour_back_and_has_gaps_where_nobody_knows() -> None:
    night = [Minute(guests=2)] * 10 + lively() * 5
    assert len(night) > REACH
    found = curve(night)
    assert len(found) == REACH
    assert found[0] is None
    assert found[-1] == energy(night)
    assert curve([]) == []


def test_minutes_that_nobody_counted_say_nothing_and_are_no_empty_floor() -> None:
    assert energy([None] * REACH) is None
    assert energy([*lively(), None, None]) == energy(lively())
    assert energy([*lively(), *[None] * WINDOW]) is None
