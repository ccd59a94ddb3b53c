"""What a set was: order and times by boot time, small numbers, and how the tempo felt."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from appliance.domain.models import ClockTrust, EndReason, Play, Session, Stamp, TrackInfo
from appliance.domain.recaps import exactly, feeling, lasted_ms, set_list, tally
from appliance.domain.voices import Tempo, TempoTally

UTC = ZoneInfo("UTC")
#: 2026-11-20T21:00:00Z
NINE_MS = 1_795_208_400_000


def at(minutes: float, *, boot: str = "b1", trust: ClockTrust = ClockTrust.NTP, wall_ms: int | None = None) -> Stamp:
    ms = int(minutes * 60_000)
    return Stamp(boot=boot, boot_ms=ms, wall_ms=NINE_MS + ms if wall_ms is None else wall_ms, trust=trust)


def session(**changes: object) -> Session:
    one = Session(id="s1", stage_id="main-floor", dj_id="d1", dj_name="DJ Anna", started=at(10), seen=at(70))
    return replace(one, **changes)  # type: ignore[arg-type]


def play(title: str, heard: Stamp, *, age_ms: int = 0, tempo: TempoTally = TempoTally()) -> Play:  # noqa: B008
    track = TrackInfo(artist="A", title=title)
    return Play(title, "s1", "main-floor", track, heard, age_ms=age_ms, tempo=tempo)


def titles(*plays: Play) -> list[str]:
    return [told.play.id for told in set_list(session(), plays, UTC)]


def test_a_set_list_is_in_the_order_in_which_tracks_began() -> None:
    late = play("late", at(40), age_ms=20 * 60_000)
    assert titles(play("one", at(15)), play("two", at(30)), late) == ["one", "late", "two"]


def test_a_wall_clock_that_jumps_moves_no_track() -> None:
    first = play("first", at(15, wall_ms=NINE_MS + 9_000_000_000))
    assert titles(first, play("second", at(20, wall_ms=0))) == ["first", "second"]


def test_tracks_after_a_reboot_come_after_those_before_it_and_have_no_time_into_the_set() -> None:
    told = set_list(session(), [play("before", at(60)), play("after", at(1, boot="b2"))], UTC)
    assert [(one.play.id, one.into_ms) for one in told] == [("before", 50 * 60_000), ("after", None)]


def test_a_time_of_day_is_told_only_where_the_box_knew_it() -> None:
    told = set_list(
        session(), [play("a", at(12)), play("b", at(13, trust=ClockTrust.SAVED))], ZoneInfo("Europe/Vienna")
    )
    assert [one.shown.shown if one.shown else None for one in told] == ["2026-11-20T22:12", None]


def test_a_track_that_began_before_its_set_is_at_its_beginning() -> None:
    [told] = set_list(session(), [play("early", at(11), age_ms=5 * 60_000)], UTC)
    assert told.into_ms == 0


@pytest.mark.parametrize(
    ("changes", "minutes"),
    [
        ({"ended": EndReason.ENDED, "ended_at": at(70)}, 60),
        ({"ended": EndReason.LOST, "seen": at(40), "ended_at": at(500)}, 30),
        ({"ended": EndReason.TAKEN_OVER, "seen": at(40), "ended_at": at(55)}, 30),
        ({"ended": EndReason.HANDED_OVER, "ended_at": at(70)}, 60),
        ({"ended": EndReason.ENDED, "ended_at": None}, 60),
        ({"ended": EndReason.ENDED, "ended_at": at(10, wall_ms=0)}, 0),
    ],
)
def test_a_set_lasts_until_its_end_or_the_last_word_of_a_dj_who_was_lost(
    changes: dict[str, object], minutes: int
) -> None:
    assert lasted_ms(session(**changes)) == minutes * 60_000


def test_nobody_says_how_long_a_set_was_over_a_reboot_without_a_clock() -> None:
    over = session(ended=EndReason.ENDED, ended_at=at(5, boot="b2", trust=ClockTrust.NONE))
    assert lasted_ms(over) is None


@pytest.mark.parametrize(
    ("count", "everybody"), [(None, None), (0, None), (1, None), (4, None), (5, 5), (6, 6), (1000, 1000)]
)
def test_small_numbers_are_for_the_sets_own_people(count: int | None, everybody: int | None) -> None:
    assert exactly(count, exact=False) == everybody
    assert exactly(count, exact=True) == count


@pytest.mark.parametrize(
    ("votes", "felt"),
    [
        (TempoTally(), None),
        (TempoTally(perfect=4), None),
        (TempoTally(perfect=5), Tempo.PERFECT),
        (TempoTally(slower=1, perfect=1, faster=3), Tempo.FASTER),
        (TempoTally(slower=3, perfect=3, faster=1), None),
    ],
)
def test_a_tempo_felt_as_most_say_who_are_enough_to_say(votes: TempoTally, felt: Tempo | None) -> None:
    assert feeling(votes) is felt


def test_votes_of_all_tracks_add_up() -> None:
    plays = [play("a", at(11), tempo=TempoTally(1, 2, 3)), play("b", at(12), tempo=TempoTally(0, 1, 0))]
    assert tally(plays) == TempoTally(1, 3, 3)
    assert tally([]) == TempoTally()
