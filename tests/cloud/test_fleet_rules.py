"""When somebody should look at a box, and when no longer: by what arrives, never by whether the box is there."""

from dataclasses import replace
from typing import Any

import pytest

from sync.cloud import ingest
from sync.cloud.fleet.rules import STUCK_MS, Alarm, BoxNow, Kind, Told, Watched, is_over, look, to_raise, verdict

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NOW = 1_790_000_000_000
WAITING = Told(backlog=12_400, oldest_wait_s=4 * 3600, clock="ntp", disk_free=50, disk_total=100, uptime_s=900)


def box(**other: Any) -> BoxNow:
    """A box that is there, with a backlog, and brought something a moment ago."""
    known = BoxNow(
        box_id="b1",
        name="Main hall",
        version="1",
        epoch="e1",
        claimed_ms=NOW - 30 * DAY,
        released_ms=None,
        last_seen_ms=NOW - 20_000,
        last_progress_ms=NOW - 20_000,
        told=WAITING,
        told_ms=NOW - 20_000,
    )
    return replace(known, **other)


THERE = Watched(heard_since_ms=NOW - HOUR)


def test_a_box_that_says_hello_while_nothing_of_its_backlog_arrives_needs_somebody() -> None:
    assert to_raise(box(last_progress_ms=NOW - STUCK_MS), THERE, now_ms=NOW) == [Kind.STUCK]
    assert to_raise(box(last_progress_ms=None), THERE, now_ms=NOW) == [Kind.STUCK]


def test_a_box_with_nothing_to_tell_or_of_which_something_arrives_needs_nobody() -> None:
    assert to_raise(box(), THERE, now_ms=NOW) == []
    assert to_raise(box(last_progress_ms=NOW - STUCK_MS + 1), THERE, now_ms=NOW) == []
    idle = Told(backlog=0, oldest_wait_s=0, clock="ntp")
    assert to_raise(box(last_progress_ms=NOW - DAY, told=idle), THERE, now_ms=NOW) == []
    # A like of this very moment waits in every box.
    fresh = Told(backlog=3, oldest_wait_s=2, clock="ntp")
    assert to_raise(box(last_progress_ms=NOW - DAY, told=fresh), THERE, now_ms=NOW) == []


@pytest.mark.parametrize("silent_ms", [4 * MINUTE, DAY, 300 * DAY])
def test_a_silent_box_is_no_alarm_whatever_waits_in_it(silent_ms: int) -> None:
    last = NOW - silent_ms
    silent = box(last_seen_ms=last, told_ms=last, last_progress_ms=last - DAY)
    assert to_raise(silent, look(THERE, silent, now_ms=NOW), now_ms=NOW) == []
    assert to_raise(box(last_seen_ms=None, told_ms=None, told=Told()), Watched(), now_ms=NOW) == []


def test_what_a_box_told_long_ago_says_nothing_of_now() -> None:
    old = Told(backlog=9, oldest_wait_s=9_000, clock="none", uptime_s=7 * 3600, disk_free=1, disk_total=100)
    heard = box(told=old, told_ms=NOW - HOUR, last_progress_ms=NOW - HOUR)
    assert to_raise(heard, THERE, now_ms=NOW) == []
    now = replace(heard, told_ms=NOW)
    assert to_raise(now, THERE, now_ms=NOW) == [Kind.STUCK, Kind.CLOCK, Kind.DISK]


def test_a_box_that_comes_back_with_a_week_of_backlog_gets_its_time() -> None:
    back = box(last_progress_ms=NOW - 7 * DAY)
    watched = look(Watched(), back, now_ms=NOW)
    assert to_raise(back, watched, now_ms=NOW) == []
    later = NOW + STUCK_MS
    still = replace(back, last_seen_ms=later, told_ms=later)
    assert to_raise(still, look(watched, still, now_ms=later), now_ms=later) == [Kind.STUCK]
    # A pause in between begins the time anew.
    gone = look(watched, back, now_ms=NOW + HOUR)
    assert gone.heard_since_ms is None


STUCK = Alarm(Kind.STUCK, "", NOW - HOUR, NOW - HOUR)


def test_a_stuck_box_is_over_when_something_arrives_and_not_when_it_falls_silent() -> None:
    assert is_over(STUCK, box(), THERE, now_ms=NOW)
    held = box(last_progress_ms=NOW - DAY)
    assert not is_over(STUCK, held, THERE, now_ms=NOW)
    silent = replace(held, last_seen_ms=NOW - HOUR, told_ms=NOW - HOUR, told=replace_backlog(0))
    assert not is_over(STUCK, silent, Watched(), now_ms=NOW)
    assert is_over(STUCK, replace(held, told=replace_backlog(0)), THERE, now_ms=NOW)


def replace_backlog(backlog: int) -> Told:
    return Told(backlog=backlog, oldest_wait_s=0, clock="ntp")


