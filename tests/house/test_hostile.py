"""Halls and libraries that nobody planned for: the house goes on, keeps what it promises, and says why."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.domain.house import Heard, HouseRules, HouseTrack, Why
from appliance.house.choosing import AGAIN_H, Situation, choose
from appliance.house.shelf import Shelf, changed, shelved
from tests.bench.taste import SONG_H, library
from tests.support.tastes import Vote, tastes_of

TRACKS = library(60, 3)
#: what could be said of a track, and by whom
VOTES = st.lists(
    st.builds(
        Vote,
        dancer=st.sampled_from("abcdef"),
        track_id=st.sampled_from([track.id for track in TRACKS]),
        is_like=st.booleans(),
        # The clock may have jumped by years in either direction.
        age_h=st.one_of(st.floats(0, 2000), st.sampled_from([-1e6, 1e9])),
    ),
    max_size=40,
)


def evening(
    shelf: Shelf, vote: Callable[[str], bool | None], *, dancers: int = 20, songs: int = 12
) -> tuple[list[str], list[Why]]:
    """The ids of what was played, and why. Everybody votes on everything, by what the track is."""
    present, played, whys, votes = [f"d{n:03}" for n in range(dancers)], list[str](), list[Why](), list[Vote]()
    for song in range(songs):
        heard = [Heard(one, (age + 1) * SONG_H) for age, one in enumerate(reversed(played))]
        tastes = tastes_of(votes, shelf, present=present)
        best = choose(shelf, tastes, Situation(heard=heard, seed=song))[0]
        played.append(best.track_id)
        whys.append(best.reason.why)
        liked = vote(best.track_id)
        if liked is not None:
            votes += [Vote(who, best.track_id, liked, 0.0) for who in present]
    return played, whys


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
def test_of_a_few_tracks_none_comes_twice_before_half_of_the_others_however_it_is_liked(count: int) -> None:
    shelf = shelved(TRACKS[:count])
    favourite = TRACKS[0].id
    played, _ = evening(shelf, lambda track_id: track_id == favourite, songs=20)
    assert set(played) == {track.id for track in TRACKS[:count]}
    for at, one in enumerate(played[1:], start=1):
        since = played[max(0, at - count // 2) : at]
        assert one not in since, played


def test_a_hall_that_dislikes_everything_hears_all_there_is_and_is_promised_nothing() -> None:
    played, whys = evening(shelved(TRACKS), lambda _: False, dancers=300, songs=40)
    assert len(set(played)) == 40
    assert set(whys) <= {Why.DISCOVERY, Why.TURN}
    assert Why.LIKED not in whys


def test_one_artist_is_no_reason_for_silence_nor_are_tracks_of_one_name_or_without_tempo() -> None:
    same = [replace(track, artist="Duke Ellington", bpm=None) for track in TRACKS[:30]]
    played, _ = evening(shelved(same), lambda track_id: track_id < "t00015", songs=30)
    assert len(set(played)) == 30
    twins = [replace(track, artist="A", title="The same") for track in TRACKS[:9]]
    played, _ = evening(shelved([*twins, *TRACKS[9:12]]), lambda _: True, songs=4)
    # One of nine files of one song, and then the three others.
    assert len({one for one in played if one < "t00009"}) == 1
    unnamed = [replace(track, artist="", title="Track 01") for track in TRACKS[:9]]
    played, _ = evening(shelved(unnamed), lambda _: True, songs=9)
    assert len(set(played)) == 9


def test_without_any_analysis_every_track_gets_its_turn() -> None:
    blind = [replace(track, embedding=None, bpm=None, genre="") for track in TRACKS[:20]]
    played, _ = evening(shelved(blind), lambda _: True, songs=20)
    assert len(set(played)) == 20


def test_one_phone_with_two_hundred_guests_who_like_one_thing_does_not_take_the_others_turns() -> None:
    shelf = shelved(library(300, 5))
    loved, hated = (sorted(shelf.ids, key=lambda one: shelf.features[shelf.rows[one], 1])[place] for place in (-1, 0))
    crowd, few = [f"x{n:03}" for n in range(200)], [f"y{n:02}" for n in range(30)]
    votes = [Vote(who, loved, True, 1.0) for who in crowd] + [Vote(who, hated, True, 1.0) for who in few]
    tastes = tastes_of(votes, shelf, present=[*crowd, *few])
    liking = tastes.predicted(shelf.features)
    played: list[str] = []
    for song in range(30):
        heard = [Heard(one, (age + 1) * SONG_H) for age, one in enumerate(reversed(played))]
        played.append(choose(shelf, tastes, Situation(heard=heard, seed=song))[0].track_id)
    for_few = [liking[200:, shelf.rows[one]].mean() for one in played]
    assert sum(value > 0.05 for value in for_few) >= 3


@settings(max_examples=60, deadline=None)
@given(votes=VOTES, seed=st.integers(0, 2**32 - 1))
def test_whatever_was_voted_the_choice_is_sound_and_the_same_again(votes: list[Vote], seed: int) -> None:
    shelf, present = shelved(TRACKS), list("abcdef")
    heard = [Heard(TRACKS[n].id, (n + 1) * SONG_H) for n in range(20)]
    tastes = tastes_of(votes, shelf, present=present)
    assert np.isfinite(tastes.means).all()
    found = choose(shelf, tastes, Situation(heard=heard, seed=seed), count=3)
    shuffled = random.Random(seed).sample(votes, len(votes))
    if len({(vote.dancer, vote.track_id) for vote in votes}) == len(votes):
        # Whoever said one thing of each track says the same in any order.
        again = choose(shelf, tastes_of(shuffled, shelf, present=present), Situation(heard=heard, seed=seed), count=3)
        assert [one.track_id for one in again] == [one.track_id for one in found]
    assert not {one.track_id for one in found} & {one.track_id for one in heard if one.age_h < AGAIN_H}
    for one in found:
        assert -3 < one.score <= 1
        assert one.reason.dancers <= len(present)


def test_a_clock_that_jumps_by_years_takes_no_taste_away() -> None:
    shelf = shelved(TRACKS)
    now = tastes_of([Vote("a", TRACKS[0].id, True, 1.0)], shelf, present=["a"])
    later = tastes_of([Vote("a", TRACKS[0].id, True, 10 * 365 * 24.0)], shelf, present=["a"])
    row = shelf.features[[shelf.rows[TRACKS[0].id]]]
    assert 0.2 < later.predicted(row)[0, 0] < now.predicted(row)[0, 0]


def test_rules_that_leave_nothing_leave_nothing() -> None:
    shelf = shelved(TRACKS)
    tastes = tastes_of([], shelf, present=["a"])
    for rules in (HouseRules(genres=frozenset({"Polka"})), HouseRules(bpm_from=399), HouseRules(bpm_until=21)):
        assert choose(shelf, tastes, Situation(rules=rules)) == []


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_shelf_that_followed_changes_is_the_one_that_is_built_anew(data: st.DataObject) -> None:
    there = {track.id: track for track in TRACKS[:20]}
    shelf = shelved(list(there.values()))
    for _ in range(data.draw(st.integers(1, 5))):
        ids = data.draw(st.lists(st.sampled_from([track.id for track in TRACKS]), max_size=6, unique=True))
        gone = {one for one in ids if data.draw(st.booleans())}
        fresh = [_relabelled(one, data.draw(st.sampled_from(["A", "B", ""]))) for one in ids if one not in gone]
        shelf = changed(shelf, fresh, without=ids)
        there = {key: track for key, track in there.items() if key not in gone} | {one.id: one for one in fresh}
    _same(shelf, shelved(list(there.values())))


def _relabelled(track_id: str, artist: str) -> HouseTrack:
    track = next(one for one in TRACKS if one.id == track_id)
    return replace(track, artist=artist, genre=artist * 2)


def _same(one: Shelf, other: Shelf) -> None:
    assert (one.ids, one.groups, one.rows) == (other.ids, other.groups, other.rows)
    for name in ("songs", "by_song", "features", "octaves", "explicit"):
        assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name == "octaves"), name
    assert _named(one.artists.tolist(), one.artist_names) == _named(other.artists.tolist(), other.artist_names)
    assert _named(one.genres.tolist(), one.genre_names) == _named(other.genres.tolist(), other.genre_names)


def _named(places: Sequence[int], names: Sequence[str]) -> list[str]:
    return [names[place].casefold() if place >= 0 else "" for place in places]
