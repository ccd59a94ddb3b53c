"""What a DJ says of a set counts for that play and every later one, and nobody says it for another."""

from collections.abc import Awaitable, Callable

import pytest

from appliance.domain.events import PlayIdentified
from appliance.domain.identity import Reason, Verdict
from appliance.errors import NotAllowed, NotKnown
from appliance.usecases import identifying, verifying
from appliance.usecases.identifying import Candidate
from tests.contract.test_facts import facts
from tests.contract.test_library import put
from tests.contract.test_links import Link, heard, said
from tests.contract.test_told_tracks import identity, sounds
from tests.support.evening import Evening
from tests.support.library import library_track

Scene = Callable[[Evening], Awaitable[None]]
PlayOut = Callable[[Scene], None]


async def stage(evening: Evening) -> Link:
    """Two tracks, and a set in which one of them may be what was played."""
    await put(evening, library_track("a", "Sinnerman", "Nina"), library_track("b", "Sinner Man", "Peter"))
    link = Link(evening, await evening.dj())
    await link.send(heard("1", title="Sinner"))
    play = await evening.ports.reader.play("1")
    assert play is not None
    await identifying.settle(evening.ports, play, [Candidate("a", 0.7, Reason.ALIKE)])
    assert await identity(evening, "1") == ("a", 0.7, Reason.ALIKE, Verdict.OFFERED)
    return link


def test_yes_shows_the_tempo_now_and_of_every_later_play(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = await stage(evening)
        assert (await facts(evening, "1"))[0] is None
        await verifying.say(evening.ports, dj=link.dj, play_id="1", track_id="a", is_same=True)
        assert await facts(evening, "1") == (120.0, "library", "Cm", "library")
        [told] = [event for event in evening.told.commits[-1] if isinstance(event, PlayIdentified)]
        assert told.body() == {
            "play": "1", "confidence": 1.0, "reason": "said", "verdict": "confirmed", "file_hash": "aaaa",
            "artist": "Nina", "title": "Sinnerman", "dj": link.dj.id,
        }  # fmt: skip
        await link.send(heard("2", title="SINNER"))
        assert await identity(evening, "2") == ("a", 1.0, Reason.SAID, Verdict.CONFIRMED)
        assert (await facts(evening, "2"))[0] == 120.0

    play_out(scene)


def test_no_takes_the_tempo_away_and_is_never_offered_again(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = await stage(evening)
        await verifying.say(evening.ports, dj=link.dj, play_id="1", track_id="a", is_same=True)
        await verifying.say(evening.ports, dj=link.dj, play_id="1", track_id="a", is_same=False)
        assert await facts(evening, "1") == (None, None, None, None)
        assert await identity(evening, "1") == ("a", 0.0, Reason.SAID, Verdict.REJECTED)
        await link.send(heard("2", title="sinner"))
        play = await evening.ports.reader.play("2")
        assert play is not None
        candidates = [Candidate("a", 1.0, Reason.SAME_WORDS), Candidate("b", 0.9, Reason.ALIKE)]
        await identifying.settle(evening.ports, play, candidates)
        assert await identity(evening, "2") == ("b", 0.9, Reason.ALIKE, Verdict.FOUND)

    play_out(scene)


def test_another_track_takes_the_place_of_the_one_before(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = await stage(evening)
        await verifying.say(evening.ports, dj=link.dj, play_id="1", track_id="a", is_same=True)
        await verifying.say(evening.ports, dj=link.dj, play_id="1", track_id="b", is_same=True)
        await link.send(heard("2", title="sinner"))
        assert (await identity(evening, "2") or ("",))[0] == "b"
        # What the DJ's program says stays whatever the track is.
        await link.send(said("play.known", play="1", bpm=99.0))
        await verifying.say(evening.ports, dj=link.dj, play_id="1", track_id="b", is_same=False)
        assert (await facts(evening, "1"))[:2] == (99.0, "source")

    play_out(scene)


def test_a_no_to_the_very_file_stands_when_the_laptop_tells_of_it_again(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        await link.send(heard("1"), sounds("1"))
        found = await identity(evening, "1")
        assert found is not None
        await verifying.say(evening.ports, dj=link.dj, play_id="1", track_id=str(found[0]), is_same=False)
        await link.send(sounds("1"))
        assert (await facts(evening, "1"))[0] is None
        await link.send(heard("2", title="1"))
        assert await identity(evening, "2") is None

    play_out(scene)


def test_only_of_own_plays_and_of_tracks_that_there_are(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = await stage(evening)
        ben = await evening.dj("DJ Ben")
        with pytest.raises(NotAllowed, match="another DJ"):
            await verifying.say(evening.ports, dj=ben, play_id="1", track_id="a", is_same=True)
        with pytest.raises(NotAllowed, match="another DJ"):
            await verifying.own_set(evening.ports, dj=ben, session_id="set1")
        with pytest.raises(NotKnown, match="no such session"):
            await verifying.own_set(evening.ports, dj=ben, session_id="set9")
        for play_id, track_id in (("9", "a"), ("1", "nothing")):
            with pytest.raises(NotKnown):
                await verifying.say(evening.ports, dj=link.dj, play_id=play_id, track_id=track_id, is_same=True)
        assert (await facts(evening, "1"))[0] is None

    play_out(scene)
