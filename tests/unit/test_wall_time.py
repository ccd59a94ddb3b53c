"""What the clock on the wall shows and which moment that is, over every kind of change that clocks make."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import timekeeping, zones
from appliance.domain.wall_time import MINUTE_MS, WallTime, moment_of, next_shown, read, settled, shown_at
from appliance.errors import Invalid

VIENNA, NEW_YORK, KOLKATA = "Europe/Vienna", "America/New_York", "Asia/Kolkata"
#: its clocks move by half an hour
LORD_HOWE = "Australia/Lord_Howe"


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


@pytest.mark.parametrize(
    ("zone", "shown", "again", "moment"),
    [
        ("Etc/UTC", "2026-11-20T22:00", False, "2026-11-20T22:00"),
        (VIENNA, "2026-11-20T22:00", False, "2026-11-20T21:00"),
        (VIENNA, "2026-07-20T22:00", False, "2026-07-20T20:00"),
        (KOLKATA, "2026-11-20T22:00", False, "2026-11-20T16:30"),
        # The night in which the clock is put forward: 01:59 is followed by 03:00.
        (VIENNA, "2026-03-29T01:59", False, "2026-03-29T00:59"),
        (VIENNA, "2026-03-29T03:00", False, "2026-03-29T01:00"),
        (NEW_YORK, "2026-03-08T03:00", False, "2026-03-08T07:00"),
        (LORD_HOWE, "2026-10-04T02:30", False, "2026-10-03T15:30"),
        # And the one in which it is put back: what stands between 02:00 and 03:00 comes twice.
        (VIENNA, "2026-10-25T01:59", False, "2026-10-24T23:59"),
        (VIENNA, "2026-10-25T02:00", False, "2026-10-25T00:00"),
        (VIENNA, "2026-10-25T02:30", False, "2026-10-25T00:30"),
        (VIENNA, "2026-10-25T02:30", True, "2026-10-25T01:30"),
        (VIENNA, "2026-10-25T02:59", True, "2026-10-25T01:59"),
        (VIENNA, "2026-10-25T03:00", False, "2026-10-25T02:00"),
        (NEW_YORK, "2026-11-01T01:30", False, "2026-11-01T05:30"),
        (NEW_YORK, "2026-11-01T01:30", True, "2026-11-01T06:30"),
        (LORD_HOWE, "2026-04-05T01:45", False, "2026-04-04T14:45"),
        (LORD_HOWE, "2026-04-05T01:45", True, "2026-04-04T15:15"),
    ],
)
def test_a_time_means_one_moment_and_the_moment_shows_that_time(
    zone: str, shown: str, again: bool, moment: str
) -> None:
    wall = WallTime(shown, again)
    assert moment_of(wall, zones.zone(zone)) == utc(moment)
    assert shown_at(utc(moment), zones.zone(zone)) == wall


@pytest.mark.parametrize(
    ("zone", "shown", "nearest"),
    [
        (VIENNA, "2026-03-29T02:00", "2026-03-29T03:00"),
        (VIENNA, "2026-03-29T02:30", "2026-03-29T03:00"),
        (VIENNA, "2026-03-29T02:59", "2026-03-29T03:00"),
        (NEW_YORK, "2026-03-08T02:15", "2026-03-08T03:00"),
        (LORD_HOWE, "2026-10-04T02:15", "2026-10-04T02:30"),
    ],
)
def test_a_time_that_the_clock_skips_is_refused_with_the_nearest_one(zone: str, shown: str, nearest: str) -> None:
    with pytest.raises(Invalid) as error:
        moment_of(WallTime(shown), zones.zone(zone), field="begins")
    assert error.value.code == "begins_skipped"
    assert error.value.facts == {"nearest": nearest}
    assert nearest.replace("T", " ") in error.value.advice
    # What was stored before the zone's rules changed still means some moment.
    assert shown_at(settled(WallTime(shown), zones.zone(zone)), zones.zone(zone)).shown == nearest


def test_a_day_that_was_skipped_altogether_ends_the_search_too() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert shown_at(settled(WallTime("2011-12-30T12:00"), apia), apia).shown == "2011-12-31T00:00"


@pytest.mark.parametrize(
    ("text", "again", "wall"),
    [
        ("2026-10-25T02:30", False, WallTime("2026-10-25T02:30")),
        ("2026-10-25T02:30", True, WallTime("2026-10-25T02:30", again=True)),
        # An offset says by itself which of the two is meant, whatever else was said.
        ("2026-10-25T02:30+02:00", True, WallTime("2026-10-25T02:30")),
        ("2026-10-25T02:30+01:00", False, WallTime("2026-10-25T02:30", again=True)),
        ("2026-10-25T01:30Z", False, WallTime("2026-10-25T02:30", again=True)),
        ("2026-11-20T16:00-05:00", False, WallTime("2026-11-20T22:00")),
        # There is no second one on other nights.
        ("2026-11-20T22:30", True, WallTime("2026-11-20T22:30")),
        (" 2026-11-20t22:30:00.000 ", False, WallTime("2026-11-20T22:30")),
        ("2026-11-20 22:30", False, WallTime("2026-11-20T22:30")),
    ],
)
def test_a_time_is_read_as_the_halls_clock_or_by_its_offset(text: str, again: bool, wall: WallTime) -> None:
    assert read(text, zones.zone(VIENNA), again=again) == wall


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "begins_invalid"),
        ("tonight", "begins_invalid"),
        ("22:00", "begins_invalid"),
        ("2026-11-20", "begins_invalid"),
        ("2026-11-20T22", "begins_invalid"),
        ("2026-11-20T24:00", "begins_invalid"),
        ("2026-11-20T22:61", "begins_invalid"),
        ("2026-02-30T22:00", "begins_invalid"),
        ("2026-13-01T22:00", "begins_invalid"),
        ("2026-11-20T22:00:30", "begins_invalid"),
        ("2026-11-20T22:00+25:00", "begins_invalid"),
        ("2026-11-20T22:00 Europe/Vienna", "begins_invalid"),
        ("２０２６-11-20T22:00", "begins_invalid"),
        ("0000-01-01T00:00", "begins_invalid"),
        ("0001-01-01T00:00+14:00", "begins_invalid"),
        ("9999-12-31T23:59-14:00", "begins_invalid"),
        ("1999-12-31T23:59", "begins_out_of_range"),
        ("2199-12-31T23:59", "begins_out_of_range"),
        ("2026-03-29T02:30", "begins_skipped"),
        ("2026-11-20T22:00" + "0" * 10_000, "begins_invalid"),
    ],
)
def test_what_is_no_time_is_refused_by_name(text: str, code: str) -> None:
    with pytest.raises(Invalid) as error:
        read(text, zones.zone(VIENNA), field="begins")
    assert error.value.code == code


@pytest.mark.parametrize(
    ("now", "again", "said", "following"),
    [
        ("2026-11-20T23:00", False, "23:30", "2026-11-20T22:30"),
        ("2026-11-20T23:00", False, "01:00", "2026-11-21T00:00"),
        ("2026-11-20T23:00", False, "23:00", "2026-11-21T22:00"),
        ("2026-12-31T23:59", False, "00:00", "2026-12-31T23:00"),
        # In the night that has an hour twice, the next time of the two; and a day after, only one.
        ("2026-10-25T01:30", False, "02:30", "2026-10-25T00:30"),
        ("2026-10-25T02:10", True, "02:30", "2026-10-25T01:30"),
        ("2026-10-25T02:50", False, "02:30", "2026-10-25T01:30"),
        ("2026-10-25T02:50", True, "02:30", "2026-10-26T01:30"),
        ("2026-03-29T01:30", False, "03:00", "2026-03-29T01:00"),
        ("2026-03-29T12:00", False, "02:30", "2026-03-30T00:30"),
    ],
)
def test_a_time_of_day_is_the_next_moment_that_shows_it(now: str, again: bool, said: str, following: str) -> None:
    there = zones.zone(VIENNA)
    now_ms = moment_of(WallTime(now, again), there)
    assert next_shown(said, there, now_ms=now_ms) == utc(following)


def test_a_time_of_day_that_is_skipped_tonight_is_refused() -> None:
    there = zones.zone(VIENNA)
    with pytest.raises(Invalid) as error:
        next_shown("02:30", there, now_ms=moment_of(WallTime("2026-03-28T23:00"), there), field="ends_at")
    assert error.value.code == "ends_at_skipped"


def test_turning_the_hands_goes_over_midnight_and_months() -> None:
    assert WallTime("2026-10-31T23:30").moved(timedelta(minutes=45)) == WallTime("2026-11-01T00:15")
    assert WallTime("2026-11-01T00:15").moved(timedelta(minutes=-45)) == WallTime("2026-10-31T23:30")


@given(
    minute=st.integers(timekeeping.EARLIEST_MS // MINUTE_MS, timekeeping.LATEST_MS // MINUTE_MS),
    zone=st.sampled_from([VIENNA, NEW_YORK, KOLKATA, LORD_HOWE, "Africa/Casablanca", "America/St_Johns", "Etc/UTC"]),
)
def test_every_minute_comes_back_from_what_the_clock_shows(minute: int, zone: str) -> None:
    there = zones.zone(zone)
    assert moment_of(shown_at(minute * MINUTE_MS, there), there) == minute * MINUTE_MS


@pytest.mark.parametrize(
    "name",
    ["", "Europe/Atlantis", "../etc/passwd", "/etc/localtime", "Europe", "europe/vienna ", "Factory", "\0", "x" * 999],
)
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as error:
        zones.zone(name)
    assert error.value.code == "time_zone_unknown"


def test_a_bare_card_has_its_zones_from_the_pinned_package() -> None:
    script = (
        "import zoneinfo; zoneinfo.reset_tzpath(to=[])\n"
        "from appliance.domain import zones\n"
        "print(len(zones.names()) > 400, zones.zone('Europe/Vienna'))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "Europe/Vienna"]
