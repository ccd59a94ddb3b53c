"""Tempo and key on the box: each with whose word it is, never overwritten by a lesser one, filled where nobody knew."""

from collections.abc import Awaitable, Callable

from appliance.domain.events import PlayEnriched
from appliance.domain.models import TrackInfo
from appliance.domain.origins import FactOrigin
from appliance.usecases import plays, sessions
from appliance.usecases.plays import ToldPlay
from tests.contract.test_links import Link, heard, said
from tests.support.evening import Evening

Scene = Callable[[Evening], Awaitable[None]]
PlayOut = Callable[[Scene], None]


async def facts(evening: Evening, play: str) -> tuple[float | None, str | None, str | None, str | None]:
    found = await evening.ports.reader.play(play)
    assert found is not None
    track = found.track
    return track.bpm, track.bpm_origin, track.key, track.key_origin


def enriched(evening: Evening) -> list[PlayEnriched]:
    return [event for commit in evening.told.commits for event in commit if isinstance(event, PlayEnriched)]


def test_each_value_is_kept_with_whose_word_it_is(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        await link.send(heard("A", bpm=136.0, bpm_origin="database", key="Dm", key_origin="tags"))
        assert await facts(evening, "A") == (136.0, "database", "Dm", "tags")
        # A link of an earlier version does not say; then it is its program's word.
        await link.send(heard("B", bpm=120.0))
        assert await facts(evening, "B") == (120.0, "source", None, None)
        await link.send(heard("C", bpm=120.0, bpm_origin="of a later version"))
        assert await facts(evening, "C") == (120.0, "source", None, None)

    play_out(scene)


def test_a_lesser_word_never_takes_the_place_of_a_greater_one(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        await link.send(heard("A", bpm=136.0, bpm_origin="tags"))
        for origin, bpm, expected in (
            ("database", 137.0, 137.0), ("tags", 90.0, 137.0), ("source", 138.0, 138.0), ("database", 90.0, 138.0),
            ("dj", 69.0, 69.0), ("source", 138.0, 69.0), ("dj", 138.0, 138.0),
        ):  # fmt: skip
            await link.send(said("play.known", play="A", bpm=bpm, bpm_origin=origin))
            assert (await facts(evening, "A"))[0] == expected, (origin, bpm)
        # The key came from nobody yet.
        await link.send(said("play.known", play="A", key="Dm", key_origin="tags"))
        assert await facts(evening, "A") == (138.0, "dj", "Dm", "tags")

    play_out(scene)


def test_what_nobody_says_comes_from_earlier_plays_as_a_second_message(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        await link.send(heard("1", title="So What", bpm=136.0, key="Dm"))
        await link.send(heard("2", title="so what", artist="ARTIST", bpm=137.0, bpm_origin="tags"))
        await link.send(heard("3", title="So What"))
        assert await facts(evening, "3") == (137.0, "library", "Dm", "library")
        assert [event.kind for event in evening.told.commits[-1]][-2:] == ["play.announced", "play.enriched"]
        assert enriched(evening)[-1].body()["bpm_origin"] == "library"
        [state] = await evening.ports.reader.stage_states()
        assert state.now is not None
        assert (state.now.id, state.now.track.bpm) == ("3", 137.0)
        # Whatever the DJ's laptop learns later takes its place.
        await link.send(said("play.known", play="3", bpm=136.5, bpm_origin="tags"))
        assert await facts(evening, "3") == (136.5, "tags", "Dm", "library")

    play_out(scene)


def test_what_came_from_here_or_was_taken_back_is_no_evidence(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        await link.send(heard("1", title="So What", bpm=136.0))
        await link.send(heard("2", title="So What"), said("play.taken_back", play="1"))
        assert (await facts(evening, "2"))[:2] == (136.0, "library")
        await link.send(heard("3", title="So What"))
        assert await facts(evening, "3") == (None, None, None, None)

    play_out(scene)


def test_under_another_name_it_is_another_track(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        await link.send(heard("1", title="So What", bpm=136.0), heard("2", title="Blue in Green", bpm=60.0, key="Bb"))
        await link.send(heard("3", title="So What"))
        await link.send(said("play.known", play="3", title="Blue in Green", raw_title="blue_in_green", raw_artist=""))
        assert await facts(evening, "3") == (60.0, "library", "Bb", "library")
        assert enriched(evening)[-1].body()["raw_title"] == "blue_in_green"

    play_out(scene)


def test_plays_of_every_door_are_filled(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        dj = await evening.dj()
        await sessions.start_session(evening.ports, dj=dj, stage_id="main-floor")
        for play, bpm in (("1", 136.0), ("2", None)):
            track = TrackInfo(artist="Miles Davis", title="So What", bpm=bpm)
            done = await plays.announce_play(evening.ports, dj=dj, told=ToldPlay(track, play_id=play))
        assert (done.play.track.bpm, done.play.track.bpm_origin) == (136.0, FactOrigin.LIBRARY)
        assert await facts(evening, "2") == (136.0, "library", None, None)

    play_out(scene)
