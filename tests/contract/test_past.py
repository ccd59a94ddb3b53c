"""What DJs have played, and what sets were, on both stores."""

from collections.abc import Callable

import pytest

from appliance.domain.floor import Minute
from appliance.domain.locks import OUTSIDE
from appliance.domain.models import Dj, Session
from appliance.domain.polls import draft
from appliance.domain.voices import Reaction, Tempo
from appliance.errors import BoxError, NotAllowed, NotKnown, Refused
from appliance.usecases import floor, likes, locks, plays, polls, profiles, reactions, recaps, sessions, stages, tempo
from appliance.usecases.plays import ToldPlay
from appliance.usecases.reactions import Tap
from tests.contract.conftest import Scene
from tests.support.evening import Evening, track

PlayOut = Callable[[Scene], None]
STAGE = "main-floor"


async def play(evening: Evening, dj: Dj, play_id: str, title: str = "So What") -> None:
    sent = ToldPlay(track=track(title), play_id=play_id)
    await plays.announce_play(evening.ports, dj=dj, told=sent)


async def start(evening: Evening, dj: Dj, stage_id: str = STAGE, *, pin: str | None = None) -> Session:
    return (await sessions.start_session(evening.ports, dj=dj, stage_id=stage_id, pin=pin)).session


async def recap_of(evening: Evening, session_id: str) -> recaps.Recap:
    [event] = await evening.ports.reader.events()
    session = await recaps.over(evening.ports, session_id=session_id, inside=OUTSIDE)
    return await recaps.recap(evening.ports, session=session, event=event, inside=OUTSIDE)


def test_a_recap_has_all_that_was_heard_and_said(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        dj = await evening.dj()
        session = await start(evening, dj)
        await play(evening, dj, "p1")
        for guest in ("a", "b"):
            await likes.set_like(evening.ports, guest_id=guest, play_id="p1", liked=True)
        await tempo.vote(evening.ports, guest_id="a", stage_id=STAGE, play_id="p1", tempo=Tempo.FASTER)
        await reactions.react(evening.ports, guest_id="a", stage_id=STAGE, tap=Tap("r1", Reaction.FIRE))
        await polls.open_poll(evening.ports, dj=dj, draft=draft("More?", ["Yes", "No"]), pause_s=0)
        for guests in (3, 9, 4):
            evening.clock.pass_s(60)
            await floor.keep(evening.ports, {STAGE: Minute(guests)}, at=evening.clock.now())
        await play(evening, dj, "p2", "Blue in Green")
        await play(evening, dj, "p3", "Freddie Freeloader")
        await evening.ports.store.write(lambda tx: tx.retract_play("p3"))
        evening.clock.pass_s(60)
        await sessions.end_session(evening.ports, dj=dj)
        told = await recap_of(evening, session.id)
        assert [(one.play.id, one.into_ms) for one in told.tracks] == [("p1", 0), ("p2", 180_000)]
        assert (told.likes, told.tempo.faster, told.peak, told.lasted_ms) == (2, 1, 9, 240_000)
        assert dict(told.reactions) == {Reaction.FIRE: 1}
        assert [poll.question for poll in told.polls] == ["More?"]

    play_out(scene)


def test_a_set_in_which_nothing_happened_has_a_recap_that_says_so(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        dj = await evening.dj()
        session = await start(evening, dj)
        await sessions.end_session(evening.ports, dj=dj)
        told = await recap_of(evening, session.id)
        assert (told.tracks, told.likes, told.peak, list(told.polls)) == ((), 0, None, [])

    play_out(scene)


def test_there_is_no_recap_of_a_running_set_of_none_and_of_one_behind_a_pin(play_out: PlayOut) -> None:
    async def refused(evening: Evening, session_id: str, kind: type[BoxError]) -> str:
        with pytest.raises(kind) as caught:
            await recaps.over(evening.ports, session_id=session_id, inside=OUTSIDE)
        return caught.value.code

    async def scene(evening: Evening) -> None:
        dj = await evening.dj()
        session = await start(evening, dj)
        assert await refused(evening, session.id, Refused) == "session_running"
        assert await refused(evening, "nope", NotKnown) == "session_unknown"
        await locks.lock_set(evening.ports, dj=dj, session_id=session.id, pin="042042")
        # Not even that it still runs.
        assert await refused(evening, session.id, NotAllowed) == "set_private"
        await sessions.end_session(evening.ports, dj=dj)
        assert await refused(evening, session.id, NotAllowed) == "set_private"
        kept = await evening.ports.reader.session(session.id)
        assert kept is not None
        assert kept.lock is not None
        assert (await recaps.over(evening.ports, session_id=session.id, inside={kept.lock})).id == session.id

    play_out(scene)


def test_a_djs_past_is_told_newest_first_and_none_of_it_from_behind_a_pin(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        cellar = await stages.add_stage(evening.ports, name="Cellar")
        anna, ben = await evening.dj("DJ Anna"), await evening.dj("DJ Ben")
        first = await start(evening, anna)
        await play(evening, anna, "p1")
        await play(evening, anna, "p2", "Blue in Green")
        await evening.ports.store.write(lambda tx: tx.retract_play("p2"))
        await start(evening, ben, cellar.id)
        await play(evening, ben, "p3")
        await sessions.end_session(evening.ports, dj=anna)
        await sessions.end_session(evening.ports, dj=ben)
        second = await start(evening, anna, cellar.id, pin="042042")
        await play(evening, anna, "p4", "Secret")
        reader = evening.ports.reader
        found = await reader.sets_of(anna.id, limit=9)
        assert [(one.session.id, one.stage_name, one.tracks) for one in found] == [
            (second.id, "Cellar", 1),
            (first.id, "Main Floor", 1),
        ]
        assert [one.session.id for one in await reader.sets_of(anna.id, limit=1)] == [second.id]
        assert [one.title for one in await reader.played_openly(anna.id, limit=9)] == ["So What"]
        assert await reader.count_played_openly(anna.id) == 1
        assert await reader.sets_of("nobody", limit=9) == []
        assert await reader.count_played_openly("nobody") == 0

    play_out(scene)


def test_a_profile_adds_up_what_was_played_and_says_where_it_does_not_know(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        dj = await evening.dj()
        await start(evening, dj)
        evening.clock.pass_s(3600)
        await sessions.end_session(evening.ports, dj=dj)
        await start(evening, dj)
        evening.clock.pass_s(1800)
        shown = await profiles.profile(evening.ports, dj=dj)
        assert (len(shown.sets), shown.played_ms, shown.is_more) == (2, 5_400_000, False)
        assert not shown.vibe.is_told

    play_out(scene)


def test_dancers_know_nothing_of_a_dj_who_may_not_play_yet(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        known = await evening.dj()
        assert (await profiles.profile(evening.ports, dj=known)).sets == []
        stranger = Dj("f" * 20, "DJ Rude Word")
        await evening.ports.store.write(lambda tx: tx.add_dj(stranger))
        with pytest.raises(NotKnown) as refused:
            await profiles.profile(evening.ports, dj=stranger)
        assert refused.value.code == "dj_unknown"

    play_out(scene)
