"""What other systems for DJs let happen, and this one must not: a set that ends by a bad connection, one that is taken
from its DJ, tracks and facts that get lost on the way. On both stores.
"""

from collections.abc import Callable

import pytest

from appliance.domain import polls as poll_rules
from appliance.domain.models import Dj, Session, TrackInfo
from appliance.domain.polls import PollEnd
from appliance.errors import BoxError
from appliance.usecases import handover, likes, locks, plays, polls, sessions, stages
from appliance.usecases.handover import Handing
from appliance.usecases.plays import Announced, ToldPlay
from tests.contract.conftest import Scene
from tests.contract.test_links import Link, heard, said
from tests.support.evening import Evening, track

PlayOut = Callable[[Scene], None]
STAGE = "main-floor"
TIMED = poll_rules.draft("More Blues?", ["Yes", "No"], lasts_s=60)


async def start(evening: Evening, dj: Dj) -> Session:
    return (await sessions.start_session(evening.ports, dj=dj, stage_id=STAGE)).session


async def announce(evening: Evening, dj: Dj, play_id: str, what: TrackInfo | None = None) -> Announced:
    sent = ToldPlay(track=what or track(), play_id=play_id)
    return await plays.announce_play(evening.ports, dj=dj, told=sent)


async def likes_of(evening: Evening, play_id: str) -> int:
    play = await evening.ports.reader.play(play_id)
    assert play is not None
    return play.likes


async def running(evening: Evening) -> Session:
    [state] = await evening.ports.reader.stage_states()
    assert state.session is not None
    return state.session


@pytest.mark.parametrize("silent_s", [1, 5, 240, 3600])
def test_a_djs_bad_connection_ends_no_set_loses_no_like_and_plays_nothing_twice(
    play_out: PlayOut, silent_s: int
) -> None:
    async def scene(evening: Evening) -> None:
        dj = await evening.dj()
        session = await start(evening, dj)
        await announce(evening, dj, "p1")
        await likes.set_like(evening.ports, guest_id="a", play_id="p1", liked=True)
        evening.clock.pass_s(silent_s)
        await sessions.note_silence(evening.ports)
        # A dancer whose phone did not hear the answer sends the like again, and another one likes meanwhile.
        for guest in ("a", "b"):
            await likes.set_like(evening.ports, guest_id=guest, play_id="p1", liked=True)
        back = await announce(evening, dj, "p1")
        assert back.duplicate
        await sessions.note_alive(evening.ports, dj=dj, session_id=session.id)
        again = await running(evening)
        assert (again.id, again.ended, again.ended_at, again.current_play_id) == (session.id, None, None, "p1")
        assert not again.away
        assert await likes_of(evening, "p1") == 2
        assert len(await evening.ports.reader.plays_of_stage(STAGE, limit=9)) == 1
        assert evening.told.kinds().count("session.started") == 1
        assert "session.ended" not in evening.told.kinds()

    play_out(scene)


