"""The fictional hall's whole night, as it is written."""

from itertools import pairwise

import pytest

from appliance.demo import night
from appliance.demo.script import GARDEN, MAIN_FLOOR

SEEDS = range(10)


def test_the_same_seed_writes_the_same_night_and_another_one_another() -> None:
    assert night.write(seed=7, dancers=9) == night.write(seed=7, dancers=9)
    assert night.write(seed=7, dancers=9) != night.write(seed=8, dancers=9)


@pytest.mark.parametrize("seed", SEEDS)
def test_sets_follow_each_other_and_dancers_are_in_one_place_while_it_is_open(seed: int) -> None:
    written = night.write(seed=seed, dancers=60)
    for sets in written.sets.values():
        assert all(before.ends_s < after.starts_s for before, after in pairwise(sets))
    for visits in written.dancers:
        for visit in visits:
            assert 0 <= visit.arrives_s < visit.leaves_s <= written.sets[visit.stage][-1].ends_s + 90
            assert all(visit.arrives_s < tap.at_s < visit.leaves_s for tap in visit.taps)
        for before, after in pairwise(visits):
            assert before.leaves_s < after.arrives_s
            assert before.stage != after.stage


@pytest.mark.parametrize("seed", SEEDS)
def test_both_floors_are_danced_and_liked_on(seed: int) -> None:
    written = night.write(seed=seed, dancers=140)
    for stage in (MAIN_FLOOR, GARDEN):
        visits = [visit for every in written.dancers for visit in every if visit.stage == stage]
        assert len(visits) > 10
        assert sum(len(visit.taps) for visit in visits) > 20
    assert 3 * 3600 < written.ends_s < 5 * 3600
