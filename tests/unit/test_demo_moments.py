"""What people of the fictional hall say beside the music, as it is written."""

import random

import pytest

from appliance.demo import script
from appliance.demo.moments import Asks, Closes, HandsOver, Says, feelings_on, moments_of
from appliance.demo.script import GARDEN, MAIN_DJS, MAIN_FLOOR

SEEDS = range(8)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_set_greets_asks_and_says_when_it_ends_and_hands_over_to_another_dj_only(seed: int) -> None:
    written = script.write(seed=seed, number=1, dancers=0)
    for played in written.sets[MAIN_FLOOR] + written.sets[GARDEN]:
        kinds = [type(moment) for moment in played.moments]
        assert kinds[:3] == [Says, Asks, Closes]
        assert [moment.at_s for moment in played.moments] == sorted(moment.at_s for moment in played.moments)
        assert all(played.starts_s < moment.at_s < played.ends_s for moment in played.moments)
    heirs = [moment.to for one in written.sets[MAIN_FLOOR] for moment in one.moments if isinstance(moment, HandsOver)]
    assert heirs == list(MAIN_DJS[1:])
    assert not any(isinstance(moment, HandsOver) for one in written.sets[GARDEN] for moment in one.moments)


def test_a_set_of_one_record_has_no_time_for_a_poll() -> None:
    said = moments_of([10.0], random.Random(1), dj="A", following=None)
    assert [type(moment) for moment in said] == [Says, Closes]


def test_dancers_say_how_it_feels_while_they_hear_it_and_sometimes_thank() -> None:
    dice = random.Random(4)
    said = [one for _ in range(400) for one in feelings_on(100.0, 280.0, 230.0, dice)]
    words = [one.tempo for one in said]
    assert all(100 < one.at_s < 280 for one in said)
    assert words.count("slower") > words.count("faster")
    assert None in words
    assert list(feelings_on(100.0, 110.0, None, dice)) == []
