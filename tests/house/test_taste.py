"""What the house makes of votes, and what it chooses then."""

import time
from dataclasses import replace
from statistics import median

import numpy as np
import pytest

from appliance.domain.house import CHECK_IN_MS, CheckIn, Heard, HouseRules, HouseTrack, Why
from appliance.house.choosing import Situation, choose
from appliance.house.shelf import shelved
from appliance.house.taste import Tastes
from tests.bench.taste import choice_ms, compared, library
from tests.support.tastes import Vote, tastes_of

TRACKS = library(200, 3)
SHELF = shelved(TRACKS)
FAST, SLOW = max(TRACKS, key=lambda one: one.bpm or 0), min(TRACKS, key=lambda one: one.bpm or 0)


def like(dancer: str, track: HouseTrack, *, is_like: bool = True, age_h: float = 1.0) -> Vote:
    return Vote(dancer, track.id, is_like, age_h)


def liking(tastes: Tastes, dancer: int, track: HouseTrack) -> float:
    return float(tastes.predicted(SHELF.features[[SHELF.rows[track.id]]])[dancer, 0])


def test_a_first_like_pulls_far_and_a_dislike_pushes_more_gently() -> None:
    nobody = liking(tastes_of([], SHELF, present=["a"]), 0, FAST)
    liked = liking(tastes_of([like("a", FAST)], SHELF, present=["a"]), 0, FAST)
    disliked = liking(tastes_of([like("a", FAST, is_like=False)], SHELF, present=["a"]), 0, FAST)
    assert nobody == 0
    assert liked > 0.5
    assert -liked < disliked < 0


def test_a_newcomer_has_the_taste_of_the_room() -> None:
    tastes = tastes_of([like("a", FAST), like("b", FAST), like("c", FAST)], SHELF, present=["a", "b", "c", "new"])
    assert liking(tastes, 3, FAST) > liking(tastes, 3, SLOW) + 0.3


def test_who_left_the_room_decides_no_more() -> None:
    here = tastes_of([like("a", FAST)], SHELF, present=["a"])
    also_gone = tastes_of([like("a", FAST), *(like(f"gone{n}", SLOW) for n in range(9))], SHELF, present=["a"])
    assert np.array_equal(here.means, also_gone.means)


def test_a_vote_that_was_changed_counts_once_and_as_it_was_said_last() -> None:
    twice = tastes_of([like("a", FAST, is_like=False, age_h=2), like("a", FAST, age_h=1)], SHELF, present=["a"])
    assert np.array_equal(twice.means, tastes_of([like("a", FAST)], SHELF, present=["a"]).means)


def test_votes_on_tracks_that_are_gone_are_passed_over() -> None:
    assert tastes_of([Vote("a", "gone", True, 0)], SHELF, present=["a"]).vote_tracks.size == 0


def test_a_check_in_runs_out_and_one_from_the_future_is_none() -> None:
    check_in = CheckIn("a", "main-floor", at_ms=5_000)
    assert check_in.is_valid(now_ms=5_000 + CHECK_IN_MS - 1)
    assert not check_in.is_valid(now_ms=5_000 + CHECK_IN_MS)
    assert not check_in.is_valid(now_ms=4_999)


def test_the_same_votes_and_seed_give_the_same_choice_in_whatever_order_they_came() -> None:
    votes = [like(f"d{n % 7}", TRACKS[n], is_like=n % 3 > 0) for n in range(40)]
    present = [f"d{n}" for n in range(7)]
    first = choose(SHELF, tastes_of(votes, SHELF, present=present), Situation(seed=4), count=3)
    again = choose(SHELF, tastes_of(votes[::-1], SHELF, present=present), Situation(seed=4), count=3)
    assert first == again
    assert len({SHELF.artists[SHELF.rows[one.track_id]] for one in first}) == 3


def test_with_nobody_there_it_plays_all_the_same() -> None:
    chosen = choose(SHELF, tastes_of([], SHELF, present=[]), Situation(), count=3)
    assert [one.reason.why for one in chosen] == [Why.DISCOVERY] * 3


