"""Stages pass from DJ to DJ, on both stores."""

from collections.abc import Callable

import pytest

from appliance.domain import live_state
from appliance.domain.audit import STAFF
from appliance.domain.events import SessionEnded, SessionStarted
from appliance.domain.live_state import StageState
from appliance.domain.models import Dj, EndReason, Session
from appliance.errors import BoxError, Invalid, NotAllowed, NotKnown, Refused
from appliance.usecases import handover, lineup, plays, sessions
from appliance.usecases.handover import Handing
from appliance.usecases.plays import ToldPlay
from tests.contract.conftest import Scene
from tests.support.evening import Evening, track

PlayOut = Callable[[Scene], None]
FLOOR = "main-floor"


async def live(evening: Evening, dj: Dj, title: str = "So What") -> Session:
    session = (await sessions.start_session(evening.ports, dj=dj, stage_id=FLOOR)).session
    await plays.announce_play(evening.ports, dj=dj, told=ToldPlay(track=track(title), session_id=session.id))
    return session


async def on_stage(evening: Evening) -> StageState:
    [state] = await evening.ports.reader.stage_states()
    return state


def title_of(state: StageState) -> str | None:
    return state.now.track.title if state.now else None


async def refused(evening: Evening, dj: Dj, handing: Handing) -> str:
    with pytest.raises(BoxError) as error:
        await handover.offer(evening.ports, dj=dj, handing=handing)
    return error.value.code


@pytest.mark.parametrize("to", ["DJ Ben", "dj ben", None])
def test_the_next_dj_begins_in_one_transaction_and_what_is_on_stays_on(play_out: PlayOut, to: str | None) -> None:
    async def scene(evening: Evening) -> None:
        anna, ben = await evening.dj("DJ Anna"), await evening.dj("DJ Ben")
        first = await live(evening, anna)
        seen = await on_stage(evening)
        await handover.offer(evening.ports, dj=anna, handing=Handing(to=to))
        evening.told.commits.clear()
        second = await sessions.start_session(evening.ports, dj=ben, stage_id=FLOOR)
        assert not second.resumed
        [commit] = evening.told.commits
        assert [event.kind for event in commit] == ["session.ended", "session.started", "intent.made"]
        ended, started = commit[0], commit[1]
        assert isinstance(ended, SessionEnded)
        assert ended.reason is EndReason.HANDED_OVER
        assert isinstance(started, SessionStarted)
        # What phones are told of this commit: another DJ, and the same track.
        for event in commit:
            seen, _ = live_state.apply(seen, event)
        assert seen == await on_stage(evening)
        assert seen.session is not None
        assert (seen.session.dj_name, title_of(seen)) == ("DJ Ben", "So What")
        over = await evening.ports.reader.session(first.id)
        assert over is not None
        assert over.ended_at == evening.clock.now()
        assert await evening.ports.reader.offers() == []
        await plays.announce_play(evening.ports, dj=ben, told=ToldPlay(track=track("Blue in Green")))
        assert title_of(await on_stage(evening)) == "Blue in Green"

    play_out(scene)


