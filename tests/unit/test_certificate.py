"""What a certificate is good for, at every moment a clock may show."""

from datetime import UTC, datetime, timedelta

import pytest

from appliance.domain.certificate import (
    DAY_MS,
    EXPIRING_WITHIN_MS,
    CertificateState,
    Found,
    clock_is_trusted,
    is_due,
    judge,
    trouble,
)
from appliance.domain.models import ClockTrust, Stamp

NONE, VALID, EXPIRING, EXPIRED, EARLY, UNUSABLE = (
    CertificateState.NONE,
    CertificateState.VALID,
    CertificateState.EXPIRING,
    CertificateState.EXPIRED,
    CertificateState.NOT_YET_VALID,
    CertificateState.UNUSABLE,
)
BEGINS = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp()) * 1000
ENDS = int(datetime(2027, 1, 30, tzinfo=UTC).timestamp()) * 1000
CERTIFICATE = Found("pika-ab12.example.org", not_before_ms=BEGINS, not_after_ms=ENDS)
GARBAGE = Found("pika-ab12.example.org", problem="The certificate's file can't be read.")


def at(wall_ms: int, trust: ClockTrust = ClockTrust.NTP) -> Stamp:
    return Stamp(boot="b", boot_ms=5000, wall_ms=wall_ms, trust=trust)


def year(number: int) -> int:
    return int((datetime(number, 6, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))


@pytest.mark.parametrize(
    ("wall_ms", "state"),
    [
        (-(10**18), EARLY),
        (year(1), EARLY),
        (year(1901), EARLY),
        (-1, EARLY),
        (0, EARLY),
        (year(2000), EARLY),
        (year(2020), EARLY),
        (BEGINS - 1, EARLY),
        (BEGINS, VALID),
        (BEGINS + 1, VALID),
        (ENDS - EXPIRING_WITHIN_MS - 1, VALID),
        (ENDS - EXPIRING_WITHIN_MS, EXPIRING),
        (ENDS - 20 * DAY_MS, EXPIRING),
        (ENDS - 1, EXPIRING),
        (ENDS, EXPIRING),
        (ENDS + 1, EXPIRED),
        (year(2038), EXPIRED),
        (2**31 * 1000, EXPIRED),
        (2**32 * 1000, EXPIRED),
        (year(9999), EXPIRED),
        (10**18, EXPIRED),
    ],
)
@pytest.mark.parametrize("trust", ClockTrust)
def test_the_state_follows_the_clock_and_it_is_used_only_by_a_clock_that_can_be_trusted(
    wall_ms: int, state: CertificateState, trust: ClockTrust
) -> None:
    found = judge(CERTIFICATE, at(wall_ms, trust))
    assert found.state is state
    assert found.in_use == (state in {VALID, EXPIRING} and clock_is_trusted(trust))
    assert bool(found.problem) != found.in_use
    assert (found.name, found.not_after_ms) == (CERTIFICATE.name, ENDS)


def test_a_clock_is_trusted_when_somebody_has_set_it_since_the_start() -> None:
    assert not clock_is_trusted(ClockTrust.NONE)
    assert not clock_is_trusted(ClockTrust.SAVED)
    assert all(clock_is_trusted(trust) for trust in ClockTrust if trust not in {ClockTrust.NONE, ClockTrust.SAVED})
    assert clock_is_trusted(ClockTrust.NTP)


@pytest.mark.parametrize("wall_ms", [-(10**18), 0, BEGINS, 10**18])
def test_nothing_and_garbage_are_what_they_are_at_any_time(wall_ms: int) -> None:
    assert judge(None, at(wall_ms)).state is NONE
    assert trouble(judge(None, at(wall_ms)), at(wall_ms)) is None
    found = judge(GARBAGE, at(wall_ms))
    assert (found.state, found.in_use, found.problem) == (UNUSABLE, False, GARBAGE.problem)
    assert trouble(found, at(wall_ms, ClockTrust.NONE)) == GARBAGE.problem


def test_a_certificate_that_begins_and_ends_together_counts_for_that_moment() -> None:
    moment = Found("a.example.org", not_before_ms=BEGINS, not_after_ms=BEGINS)
    assert [judge(moment, at(BEGINS + off)).state for off in (-1, 0, 1)] == [EARLY, EXPIRING, EXPIRED]


@pytest.mark.parametrize(
    ("wall_ms", "words"),
    [
        (BEGINS, None),
        (ENDS - EXPIRING_WITHIN_MS - 1, None),
        (ENDS - EXPIRING_WITHIN_MS, "in 21 days"),
        (ENDS - 20 * DAY_MS, "in 20 days"),
        (ENDS - DAY_MS, "in a day"),
        (ENDS - 1, "within a day"),
        (ENDS + 1, "has ended"),
        (BEGINS - 1, "clock"),
    ],
)
def test_staff_are_told_what_it_means_and_what_to_do(wall_ms: int, words: str | None) -> None:
    told = trouble(judge(CERTIFICATE, at(wall_ms)), at(wall_ms))
    if words is None:
        assert told is None
    else:
        assert told is not None
        assert words in told
        assert "plain HTTP" in told
    # By a clock that nobody set, nothing has ended and nothing begins.
    assert trouble(judge(CERTIFICATE, at(wall_ms, ClockTrust.SAVED)), at(wall_ms, ClockTrust.SAVED)) is None


@pytest.mark.parametrize(
    ("lifetime_days", "due_days_before"),
    [(200, 200 / 3), (90, 30), (64, 22), (45, 22), (40, 20), (6, 3)],
)
def test_a_new_one_is_due_with_a_third_left_and_before_staff_would_be_warned(
    lifetime_days: int, due_days_before: float
) -> None:
    found = Found("a.example.org", not_before_ms=ENDS - lifetime_days * DAY_MS, not_after_ms=ENDS)
    due_at = ENDS - int(due_days_before * DAY_MS)
    assert not is_due(found, wall_ms=due_at - 1)
    assert is_due(found, wall_ms=due_at + 1)
    assert is_due(found, wall_ms=ENDS + 1)


def test_a_new_one_is_due_when_there_is_none_or_it_is_no_good() -> None:
    assert is_due(None, wall_ms=0)
    assert is_due(GARBAGE, wall_ms=BEGINS)
