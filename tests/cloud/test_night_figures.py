"""The figures of a night, each against a sum done by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from math import isclose, log

import pytest

from sync.cloud.night import audience, floor, intervals, liked, moments, setlist, tempo
from sync.cloud.night.audience import Listeners
from sync.cloud.night.crediting import likes_credited
from sync.cloud.night.figures import figures
from sync.cloud.night.records import (
    HandoverRecord,
    LikeRecord,
    Night,
    PlayRecord,
    PresenceRecord,
    ReactionRecord,
    SetRecord,
    StageRecord,
    TempoVoteRecord,
)
from sync.cloud.night.small import told, told_mean, told_parts
from sync.cloud.night.usual import Basis

MINUTE = 60_000
SPAN = 5 * MINUTE
#: 20 November 2026, 20:00 UTC
BEGAN = 1_795_204_800_000
DAY = 24 * 60 * MINUTE
FLOOR = StageRecord(id="floor", name="Main Floor")
GARDEN = StageRecord(id="garden", name="Garden")


def most_liked(night: Night) -> list[liked.LikedTrack]:
    return liked.Liking(night).tracks(night.plays)


def span(
    number: int,
    *,
    guests: int = 20,
    active: int = 10,
    stage: str = "floor",
    minutes: Sequence[int] | None = None,
    arrived: int = 0,
    left: int = 0,
    **came_from: int,
) -> PresenceRecord:
    """The span that begins so many spans after eight."""
    return PresenceRecord(
        stage=stage,
        at_ms=BEGAN + (number + 1) * SPAN,
        span_ms=SPAN,
        order=number,
        minutes=minutes if minutes is not None else [guests] * 5,
        guests=guests,
        active=active,
        arrived=arrived,
        left=left,
        came_from=came_from,
    )


def a_set(name: str, *, from_min: int, until_min: int, order: int = 0, stage: str = "floor") -> SetRecord:
    began, ended = BEGAN + from_min * MINUTE, BEGAN + until_min * MINUTE
    return SetRecord(
        id=f"set-{name}", stage=stage, dj=name, dj_name=f"DJ {name}", order=order, began_ms=began, ended_ms=ended
    )


def a_play(name: str, *, from_s: int, until_s: int, order: int = 0, bpm: float | None = None) -> PlayRecord:
    return PlayRecord(
        id=name,
        session="set-a",
        stage="floor",
        artist="Miles Davis",
        title=f"Track {name}",
        order=order,
        began_ms=BEGAN + from_s * 1000,
        ended_ms=BEGAN + until_s * 1000,
        bpm=bpm,
    )


def like(play: str, *, at_s: float | None, guest: str = "g") -> LikeRecord:
    return LikeRecord(play=play, guest=guest, order=0, at_ms=None if at_s is None else int(BEGAN + at_s * 1000))


def night(**records: object) -> Night:
    return Night(**{"box": "box", "event": "event", "name": "Friday", "stages": [FLOOR, GARDEN], **records})  # type: ignore[arg-type]


def days_before(one: Night, days: int) -> Night:
    """The same, so many days earlier."""
    return replace(
        one,
        event=f"{one.event}-{days}",
        presence=[replace(row, at_ms=(row.at_ms or 0) - days * DAY) for row in one.presence],
        sets=[
            replace(row, began_ms=(row.began_ms or 0) - days * DAY, ended_ms=(row.ended_ms or 0) - days * DAY)
            for row in one.sets
        ],
    )


def test_one_to_four_guests_are_not_told_and_nobody_is() -> None:
    assert [told(n) for n in (0, 1, 4, 5)] == [0, None, None, 5]
    assert [told_mean(n) for n in (0, 0.2, 4.9, 5)] == [0, None, None, 5]


def test_a_total_does_not_give_the_one_hidden_part_away() -> None:
    assert told_parts([20, 3]) == (None, [20, None])
    # Two hidden parts can't be told from their sum.
    assert told_parts([20, 3, 2]) == (25, [20, None, None])
    assert told_parts([20, 0]) == (20, [20, 0])


def test_the_gamma_distribution_is_the_exponential_for_shape_one() -> None:
    # Its quantile is -ln(1 - p): for the middle 0.6931, for 95 % 2.9957.
    assert isclose(intervals.gamma_quantile(1, 0.5), log(2), rel_tol=1e-6)
    assert isclose(intervals.gamma_quantile(1, 0.95), -log(0.05), rel_tol=1e-6)
    # Chi-square with 20 degrees of freedom is twice a Gamma of shape 10: its 95 % point is 31.4104 in every table.
    assert isclose(2 * intervals.gamma_quantile(10, 0.95), 31.4104, abs_tol=1e-3)


def test_wilsons_interval_is_the_one_of_the_books() -> None:
    # 8 of 10 with z = 1.6449: centre (0.8 + 0.13528) / 1.27055 = 0.73612, and half the width is
    # 1.6449 / 1.27055 x sqrt(0.8 x 0.2 / 10 + 2.7055 / 400) = 0.19533.
    found = intervals.share(8, 10)
    assert (round(found.middle, 3), round(found.low, 3), round(found.high, 3)) == (0.8, 0.541, 0.931)


def test_listener_minutes_are_phones_times_the_time_they_listened() -> None:
    listeners = Listeners([span(0, minutes=[10, 20, 30, 40, 50])])
    # From 20:00:30 to 20:02:30: half a minute of 10, one of 20, half of 30 = 5 + 20 + 15.
    heard = listeners.between("floor", began_ms=BEGAN + 30_000, ended_ms=BEGAN + 150_000)
    assert heard == pytest.approx(40)
    # Of ten minutes only five were counted, 150 in all; the rest is taken for as full: 300. Of eleven: nobody says.
    assert listeners.between("floor", began_ms=BEGAN, ended_ms=BEGAN + 10 * MINUTE) == pytest.approx(300)
    assert listeners.between("floor", began_ms=BEGAN, ended_ms=BEGAN + 11 * MINUTE) is None
    assert listeners.between("garden", began_ms=BEGAN, ended_ms=BEGAN + MINUTE) is None
    assert listeners.between("floor", began_ms=None, ended_ms=BEGAN) is None


def test_a_tap_belongs_to_what_was_heard_when_the_hand_began_to_move() -> None:
    plays = [a_play("one", from_s=0, until_s=180), a_play("two", from_s=180, until_s=360, order=1)]

    def credit(at_s: float | None) -> tuple[float, float]:
        found = likes_credited(night(plays=plays, likes=[like("two", at_s=at_s)]))
        return found.get("one", 0.0), found.get("two", 0.0)

    assert credit(183) == (1, 0)  # 3 s after the change: nobody is so fast
    assert credit(195) == (0.5, 0.5)  # 15 s: half of all hands need longer
    assert credit(205) == (0, 1)  # 25 s: every hand is there
    assert credit(2_000) == (0, 1)  # out of the list, half an hour later
    assert credit(None) == (0, 1)


def test_after_a_silence_or_another_djs_stage_no_like_goes_back() -> None:
    after_silence = [a_play("one", from_s=0, until_s=100), a_play("two", from_s=180, until_s=360, order=1)]
    assert likes_credited(night(plays=after_silence, likes=[like("two", at_s=181)])) == {"two": 1}
    elsewhere = [replace(a_play("one", from_s=0, until_s=180), stage="garden"), a_play("two", from_s=180, until_s=360)]
    assert likes_credited(night(plays=elsewhere, likes=[like("two", at_s=181)])) == {"two": 1}
    assert likes_credited(night(plays=[], likes=[like("gone", at_s=1)])) == {}


def test_the_rate_is_likes_for_listener_minutes_drawn_to_the_nights_own() -> None:
    # Two tracks of 5 min before 20 and before 60 phones: 100 and 300 listener-minutes, 6 and 6 likes.
    plays = [a_play("one", from_s=0, until_s=300), a_play("two", from_s=300, until_s=600, order=1)]
    likes = [like("one", at_s=200, guest=f"g{n}") for n in range(6)]
    likes += [like("two", at_s=500, guest=f"g{n}") for n in range(6)]
    found = most_liked(night(plays=plays, likes=likes, presence=[span(0), span(1, guests=60)]))
    # Overall 12 / 400 = 0.03, so the prior is 2 likes in 66.67 minutes: (6 + 2) / 166.67 = 4.8 for 100 minutes, and
    # (6 + 2) / 366.67 = 2.18. As many likes, yet the emptier floor liked its track more than twice as well.
    assert [(one.title, round(one.rate.middle, 2)) for one in found] == [("Track one", 4.8), ("Track two", 2.18)]
    assert found[0].listener_minutes == pytest.approx(100)
    # A Gamma of shape 8: 5 % below 3.981, 95 % below 13.148; by 166.67 minutes 2.39 to 7.89.
    assert (round(found[0].rate.low, 2), round(found[0].rate.high, 2)) == (2.39, 7.89)


def test_few_listeners_make_a_wide_interval_and_no_first_place() -> None:
    # One like of 5 listener-minutes is 20 for 100, but known to nobody; 60 of 500 are 12.
    plays = [a_play("rare", from_s=0, until_s=300), a_play("sure", from_s=300, until_s=600, order=1)]
    likes = [like("rare", at_s=100)] + [like("sure", at_s=400, guest=f"g{n}") for n in range(60)]
    found = most_liked(night(plays=plays, likes=likes, presence=[span(0, guests=1), span(1, guests=100)]))
    assert [one.title for one in found] == ["Track sure", "Track rare"]
    assert found[1].rate.high - found[1].rate.low > 3 * (found[0].rate.high - found[0].rate.low)


def test_a_sets_best_tracks_are_its_own() -> None:
    later = replace(a_play("two", from_s=300, until_s=600, order=1), session="set-b")
    sets = [a_set("a", from_min=0, until_min=5), a_set("b", from_min=5, until_min=10, order=1)]
    likes = [like("one", at_s=100), like("two", at_s=400), like("two", at_s=401, guest="h")]
    tonight = night(
        plays=[a_play("one", from_s=0, until_s=300), later], sets=sets, likes=likes, presence=[span(0), span(1)]
    )
    found = figures(tonight, others=[], zone=UTC).liked_in
    assert {one: [track.title for track in tracks] for one, tracks in found.items()} == {
        "set-a": ["Track one"],
        "set-b": ["Track two"],
    }


def test_the_same_track_played_twice_is_one_track() -> None:
    again = replace(a_play("two", from_s=300, until_s=600, order=1), title="track ONE ", artist="miles  davis")
    plays = [a_play("one", from_s=0, until_s=300), again]
    likes = [like("one", at_s=100), like("two", at_s=400)]
    (found,) = most_liked(night(plays=plays, likes=likes, presence=[span(0), span(1)]))
    assert (found.plays, found.likes) == (2, 2)
    assert found.listener_minutes == pytest.approx(200)


def usual_friday() -> Night:
    """Two sets of half an hour: 10 of 20 guests active, then 20 of 40."""
    return night(
        presence=[span(n) for n in range(6)] + [span(n, guests=40, active=20) for n in range(6, 12)],
        sets=[a_set("a", from_min=0, until_min=30), a_set("b", from_min=30, until_min=60, order=1)],
    )


def test_a_set_is_measured_against_its_own_hour_of_other_nights() -> None:
    tonight = replace(
        usual_friday(),
        presence=[span(n, active=15) for n in range(6)] + [span(n, guests=40, active=18) for n in range(6, 12)],
    )
    others = [days_before(usual_friday(), 7), days_before(usual_friday(), 14)]
    first, second = floor.of_sets(tonight, others=others, zone=UTC)
    # 15 where 10 are usual: 1.5. 18 where 20 are: 0.9, although 18 is more than 15.
    assert (first.against_usual, second.against_usual) == (1.5, 0.9)
    assert (first.basis, first.nights, first.spans) == (Basis.NIGHTS, 2, 6)


def test_more_people_alone_make_no_set_better() -> None:
    tonight = replace(usual_friday(), likes=[like("x", at_s=2_000, guest=f"g{n}") for n in range(500)])
    found = floor.of_sets(tonight, others=[days_before(usual_friday(), 7)], zone=UTC)
    assert [one.against_usual for one in found] == [1.0, 1.0]


def test_without_another_night_it_is_the_nights_own_curve_and_says_so() -> None:
    first, second = floor.of_sets(usual_friday(), others=[], zone=UTC)
    # All twelve spans are within 90 minutes of each other: the own curve is 15 throughout. 10 / 15 and 20 / 15.
    assert (first.basis, first.nights) == (Basis.OWN, 0)
    assert first.against_usual == pytest.approx(2 / 3)
    assert second.against_usual == pytest.approx(4 / 3)


def test_the_only_set_of_the_only_night_is_not_measured_against_itself() -> None:
    alone = replace(usual_friday(), sets=[a_set("a", from_min=0, until_min=60)])
    (found,) = floor.of_sets(alone, others=[], zone=UTC)
    assert (found.against_usual, found.active, found.spans) == (None, 15, 12)
    (found,) = floor.of_sets(alone, others=[days_before(usual_friday(), 7)], zone=UTC)
    assert found.against_usual == 1.0


def test_too_few_guests_or_too_short_a_set_are_not_measured() -> None:
    few = replace(usual_friday(), presence=[span(n, active=4) for n in range(12)])
    others = [days_before(usual_friday(), 7)]
    assert [one.against_usual for one in floor.of_sets(few, others=others, zone=UTC)] == [None, None]
    short = replace(usual_friday(), sets=[a_set("a", from_min=0, until_min=10)])
    assert [one.against_usual for one in floor.of_sets(short, others=others, zone=UTC)] == [None]


def test_hours_are_those_of_the_hall_also_when_the_clocks_changed() -> None:
    # 20 November and 23 October, both at 21:00 in Berlin: 20:00 and 19:00 UTC.
    from zoneinfo import ZoneInfo

    summer = days_before(usual_friday(), 28)
    earlier = replace(summer, presence=[replace(row, at_ms=(row.at_ms or 0) - 60 * MINUTE) for row in summer.presence])
    found = floor.of_sets(usual_friday(), others=[earlier], zone=ZoneInfo("Europe/Berlin"))
    assert [one.against_usual for one in found] == [1.0, 1.0]


def test_who_stayed_is_a_share_of_who_was_there_and_small_groups_have_none() -> None:
    handovers = [HandoverRecord(stage="floor", from_session="set-a", to_session="set-b", before=40, stayed=30)]
    _, second = floor.of_sets(replace(usual_friday(), handovers=handovers), others=[], zone=UTC)
    assert second.retention is not None
    assert second.retention.share is not None
    assert second.retention.share.middle == 0.75
    few = [replace(handovers[0], before=4, stayed=4)]
    _, second = floor.of_sets(replace(usual_friday(), handovers=few), others=[], zone=UTC)
    assert second.retention is not None
    assert second.retention.share is None


def test_a_dj_with_two_sets_is_weighed_by_their_length() -> None:
    sets = [
        a_set("a", from_min=0, until_min=30),
        a_set("b", from_min=30, until_min=45, order=1),
        replace(a_set("a", from_min=45, until_min=60, order=2), id="set-a2"),
    ]
    tonight = replace(usual_friday(), sets=sets)
    djs = floor.of_djs(floor.of_sets(tonight, others=[days_before(usual_friday(), 7)], zone=UTC))
    assert [(one.name, one.sets, one.minutes) for one in djs] == [("DJ a", 2, 45.0), ("DJ b", 1, 15.0)]
    assert djs[0].against_usual == 1.0


def test_the_peak_is_the_fullest_minute_of_all_stages_together() -> None:
    rows = [span(0, minutes=[1, 2, 30, 4, 5]), span(0, minutes=[9, 9, 8, 40, 9], stage="garden")]
    # Minute by minute: 10, 11, 38, 44, 14.
    assert audience.peak(night(presence=rows)) == audience.Peak(phones=44, at_ms=BEGAN + 3 * MINUTE)
    unknown = [*rows, replace(span(0, minutes=[50] * 5), at_ms=None)]
    assert audience.peak(night(presence=unknown)) == audience.Peak(phones=50, at_ms=None)
    assert audience.peak(night()) is None


def test_the_curve_breaks_where_nothing_was_counted() -> None:
    points = audience.curve(night(presence=[span(0), span(1), span(5), replace(span(2), at_ms=None)]))
    assert [len(piece) for piece in audience.pieces(points)] == [2, 1]
    assert audience.pieces([]) == []


def vote(guest: str, word: str, *, play: str = "one", at_s: int | None = 60, order: int = 0) -> TempoVoteRecord:
    return TempoVoteRecord(
        play=play, guest=guest, vote=word, order=order, at_ms=None if at_s is None else BEGAN + at_s * 1000
    )


def test_tempo_is_felt_by_band_and_half_hour_and_the_last_word_counts() -> None:
    plays = [a_play("one", from_s=0, until_s=300, bpm=118.4), a_play("two", from_s=300, until_s=600)]
    votes = [vote(f"g{n}", "slower") for n in range(4)] + [vote("g8", "faster"), vote("g9", "perfect")]
    votes += [
        vote("g0", "faster", order=9, at_s=2_000),  # changed the mind, in the second half hour
        vote("g1", "none", order=9),  # took it back
        vote("g2", "slower", play="two"),  # nobody knows that track's tempo
        vote("g7", "slower", at_s=None),  # nobody knows the hour
    ]
    grid = tempo.tempo_grid(night(plays=plays, tempo_votes=votes))
    assert grid.bands == (110,)
    assert [hour - BEGAN for hour in grid.half_hours] == [0, 30 * MINUTE]
    first = grid.cells[110, BEGAN]
    assert (first.slower, first.perfect, first.faster) == (2, 1, 1)
    assert first.is_few
    assert (grid.by_band[110].slower, grid.by_band[110].votes) == (3, 6)
    assert (grid.total.votes, grid.without_bpm) == (7, 1)


def test_hearts_are_counted_by_ten_minutes_and_unknown_hours_in_the_total_only() -> None:
    reactions = [ReactionRecord(stage="floor", play=None, kind="heart", n=3, order=0, at_ms=BEGAN + 25 * MINUTE)]
    reactions += [replace(reactions[0], n=4, at_ms=None)]
    found = moments.hearts(night(likes=[like("one", at_s=0), like("one", at_s=None)], reactions=reactions))
    assert [(one.at_ms - BEGAN, one.likes, one.reactions) for one in found.stretches] == [
        (0, 1, 0),
        (10 * MINUTE, 0, 0),
        (20 * MINUTE, 0, 3),
    ]
    assert (found.likes, found.reactions, found.unknown) == (2, 7, 5)


def test_who_changes_the_stage_neither_came_nor_left() -> None:
    # 12 came to the floor, 5 of them from the garden, which 7 left: 7 came into the hall and 2 went home.
    rows = [span(0, arrived=12, garden=5), span(0, stage="garden", left=7), span(8, left=4)]
    found = moments.traffic(night(presence=rows))
    assert [(one.at_ms - BEGAN, one.arrived, one.left) for one in found] == [(0, 7, 2), (30 * MINUTE, 0, 4)]


def test_a_span_that_two_boots_counted_is_one_span() -> None:
    halves = [
        replace(span(0, guests=20, active=3), minutes=[20, 18], span_ms=2 * MINUTE, at_ms=BEGAN + 2 * MINUTE),
        replace(span(0, guests=16, active=8), minutes=[16], span_ms=MINUTE, at_ms=BEGAN + 4 * MINUTE),
    ]
    (found,) = audience.curve(night(presence=halves))
    assert (found.phones, found.guests, found.active) == (18, 20, 8)


def test_ways_between_stages_add_up_and_a_stage_is_no_way_to_itself() -> None:
    rows = [span(1, garden=3), span(2, garden=4, floor=9), span(2, stage="garden", floor=2)]
    assert [(one.from_stage, one.to_stage, one.guests) for one in moments.ways(night(presence=rows))] == [
        ("garden", "floor", 7),
        ("floor", "garden", 2),
    ]


def test_the_set_list_is_in_the_nights_order_with_whole_seconds() -> None:
    plays = [a_play("two", from_s=180, until_s=360, order=5), a_play("one", from_s=0, until_s=180, order=2)]
    plays += [replace(a_play("three", from_s=360, until_s=361, order=9), ended_ms=None)]
    (found,) = setlist.set_lists(night(plays=plays, sets=[a_set("a", from_min=0, until_min=60)]))
    assert [(line.play.id, line.duration_s) for line in found.heard] == [("one", 180), ("two", 180), ("three", None)]


def test_the_last_edition_is_the_latest_night_that_was_over() -> None:
    others = [days_before(usual_friday(), days) for days in (14, 7, -7)]
    found = figures(usual_friday(), others=others, zone=UTC)
    assert found.last is not None
    assert found.last.began_ms == BEGAN - 7 * DAY
    assert figures(usual_friday(), others=[], zone=UTC).last is None