def test_an_empty_library_gives_nothing_and_no_error() -> None:
    empty = shelved([])
    assert choose(empty, tastes_of([], empty, present=["a"]), Situation()) == []


def test_rules_are_kept_and_what_nobody_measured_is_outside_of_any_tempo_window() -> None:
    odd = [
        replace(TRACKS[0], id="rude", is_explicit=True, genre="Swing", bpm=120),
        replace(TRACKS[1], id="unmeasured", bpm=None, embedding=None, genre="swing"),
        replace(TRACKS[2], id="fine", genre="SWING", bpm=121),
        replace(TRACKS[3], id="house", genre="House", bpm=122),
    ]
    shelf = shelved(odd)
    tastes = tastes_of([], shelf, present=["a"])
    rules = HouseRules(genres=frozenset({"Swing"}), allows_explicit=False)
    for one, expected in (
        (rules, {"unmeasured", "fine"}),
        (replace(rules, bpm_from=100, bpm_until=130), {"fine"}),
        (HouseRules(bpm_from=121.5), {"house"}),
        (HouseRules(bpm_from=300), set()),
    ):
        assert {choice.track_id for choice in choose(shelf, tastes, Situation(rules=one), count=9)} == expected


@pytest.mark.parametrize(
    ("opens", "closes", "minute", "is_open"),
    [(0, 0, 700, True), (600, 720, 719, True), (600, 720, 720, False), (1320, 240, 30, True), (1320, 240, 300, False)],
)
def test_opening_hours_may_span_midnight(opens: int, closes: int, minute: int, *, is_open: bool) -> None:
    assert HouseRules(opens_min=opens, closes_min=closes).is_open(minute) is is_open


def test_a_repeat_comes_only_when_the_rules_leave_nothing_else() -> None:
    two = shelved(TRACKS[:2])
    tastes = tastes_of([like("a", TRACKS[0])], two, present=["a"])
    for heard, expected in (([Heard(TRACKS[0].id, 0.1)], TRACKS[1].id), ([Heard(TRACKS[1].id, 0.1)], TRACKS[0].id)):
        assert choose(two, tastes, Situation(heard=heard))[0].track_id == expected
    everything = [Heard(TRACKS[0].id, 0.1), Heard(TRACKS[1].id, 2.9)]
    assert len(choose(two, tastes, Situation(heard=everything))) == 1


def test_what_was_heard_loses_by_a_curve_and_not_by_a_cliff() -> None:
    one = shelved([TRACKS[0]])
    tastes = tastes_of([], one, present=["a"])
    scores = [choose(one, tastes, Situation(heard=[Heard(TRACKS[0].id, age)]))[0].score for age in (3, 4, 5, 6, 12)]
    losses = np.diff(scores)
    assert (losses > 0).all()
    assert losses.max() < 0.1


def test_reasons_count_dancers_who_are_there() -> None:
    votes = [like("a", FAST), like("b", FAST), like("gone", FAST)]
    tastes = tastes_of(votes, SHELF, present=["a", "b", "c"])
    best = choose(SHELF, tastes, Situation(), count=200)
    reason = next(one.reason for one in best if one.track_id == FAST.id)
    assert (reason.why, reason.dancers) == (Why.LIKED, 2)
    assert reason.text == "because 2 of you liked it before"


def test_evenings_are_better_than_by_chance_and_by_the_old_rule_for_the_few_too() -> None:
    for is_near in (False, True):
        table = compared(evenings=5, songs=40, is_near=is_near)
        house, chance, cosine = table["house"], table["chance"], table["cosine + penalty"]
        assert house["satisfaction"] > max(chance["satisfaction"], cosine["satisfaction"]) + 0.05
        assert house["worst tenth"] > max(chance["worst tenth"], cosine["worst tenth"])
        assert house["minority"] > chance["minority"]
        assert (house["repeats in 3 h"], house["artist in 5"]) == (0, 0)
        assert house["step > 15 %"] < 0.1


def test_a_choice_of_20000_for_300_dancers_is_made_in_a_blink() -> None:
    # By the time of the thread that chooses: what else the machine does makes no difference.
    assert median(choice_ms(times=7, seconds=time.thread_time)) <= 20
