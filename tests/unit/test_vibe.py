"""What a DJ's music is like, from what was played; and nothing where too little was."""

from appliance.domain.models import Dj, TrackInfo
from appliance.domain.vibe import LEAST, Spread, vibe
from appliance.usecases.profiles import slugs


def track(**known: object) -> TrackInfo:
    return TrackInfo(artist="A", title="T", **known)  # type: ignore[arg-type]


def test_nothing_is_said_of_nothing_and_of_too_little() -> None:
    for tracks in ([], [track(bpm=120.0, key="8A", energy=90.0)] * (LEAST - 1), [track()] * 50):
        said = vibe(tracks)
        assert not said.is_told
        assert (said.tracks, said.bpm, said.scores, said.keys) == (len(tracks), None, {}, ())


def test_each_fact_needs_enough_tracks_of_its_own() -> None:
    said = vibe([track(bpm=120.0)] * LEAST + [track(energy=50.0, key="8A")] * (LEAST - 1))
    assert said.is_told
    assert (said.bpm, said.scores, said.keys) == (Spread(120, 120, 120), {}, ())


def test_one_odd_track_widens_no_spread() -> None:
    said = vibe([track(bpm=float(bpm)) for bpm in (40, *range(120, 129), *range(120, 129), 300)])
    assert said.bpm is not None
    assert (said.bpm.low, said.bpm.middle, said.bpm.high) == (120, 124, 128)


def test_a_score_of_zero_is_a_score() -> None:
    assert vibe([track(energy=0.0)] * LEAST + [track()] * 5).scores == {"energy": 0}
    assert vibe([track(groove=0.0)] * 5 + [track(groove=100.0)] * 5).scores == {"groove": 50}


def test_the_keys_that_come_often_are_told_and_none_that_came_once() -> None:
    keys = ["8A"] * 4 + ["9A"] * 3 + ["Am"] * 2 + ["1B", "2B", "3B"]
    assert vibe([track(key=key) for key in keys]).keys == ("8A", "9A", "Am")
    assert vibe([track(key=str(number)) for number in range(20)]).keys == ()


def test_every_dj_has_an_address_and_no_two_have_the_same() -> None:
    djs = [Dj("0a1b2c3d4e", "DJ Anna"), Dj("1a1b2c3d4e", "DJ Änna"), Dj("2a1b2c3d4e", "ディージェイ"), Dj("3f", "Ben")]
    found = slugs(djs)
    assert {slug: dj.id for slug, dj in found.items()} == {
        "dj-anna-0a1b2c": "0a1b2c3d4e",
        "dj-anna-1a1b2c": "1a1b2c3d4e",
        "2a1b2c3d4e": "2a1b2c3d4e",
        "ben": "3f",
    }