def test_a_reboot_drops_no_set_no_track_and_no_like(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        dj = await evening.dj()
        session = await start(evening, dj)
        await announce(evening, dj, "p1")
        await likes.set_like(evening.ports, guest_id="a", play_id="p1", liked=True)
        evening.clock.reboot()
        assert (await announce(evening, dj, "p1")).duplicate
        assert (await start(evening, dj)).id == session.id
        assert (await running(evening)).current_play_id == "p1"
        assert await likes_of(evening, "p1") == 1
        assert len(await evening.ports.reader.plays_of_stage(STAGE, limit=9)) == 1

    play_out(scene)


def test_nobody_takes_a_set_by_naming_it(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna, ben = await evening.dj("DJ Anna"), await evening.dj("DJ Ben")
        session = await start(evening, anna)
        await announce(evening, anna, "p1")
        sent = ToldPlay(track=track("Stolen"), play_id="p2", session_id=session.id)
        attempts = (
            lambda: plays.announce_play(evening.ports, dj=ben, told=sent),
            lambda: plays.stop_play(evening.ports, dj=ben, session_id=session.id),
            lambda: sessions.end_session(evening.ports, dj=ben, session_id=session.id),
            lambda: sessions.note_alive(evening.ports, dj=ben, session_id=session.id),
            lambda: handover.offer(evening.ports, dj=ben, handing=Handing(session_id=session.id)),
            lambda: handover.withdraw(evening.ports, dj=ben, session_id=session.id),
            lambda: locks.lock_set(evening.ports, dj=ben, session_id=session.id, pin="042042"),
            lambda: locks.unlock_set(evening.ports, dj=ben, session_id=session.id),
        )
        for attempt in attempts:
            with pytest.raises(BoxError) as refused:
                await attempt()
            assert refused.value.code == "session_not_yours"
        # A link that names it as its own set, whether it began first or only claims so.
        taken = await Link(evening, ben).send(heard("X", set=session.id), said("set.over", set=session.id))
        assert {one.code for one in taken.aside} == {"session_not_yours"}
        # The stranger is gone; the DJ's set is as it was.
        after = await running(evening)
        assert (after.id, after.dj_id, after.current_play_id, after.lock) == (session.id, anna.id, "p1", None)
        assert [play.id for play in await evening.ports.reader.plays_of_stage(STAGE, limit=9)] == ["p1"]

    play_out(scene)


def test_two_djs_are_never_on_one_stage_unless_one_hands_over(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna, ben = await evening.dj("DJ Anna"), await evening.dj("DJ Ben")
        session = await start(evening, anna)
        for take_over in (False, True):
            with pytest.raises(BoxError) as refused:
                await sessions.start_session(evening.ports, dj=ben, stage_id=STAGE, take_over=take_over)
            assert refused.value.code == "stage_taken"
        assert (await running(evening)).id == session.id

    play_out(scene)


def test_what_becomes_known_of_a_track_is_stored_and_a_zero_stays_zero(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        await link.send(heard("A", bpm=120.0))
        await link.send(said("play.known", play="A", title="So What", artist="Miles Davis", bpm=136.0, key="Dm"))
        stored = await evening.ports.reader.play("A")
        assert stored is not None
        assert (stored.track.title, stored.track.artist, stored.track.bpm) == ("So What", "Miles Davis", 136.0)
        assert stored.track.key == "Dm"
        calm = TrackInfo(artist="A", title="Calm", energy=0.0, groove=0.0)
        await announce(evening, link.dj, "p1", calm)
        kept = await evening.ports.reader.play("p1")
        assert kept is not None
        assert (kept.track.energy, kept.track.groove, kept.track.danceability) == (0.0, 0.0, None)

    play_out(scene)


@pytest.mark.parametrize("bpm", [0, 0.0, -1, 39.9, 301, 1e9])
def test_a_tempo_that_can_not_be_costs_no_track(play_out: PlayOut, bpm: float) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        taken = await link.send(heard("A", bpm=bpm, key="Dm"))
        assert taken.aside == []
        [state] = await evening.ports.reader.stage_states()
        assert state.now is not None
        assert (state.now.track.title, state.now.track.bpm, state.now.track.bpm_origin) == ("A", None, None)
        assert state.now.track.key == "Dm"
        # By hand or by a program that can mend it, it is answered instead.
        with pytest.raises(BoxError) as refused:
            await announce(evening, link.dj, "p1", TrackInfo(artist="A", title="B", bpm=bpm))
        assert refused.value.code == "bpm_out_of_range"

    play_out(scene)


def test_no_poll_runs_on_because_nobody_answered_and_its_dj_knows_which_it_is(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        dj = await evening.dj()
        session = await start(evening, dj)
        asked = await polls.open_poll(evening.ports, dj=dj, draft=TIMED, pause_s=1, session_id=session.id)
        evening.clock.pass_s(59)
        assert await polls.close_due(evening.ports) == []
        evening.clock.pass_s(1)
        # Nobody is connected, and nobody has said anything.
        assert [poll.id for poll in await polls.close_due(evening.ports)] == [asked.id]
        kept = await evening.ports.reader.poll(asked.id)
        assert kept is not None
        assert (kept.end, kept.votes, evening.told.kinds()[-1]) == (PollEnd.TIME, (0, 0), "poll.closed")
        # By the id that was told when it began, and without one: both end the next one before any answer.
        for poll_id in ("by id", None):
            evening.clock.pass_s(5)
            following = await polls.open_poll(evening.ports, dj=dj, draft=TIMED, pause_s=1, session_id=session.id)
            which = polls.Which(poll_id=following.id if poll_id else None, session_id=session.id)
            over = await polls.end_poll(evening.ports, dj=dj, which=which, end=PollEnd.ENDED)
            assert (over.id, over.end) == (following.id, PollEnd.ENDED)

    play_out(scene)


@pytest.mark.parametrize("how", ["time", "by hand", "taken back", "set over"])
def test_no_answer_after_a_polls_end_is_refused_and_kept_all_the_same(play_out: PlayOut, how: str) -> None:
    async def scene(evening: Evening) -> None:
        dj = await evening.dj()
        session = await start(evening, dj)
        asked = await polls.open_poll(evening.ports, dj=dj, draft=TIMED, pause_s=1, session_id=session.id)

        async def answer(guest: str, option: int | None) -> None:
            await polls.answer(evening.ports, guest_id=guest, stage_id=STAGE, poll_id=asked.id, option=option)

        await answer("a", 1)
        if how == "time":
            evening.clock.pass_s(60)  # nobody has noticed yet
        elif how == "set over":
            await sessions.end_session(evening.ports, dj=dj)
        else:
            end = PollEnd.ENDED if how == "by hand" else PollEnd.CANCELLED
            which = polls.Which(poll_id=asked.id, session_id=session.id)
            await polls.end_poll(evening.ports, dj=dj, which=which, end=end)
        for guest, option in (("b", 0), ("a", 0), ("a", None)):
            with pytest.raises(BoxError) as refused:
                await answer(guest, option)
            assert refused.value.code in {"poll_over", "poll_unknown"}
        kept = await evening.ports.reader.poll(asked.id)
        assert kept is not None
        assert kept.votes == (0, 1)
        own = await evening.ports.store.write(lambda tx: [tx.poll_votes_by(guest) for guest in ("a", "b")])
        assert [[vote.option for vote in votes] for votes in own] == [[1], []]

    play_out(scene)


def test_no_like_is_answered_as_kept_that_is_kept_nowhere(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        dj = await evening.dj()
        session = await start(evening, dj)
        await announce(evening, dj, "p1")
        await sessions.end_session(evening.ports, dj=dj, session_id=session.id)
        before = evening.told.kinds()
        with pytest.raises(BoxError) as refused:
            await likes.set_like(evening.ports, guest_id="a", play_id="never-stored", liked=True)
        assert (refused.value.code, evening.told.kinds()) == ("play_unknown", before)
        # Of a set that is over it is kept, and says so by its count.
        assert (await likes.set_like(evening.ports, guest_id="a", play_id="p1", liked=True)).likes == 1
        assert await likes_of(evening, "p1") == 1

    play_out(scene)


def test_no_djs_likes_are_told_as_another_djs(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await stages.add_stage(evening.ports, name="Side")
        anna, ben = await evening.dj("DJ Anna"), await evening.dj("DJ Ben")
        await start(evening, anna)
        there = (await sessions.start_session(evening.ports, dj=ben, stage_id="side")).session
        same = track("Same Song")
        await announce(evening, anna, "of-anna", same)
        sent = ToldPlay(track=same, play_id="of-ben", session_id=there.id)
        await plays.announce_play(evening.ports, dj=ben, told=sent)
        await likes.set_like(evening.ports, guest_id="a", play_id="of-anna", liked=True)
        assert [await likes_of(evening, play) for play in ("of-anna", "of-ben")] == [1, 0]

    play_out(scene)