@pytest.mark.parametrize("clock", ["none", "saved"])
def test_a_whole_night_without_a_clock_is_told_and_a_short_while_is_not(clock: str) -> None:
    night = Told(clock=clock, uptime_s=6 * 3600)
    assert to_raise(box(told=night), THERE, now_ms=NOW) == [Kind.CLOCK]
    assert to_raise(box(told=Told(clock=clock, uptime_s=6 * 3600 - 1)), THERE, now_ms=NOW) == []
    assert to_raise(box(told=Told(clock="guests", uptime_s=DAY)), THERE, now_ms=NOW) == []
    alarm = Alarm(Kind.CLOCK, "", NOW - HOUR, NOW - HOUR)
    assert is_over(alarm, box(told=Told(clock="device")), THERE, now_ms=NOW)
    assert not is_over(alarm, box(told=Told(clock=clock)), THERE, now_ms=NOW)
    assert not is_over(alarm, box(told=Told()), THERE, now_ms=NOW)


def test_a_full_disk_does_not_flicker() -> None:
    assert to_raise(box(told=Told(disk_free=9, disk_total=100)), THERE, now_ms=NOW) == [Kind.DISK]
    assert to_raise(box(told=Told(disk_free=9, disk_total=0)), THERE, now_ms=NOW) == []
    alarm = Alarm(Kind.DISK, "", NOW - HOUR, NOW - HOUR)
    assert not is_over(alarm, box(told=Told(disk_free=11, disk_total=100)), THERE, now_ms=NOW)
    assert is_over(alarm, box(told=Told(disk_free=12, disk_total=100)), THERE, now_ms=NOW)


def test_a_loss_is_told_for_a_day_and_an_old_one_is_not() -> None:
    lost = box(told=Told(dropped=12))
    assert to_raise(lost, look(Watched(dropped=12), lost, now_ms=NOW), now_ms=NOW) == []
    watched = look(Watched(dropped=5), lost, now_ms=NOW)
    assert to_raise(lost, watched, now_ms=NOW) == [Kind.DROPPED]
    alarm = Alarm(Kind.DROPPED, "", NOW, NOW)
    assert not is_over(alarm, lost, watched, now_ms=NOW + DAY)
    assert is_over(alarm, lost, watched, now_ms=NOW + DAY + 1)
    anew = look(Watched(dropped=50), lost, now_ms=NOW)
    assert to_raise(lost, anew, now_ms=NOW) == []


def test_a_fork_is_over_when_the_box_goes_on_elsewhere() -> None:
    fork = Alarm(Kind.FORKED, "e1", NOW - HOUR, NOW - HOUR)
    assert not is_over(fork, box(), THERE, now_ms=NOW)
    assert is_over(fork, box(epoch="e2"), THERE, now_ms=NOW)
    assert not is_over(fork, box(epoch="e2", last_progress_ms=NOW - DAY), THERE, now_ms=NOW)


def test_two_boxes_as_one_stay_told_until_somebody_claims_them_anew() -> None:
    twins = Alarm(Kind.TWO_HISTORIES, "e1", NOW - HOUR, NOW - HOUR, 40)
    assert not is_over(twins, box(epoch="e2"), THERE, now_ms=NOW + DAY)
    assert is_over(twins, box(claimed_ms=NOW), THERE, now_ms=NOW)
    assert is_over(twins, box(), THERE, now_ms=NOW + 8 * DAY)


def test_a_box_that_was_given_up_is_told_of_only_while_it_still_tries() -> None:
    given_up = box(released_ms=NOW - DAY, last_progress_ms=NOW - 2 * DAY)
    assert to_raise(given_up, THERE, now_ms=NOW) == []
    assert is_over(STUCK, given_up, THERE, now_ms=NOW)
    tries = Alarm(Kind.REVOKED, "k1", NOW - HOUR, NOW - HOUR)
    assert not is_over(tries, given_up, THERE, now_ms=NOW)
    assert is_over(tries, box(claimed_ms=NOW), THERE, now_ms=NOW)
    assert is_over(tries, given_up, THERE, now_ms=NOW + DAY)


def test_what_cant_be_taken_is_over_when_the_next_is() -> None:
    refused = Alarm(Kind.REFUSED, "chain_wrong", NOW - HOUR, NOW - HOUR)
    assert is_over(refused, box(), THERE, now_ms=NOW)
    assert not is_over(refused, box(last_progress_ms=NOW - DAY), THERE, now_ms=NOW)


def test_an_alarm_of_a_kind_that_is_not_known_here_stays() -> None:
    assert not is_over(Alarm("of_tomorrow", "", 0, 0), box(), THERE, now_ms=NOW)


def test_what_is_raised_already_is_not_raised_again_and_ends_by_itself() -> None:
    held = box(last_progress_ms=NOW - DAY)
    assert verdict([], held, THERE, now_ms=NOW) == ([Kind.STUCK], [])
    assert verdict([STUCK], held, THERE, now_ms=NOW) == ([], [])
    assert verdict([STUCK], box(), THERE, now_ms=NOW) == ([], [STUCK])


def test_the_receivers_own_alarms_have_the_same_names_here() -> None:
    assert (Kind.FORKED.value, Kind.TWO_HISTORIES.value) == (ingest.FORKED, ingest.TWO_HISTORIES)
