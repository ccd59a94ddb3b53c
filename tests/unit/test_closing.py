"""How a set comes to its end: songs count down, moments come nearer, and a DJ may think better of it."""

import pytest

from appliance.domain.models import ClockTrust, Stamp
from appliance.domain.schedule import closing
from appliance.domain.schedule.closing import Closing, after_play, after_retraction, left_ms
from appliance.errors import BoxError

SAID = Stamp(boot="b1", boot_ms=100_000, wall_ms=5_000_000, trust=ClockTrust.NTP)


def songs(left: int) -> Closing:
    return Closing("session", "main-floor", said=SAID, songs=left)


def ending(within_ms: int) -> Closing:
    return Closing("session", "main-floor", said=SAID, within_ms=within_ms)


def test_songs_count_down_to_the_last_and_playing_on_ends_it() -> None:
    said = songs(2)
    left = []
    for play in ("p1", "p2", "p3", "p4"):
        said = after_play(said, play)
        left.append((said.songs, said.over))
    assert left == [(1, False), (0, False), (0, True), (0, True)]


def test_the_same_track_counts_once() -> None:
    assert after_play(after_play(songs(2), "p1"), "p1").songs == 1


def test_a_track_that_is_taken_back_did_not_count() -> None:
    counted = after_play(songs(2), "p1")
    assert after_retraction(counted, "p0") == counted
    assert after_retraction(counted, "p1").songs == 2
    gone_on = after_play(songs(0), "p1")
    assert gone_on.over
    assert not after_retraction(gone_on, "p1").over
    # Taken back twice, it comes back once.
    assert after_retraction(after_retraction(counted, "p1"), "p1").songs == 2


def test_a_moment_does_not_count_songs() -> None:
    assert after_play(ending(60_000), "p1") == ending(60_000)
    assert after_retraction(ending(60_000), "p1") == ending(60_000)


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (Stamp("b1", 100_000, 5_000_000, ClockTrust.NTP), 60_000),
        (Stamp("b1", 130_000, 5_030_000, ClockTrust.NTP), 30_000),
        # The wall clock was put right meanwhile: boot time knows better.
        (Stamp("b1", 130_000, 99_000_000, ClockTrust.DEVICE), 30_000),
        (Stamp("b1", 130_000, 0, ClockTrust.NONE), 30_000),
        (Stamp("b1", 160_000, 5_060_000, ClockTrust.NTP), 0),
        (Stamp("b1", 900_000, 5_800_000, ClockTrust.NTP), 0),
        # After a reboot only the wall clock knows, and one that went back takes nothing away.
        (Stamp("b2", 5_000, 5_040_000, ClockTrust.NTP), 20_000),
        (Stamp("b2", 5_000, 1_000_000, ClockTrust.NTP), 60_000),
    ],
)
def test_a_moment_comes_nearer_by_boot_time(now: Stamp, left: int) -> None:
    assert left_ms(ending(60_000), now) == left
    assert left_ms(songs(2), now) is None


@pytest.mark.parametrize(
    ("said", "within_ms", "code"),
    [
        (0, None, None),
        (20, None, None),
        (None, 1, None),
        (None, 6 * 3600 * 1000, None),
        (None, None, "closing_unclear"),
        (1, 1, "closing_unclear"),
        (-1, None, "songs_out_of_range"),
        (21, None, "songs_out_of_range"),
        (None, 0, "ending_out_of_range"),
        (None, -5, "ending_out_of_range"),
        (None, 6 * 3600 * 1000 + 1, "ending_out_of_range"),
    ],
)
def test_one_of_the_two_is_said_and_within_reason(said: int | None, within_ms: int | None, code: str | None) -> None:
    if code is None:
        closing.checked(songs=said, within_ms=within_ms)
        return
    with pytest.raises(BoxError) as error:
        closing.checked(songs=said, within_ms=within_ms)
    assert error.value.code == code
