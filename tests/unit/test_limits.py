"""How much one phone may ask for, and how fast anybody may guess."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.web import limits
from appliance.web.limits import Buckets, Throttle, TooMany


class Hourglass:
    """Monotonic seconds that tests turn."""

    def __init__(self) -> None:
        self.now = 5000.0

    def __call__(self) -> float:
        return self.now


def took(buckets: Buckets, who: str = "a") -> bool:
    try:
        buckets.take(who)
    except TooMany:
        return False
    return True


def test_a_burst_is_let_through_and_then_the_rate() -> None:
    glass = Hourglass()
    buckets = Buckets(burst=5, per_s=2, monotonic=glass)
    assert [took(buckets) for _ in range(7)] == [True] * 5 + [False] * 2
    glass.now += 1
    assert [took(buckets) for _ in range(3)] == [True, True, False]
    glass.now += 3600
    assert [took(buckets) for _ in range(6)] == [True] * 5 + [False]


def test_one_guest_s_eagerness_is_nobody_else_s() -> None:
    buckets = Buckets(burst=1, per_s=1, monotonic=Hourglass())
    assert took(buckets, "a")
    assert not took(buckets, "a")
    assert took(buckets, "b")


def test_a_refusal_says_how_long_to_wait_and_that_is_long_enough() -> None:
    glass = Hourglass()
    buckets = Buckets(burst=1, per_s=1, monotonic=glass)
    buckets.take("a")
    with pytest.raises(TooMany) as error:
        buckets.take("a")
    assert error.value.code == "too_many_requests"
    wait = error.value.facts["wait_s"]
    assert wait == 1
    glass.now += wait
    assert took(buckets)


@given(
    burst=st.integers(1, 20),
    per_s=st.integers(1, 20),
    pauses=st.lists(st.floats(0, 2, allow_nan=False), min_size=1, max_size=60),
)
def test_nobody_ever_gets_more_than_the_burst_and_the_rate(burst: int, per_s: int, pauses: list[float]) -> None:
    glass = Hourglass()
    buckets = Buckets(burst=burst, per_s=per_s, monotonic=glass)
    given_out = 0
    for pause in pauses:
        glass.now += pause
        given_out += took(buckets)
    assert given_out <= burst + sum(pauses) * per_s + 1e-6


def test_the_guests_seen_longest_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_GUESTS_MOST", 3)
    buckets = Buckets(burst=1, per_s=1, monotonic=Hourglass())
    for who in "abc":
        assert took(buckets, who)
    assert not took(buckets, "a")  # seen again, so b is now the one seen longest ago
    assert took(buckets, "d")
    assert [took(buckets, who) for who in "acd"] == [False, False, False]
    assert took(buckets, "b")
    assert len(buckets._levels) == 3


def waits(throttle: Throttle) -> bool:
    try:
        throttle.check()
    except TooMany:
        return True
    return False


def test_who_has_to_wait_is_told_for_how_long() -> None:
    throttle = Throttle(free=1, monotonic=Hourglass())
    for _ in range(4):
        throttle.failed()
    with pytest.raises(TooMany) as error:
        throttle.check()
    assert (error.value.code, error.value.facts["wait_s"]) == ("too_many_tries", 8)


def test_some_wrong_tries_are_free_and_then_the_wait_doubles_up_to_an_end() -> None:
    glass = Hourglass()
    throttle = Throttle(free=3, longest_s=10, monotonic=glass)
    for _ in range(2):
        throttle.failed()
        assert not waits(throttle)
    seen = []
    for _ in range(7):
        throttle.failed()
        started = glass.now
        while waits(throttle):
            glass.now += 0.5
        seen.append(glass.now - started)
    assert seen == [1, 2, 4, 8, 10, 10, 10]


def test_a_right_try_forgets_the_wrong_ones() -> None:
    throttle = Throttle(free=2, monotonic=Hourglass())
    for _ in range(3):
        throttle.failed()
        throttle.succeeded()
    assert not waits(throttle)


def test_years_of_wrong_tries_do_not_overflow() -> None:
    glass = Hourglass()
    throttle = Throttle(monotonic=glass)
    for _ in range(5000):
        throttle.failed()
    assert waits(throttle)
    glass.now += 301
    assert not waits(throttle)
