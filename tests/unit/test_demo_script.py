"""The demo's evening on paper: what happens when, before anybody plays it."""

import asyncio
from collections.abc import Iterator
from itertools import pairwise

import pytest

from appliance.demo import script
from appliance.demo.pace import Pace
from appliance.demo.script import GARDEN, MAIN_FLOOR, Evening, Slot, Tap, Visit
from appliance.demo.songs import SLOW, SWINGING, Song
from appliance.domain import rules
from appliance.domain.models import TrackInfo

DEFAULT_SPEED = 10
SEEDS = range(20)


def written(seed: int = 1, *, number: int = 1, dancers: int = 60) -> Evening:
    return script.write(seed=seed, number=number, dancers=dancers)


def slots_of(evening: Evening, stage: str) -> list[Slot]:
    return [slot for played in evening.sets[stage] for slot in played.slots]


def visits_of(evening: Evening) -> Iterator[Visit]:
    for visits in evening.dancers:
        yield from visits


def test_the_same_seed_writes_the_same_evening_and_another_one_another() -> None:
    assert written(7) == written(7)
    assert written(7) != written(8)
    assert written(7, number=1) != written(7, number=2)


def test_how_many_dancers_come_does_not_change_the_music() -> None:
    assert written(dancers=0).sets == written(dancers=3).sets
    assert written(dancers=0).dancers == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_starts_before_the_dj_before_them_has_gone(seed: int) -> None:
    for sets in written(seed).sets.values():
        for before, after in pairwise(sets):
            assert before.ends_s < after.starts_s
        for played in sets:
            for slot, following in pairwise(played.slots):
                assert slot.ends_s + slot.silence_s == following.starts_s


@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_record_is_on_at_once_and_the_dj_changes_at_about_minute_2(seed: int) -> None:
    evening = written(seed, dancers=0)
    first, second, third = evening.sets[MAIN_FLOOR]
    assert first.starts_s == 0
    assert len({first.dj, second.dj, third.dj}) == 3
    assert evening.first_hand_over_s == second.starts_s
    assert 1.7 < second.starts_s / 60 / DEFAULT_SPEED < 2.4


@pytest.mark.parametrize("seed", SEEDS)
def test_garden_begins_soon_rests_once_and_ends_with_the_main_floor(seed: int) -> None:
    evening = written(seed, dancers=0)
    first, second = evening.sets[GARDEN]
    assert first.starts_s < 3 * DEFAULT_SPEED
    assert second.starts_s - first.ends_s >= 60
    assert evening.ends_s == max(evening.sets[MAIN_FLOOR][-1].ends_s, second.ends_s)
    assert abs(evening.sets[MAIN_FLOOR][-1].ends_s - second.ends_s) < 10 * 60


def test_no_record_is_heard_twice_in_an_evening() -> None:
    evening = written()
    for stage in (MAIN_FLOOR, GARDEN):
        songs = [slot.song for slot in slots_of(evening, stage)]
        assert len(songs) == len(set(songs))


def test_somebody_speaks_between_two_records() -> None:
    assert [slot.silence_s for slot in slots_of(written(), MAIN_FLOOR) if slot.silence_s] == [30.0]


@pytest.mark.parametrize("seed", SEEDS)
def test_dancers_are_in_one_place_at_a_time(seed: int) -> None:
    evening = written(seed, dancers=100)
    for visits in evening.dancers:
        for visit in visits:
            assert 0 <= visit.arrives_s < visit.leaves_s <= evening.sets[visit.stage][-1].ends_s
        for before, after in pairwise(visits):
            assert before.leaves_s < after.arrives_s
            assert before.stage != after.stage


@pytest.mark.parametrize("seed", SEEDS)
def test_hearts_are_tapped_by_those_present_while_the_record_is_on(seed: int) -> None:
    evening = written(seed)
    for visit in visits_of(evening):
        assert list(visit.taps) == sorted(visit.taps, key=lambda tap: tap.at_s)
        for tap in visit.taps:
            assert visit.arrives_s < tap.at_s < visit.leaves_s
            assert any(slot.starts_s < tap.at_s < slot.ends_s for slot in slots_of(evening, visit.stage))


@pytest.mark.parametrize("seed", SEEDS)
def test_only_the_like_just_given_is_taken_back_and_only_now_and_then(seed: int) -> None:
    evening = written(seed)
    given = [tap for visit in visits_of(evening) for tap in visit.taps if tap.liked]
    regrets: list[Tap] = []
    for visit in visits_of(evening):
        for before, after in pairwise((Tap(0, liked=False), *visit.taps)):
            if not after.liked:
                assert before.liked
                regrets.append(after)
    assert 0 < len(regrets) < len(given) / 10


@pytest.mark.parametrize("seed", SEEDS)
def test_both_stages_have_dancers_soon_and_likes_in_every_set(seed: int) -> None:
    evening = written(seed)
    for stage, sets in evening.sets.items():
        visits = [visit for visit in visits_of(evening) if visit.stage == stage]
        assert any(visit.watches and visit.arrives_s < 60 for visit in visits)
        for played in sets:
            taps = [tap for visit in visits for tap in visit.taps if played.starts_s < tap.at_s < played.ends_s]
            assert len(taps) > 5
    assert {visit.watches for visit in visits_of(evening)} == {True, False}


@pytest.mark.parametrize("song", SWINGING + SLOW, ids=lambda song: song.title)
def test_every_record_is_one_the_box_takes_as_it_is(song: Song) -> None:
    track = TrackInfo(artist=song.artist, title=song.title, bpm=song.bpm, key=song.key)
    assert rules.clean_track(track) == track
    assert song.bpm is None or 76 <= song.bpm <= 230
    assert 150 <= song.length_s <= 270


def test_no_title_is_there_twice() -> None:
    titles = [song.title for song in SWINGING + SLOW]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize(("evening_s", "shown"), [(0, "20:00"), (61, "20:01"), (3600, "21:00"), (4 * 3600, "00:00")])
def test_the_halls_clock_goes_past_midnight(evening_s: float, shown: str) -> None:
    assert script.time_of(evening_s) == shown


def test_a_speed_of_60_makes_a_minute_a_second() -> None:
    wall = [100.0]
    pace = Pace(60, monotonic=lambda: wall[0])
    assert pace.now_s() == 0
    wall[0] += 1.5
    assert pace.now_s() == 90


def test_what_is_past_is_not_waited_for() -> None:
    pace = Pace(60)

    async def scenario() -> None:
        async with asyncio.timeout(1):
            await pace.until(-3600)
            await pace.until(6)

    asyncio.run(scenario())
    assert pace.now_s() >= 6