def test_no_two_djs_are_ever_on_one_stage(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna, ben, carl = [await evening.dj(name) for name in ("DJ Anna", "DJ Ben", "DJ Carl")]
        await live(evening, anna)
        for other in (ben, carl):
            with pytest.raises(Refused) as error:
                await sessions.start_session(evening.ports, dj=other, stage_id=FLOOR)
            assert error.value.code == "stage_taken"
        await handover.offer(evening.ports, dj=anna, handing=Handing(to="DJ Ben"))
        with pytest.raises(Refused):
            await sessions.start_session(evening.ports, dj=carl, stage_id=FLOOR, take_over=True)
        await sessions.start_session(evening.ports, dj=ben, stage_id=FLOOR)
        with pytest.raises(Refused):
            await sessions.start_session(evening.ports, dj=anna, stage_id=FLOOR)
        running = await evening.ports.store.write(lambda tx: tx.running_sessions())
        assert [session.dj_name for session in running] == ["DJ Ben"]

    play_out(scene)


def test_who_handed_over_can_no_longer_change_what_is_on(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna, ben = await evening.dj("DJ Anna"), await evening.dj("DJ Ben")
        first = await live(evening, anna)
        await handover.offer(evening.ports, dj=anna, handing=Handing())
        await sessions.start_session(evening.ports, dj=ben, stage_id=FLOOR)
        with pytest.raises(Refused) as error:
            await plays.announce_play(evening.ports, dj=anna, told=ToldPlay(track=track("Mine"), session_id=first.id))
        assert error.value.code == "session_over"
        # The new DJ decides whether the old track still stands there.
        await plays.stop_play(evening.ports, dj=ben)
        assert title_of(await on_stage(evening)) is None

    play_out(scene)


def test_an_offer_can_be_changed_and_taken_back(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna, ben = await evening.dj("DJ Anna"), await evening.dj("DJ Ben")
        await live(evening, anna)
        await handover.offer(evening.ports, dj=anna, handing=Handing(to="DJ Ben"))
        await handover.offer(evening.ports, dj=anna, handing=Handing())
        [offer] = await evening.ports.reader.offers()
        assert (offer.to_dj_id, offer.to_name) == (None, "")
        await handover.withdraw(evening.ports, dj=anna)
        await handover.withdraw(evening.ports, dj=anna)
        assert await evening.ports.reader.offers() == []
        assert evening.told.kinds().count("handover.withdrawn") == 1
        with pytest.raises(Refused):
            await sessions.start_session(evening.ports, dj=ben, stage_id=FLOOR)

    play_out(scene)


def test_the_stage_is_handed_to_no_stranger_and_not_to_oneself(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna, ben = await evening.dj("DJ Anna"), await evening.dj("DJ Ben")
        session = await live(evening, anna)
        assert await refused(evening, anna, Handing(to="Nobody")) == "dj_unknown"
        assert await refused(evening, anna, Handing(to="\u202e")) == "dj_unknown"
        assert await refused(evening, anna, Handing(to=anna.id)) == "handover_to_self"
        assert await refused(evening, anna, Handing(note="x" * 281)) == "note_too_long"
        assert await refused(evening, ben, Handing(session_id=session.id)) == "session_not_yours"
        assert await refused(evening, ben, Handing()) == "no_session"
        assert await evening.ports.reader.offers() == []
        await sessions.end_session(evening.ports, dj=anna)
        assert await refused(evening, anna, Handing(session_id=session.id)) == "session_over"

    play_out(scene)


def test_a_note_waits_for_the_next_dj_until_it_was_read(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna, ben = await evening.dj("DJ Anna"), await evening.dj("DJ Ben")
        first = await live(evening, anna)
        await handover.offer(evening.ports, dj=anna, handing=Handing(note="The left deck hums."))
        await handover.leave_note(evening.ports, dj=anna, session_id=first.id, text="The left deck hums, a lot.")
        assert await handover.notes_for(evening.ports, dj=anna, session_id=first.id) == []
        second = (await sessions.start_session(evening.ports, dj=ben, stage_id=FLOOR)).session
        [note] = await handover.notes_for(evening.ports, dj=ben, session_id=second.id)
        assert (note.dj_name, note.text) == ("DJ Anna", "The left deck hums, a lot.")
        await handover.drop_note(evening.ports, dj=ben, session_id=note.session_id)
        await handover.drop_note(evening.ports, dj=ben, session_id=note.session_id)
        assert await handover.notes_for(evening.ports, dj=ben, session_id=second.id) == []
        assert evening.told.kinds().count("note.gone") == 1

    play_out(scene)


def test_a_note_is_nobody_elses_and_of_one_night(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna, ben, carl = [await evening.dj(name) for name in ("DJ Anna", "DJ Ben", "DJ Carl")]
        first = await live(evening, anna)
        await handover.leave_note(evening.ports, dj=anna, session_id=first.id, text="Mind the stairs.")
        for stranger, code in ((carl, "note_unknown"), (ben, "note_unknown")):
            with pytest.raises(NotKnown) as error:
                await handover.drop_note(evening.ports, dj=stranger, session_id=first.id)
            assert error.value.code == code
        with pytest.raises(NotAllowed):
            await handover.notes_for(evening.ports, dj=carl, session_id=first.id)
        with pytest.raises(NotAllowed):
            await handover.leave_note(evening.ports, dj=carl, session_id=first.id, text="Not mine.")
        with pytest.raises(Invalid):
            await handover.leave_note(evening.ports, dj=anna, session_id=first.id, text=" ")
        await sessions.end_session(evening.ports, dj=anna)
        evening.clock.pass_s(15 * 3600)
        second = await live(evening, ben)
        assert await handover.notes_for(evening.ports, dj=ben, session_id=second.id) == []
        # What is of another night is tidied away with the next one's.
        await handover.leave_note(evening.ports, dj=ben, session_id=second.id, text="Tonight's.")
        assert [note.text for note in await evening.ports.reader.notes(FLOOR)] == ["Tonight's."]

    play_out(scene)


def test_a_silent_dj_is_away_and_back_with_the_first_sign_of_life(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna = await evening.dj("DJ Anna")
        session = await live(evening, anna)
        evening.clock.pass_s(300)
        assert await sessions.note_silence(evening.ports) == 0
        evening.clock.pass_s(1)
        assert await sessions.note_silence(evening.ports) == 1
        assert await sessions.note_silence(evening.ports) == 0
        state = await on_stage(evening)
        assert state.session is not None
        assert state.session.away
        assert live_state.seen(state).now is None
        await sessions.note_alive(evening.ports, dj=anna, session_id=session.id)
        state = await on_stage(evening)
        assert title_of(live_state.seen(state)) == "So What"
        assert evening.told.kinds()[-2:] == ["dj.away", "dj.back"]

    play_out(scene)


def test_after_the_grace_period_a_set_is_resumed_or_taken_over_and_never_just_over(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna, ben = await evening.dj("DJ Anna"), await evening.dj("DJ Ben")
        session = await live(evening, anna)
        evening.clock.pass_s(3600)
        await sessions.note_silence(evening.ports)
        again = await sessions.start_session(evening.ports, dj=anna, stage_id=FLOOR)
        assert again.resumed
        assert again.session.id == session.id
        assert "session.ended" not in evening.told.kinds()
        evening.clock.pass_s(3600)
        await sessions.note_silence(evening.ports)
        taken = await sessions.start_session(evening.ports, dj=ben, stage_id=FLOOR, take_over=True)
        assert not taken.resumed
        over = await evening.ports.reader.session(session.id)
        assert over is not None
        assert (over.ended, over.away) == (EndReason.TAKEN_OVER, False)
        # Nobody knows whether what the silent DJ played is still on.
        assert title_of(await on_stage(evening)) is None

    play_out(scene)


def test_a_reboot_takes_nobody_away_and_ends_no_set(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna = await evening.dj("DJ Anna")
        await live(evening, anna)
        evening.clock.reboot(up_s=20)
        assert await sessions.note_silence(evening.ports) == 0
        state = await on_stage(evening)
        assert title_of(state) == "So What"
        assert (await sessions.start_session(evening.ports, dj=anna, stage_id=FLOOR)).resumed

    play_out(scene)


async def barred(evening: Evening, dj: Dj) -> None:
    """Takes a DJ off the event's list."""
    [event] = await evening.ports.reader.events()
    await lineup.unassign(evening.ports, event_id=event.id, dj_id=dj.id, by=STAFF)


def test_no_stranger_s_set_begins_at_an_event_by_any_way(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna, ben = await evening.dj("DJ Anna"), await evening.dj("DJ Ben")
        await barred(evening, ben)
        for take_over in (False, True):
            with pytest.raises(NotAllowed) as error:
                await sessions.start_session(evening.ports, dj=ben, stage_id=FLOOR, take_over=take_over)
            assert error.value.code == "dj_not_assigned"
        await live(evening, anna)
        assert await refused(evening, anna, Handing(to="DJ Ben")) == "dj_not_assigned"
        await handover.offer(evening.ports, dj=anna, handing=Handing())
        with pytest.raises(NotAllowed):
            await sessions.start_session(evening.ports, dj=ben, stage_id=FLOOR)
        evening.clock.pass_s(600)
        with pytest.raises(NotAllowed):
            await sessions.start_session(evening.ports, dj=ben, stage_id=FLOOR, take_over=True)
        assert (await on_stage(evening)).session is not None

    play_out(scene)


def test_a_dj_who_is_taken_off_the_list_plays_the_running_set_to_its_end(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna = await evening.dj("DJ Anna")
        await live(evening, anna)
        await barred(evening, anna)
        await plays.announce_play(evening.ports, dj=anna, told=ToldPlay(track=track("One More")))
        assert title_of(await on_stage(evening)) == "One More"
        await sessions.end_session(evening.ports, dj=anna)
        with pytest.raises(NotAllowed):
            await sessions.start_session(evening.ports, dj=anna, stage_id=FLOOR)

    play_out(scene)
