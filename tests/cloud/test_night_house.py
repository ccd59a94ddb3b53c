"""What the house played and how it was liked, by what is known of a night."""

from dataclasses import replace

from sync.cloud.night.house import of_house
from tests.cloud.test_night_figures import a_play, a_set, like, night


def test_the_house_is_told_by_stage_and_its_tracks_with_what_divided_the_floor_first() -> None:
    plays = [
        replace(a_play("one", from_s=0, until_s=180), session="set-h"),
        replace(a_play("two", from_s=180, until_s=300, order=1), session="set-h", dislikes=3),
        replace(a_play("three", from_s=300, until_s=420, order=2), session="set-h", dislikes=1, title="Track two"),
        replace(a_play("four", from_s=420, until_s=430, order=3), session="set-b", dislikes=9),
    ]
    sets = [a_set("h", from_min=0, until_min=7), a_set("b", from_min=7, until_min=8)]
    found = of_house(night(plays=plays, sets=sets, likes=[like("one", at_s=60)], house=frozenset({"h"})))
    assert found is not None
    [stage] = found.stages
    assert (stage.plays, stage.seconds, stage.dislikes) == (3, 420, 4)
    assert [(one.title, one.plays, one.dislikes) for one in found.tracks] == [("Track two", 2, 4), ("Track one", 1, 0)]
    assert of_house(night(plays=plays, sets=sets)) is None
