"""What both stores promise."""

import asyncio
from collections.abc import Callable

import pytest

from appliance.domain.audit import STAFF
from appliance.domain.events import StageOpened
from appliance.domain.models import EndReason, Stage
from appliance.errors import Refused
from appliance.ports import Transaction
from appliance.usecases import likes, people, plays, sessions, stages
from appliance.usecases.plays import ToldPlay
from tests.contract.conftest import Scene
from tests.support.evening import Evening, plain_verifier, track

PlayOut = Callable[[Scene], None]


async def on_stage(evening: Evening, name: str = "DJ Anna") -> str:
    dj = await evening.dj(name)
    return (await sessions.start_session(evening.ports, dj=dj, stage_id="main-floor")).session.id


def test_a_new_box_has_one_event_with_the_main_floor(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        assert [stage.name for stage in await evening.ports.reader.stages()] == ["Main Floor"]
        await stages.open_doors(evening.ports)
        assert len(await evening.ports.reader.stages()) == 1
        assert evening.told.kinds() == ["event.opened", "stage.opened"]

    play_out(scene)


def test_what_a_failed_job_did_is_not_stored_not_journaled_and_not_told(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        before = await evening.ports.reader.journal_span()

        def job(tx: Transaction) -> None:
            [event] = tx.events()
            stage = Stage(id="cellar", event_id=event.id, name="Cellar")
            tx.add_stage(stage)
            tx.record(StageOpened(stage), at=evening.clock.now())
            raise Refused("no", "No.")

        with pytest.raises(Refused):
            await evening.ports.store.write(job)
        assert [stage.id for stage in await evening.ports.reader.stages()] == ["main-floor"]
        assert await evening.ports.reader.journal_span() == before
        assert evening.told.kinds() == ["event.opened", "stage.opened"]

    play_out(scene)


def test_a_failed_job_takes_nothing_of_its_neighbours_in_the_same_commit(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        results = await asyncio.gather(
            *(stages.add_stage(evening.ports, name=name) for name in ("Garden", "Garden", "Cellar")),
            return_exceptions=True,
        )
        assert [type(result) for result in results] == [Stage, Refused, Stage]
        assert [stage.id for stage in await evening.ports.reader.stages()] == ["main-floor", "garden", "cellar"]

    play_out(scene)


def test_a_track_not_in_any_library_plays_and_every_change_is_journaled_once(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        dj = await evening.dj()
        session = (await sessions.start_session(evening.ports, dj=dj, stage_id="main-floor")).session
        done = await plays.announce_play(evening.ports, dj=dj, told=ToldPlay(track=track(), session_id=session.id))
        [state] = await evening.ports.reader.stage_states()
        assert state.now == done.play
        assert state.session is not None
        assert state.session.dj_name == "DJ Anna"
        await plays.stop_play(evening.ports, dj=dj, session_id=session.id)
        ended = await sessions.end_session(evening.ports, dj=dj, session_id=session.id)
        assert ended.ended is EndReason.ENDED
        await sessions.end_session(evening.ports, dj=dj, session_id=session.id)
        expected = [
            "event.opened",
            "stage.opened",
            "token.issued",
            "dj.assigned",
            "session.started",
            "intent.made",
            "play.announced",
            "play.stopped",
            "session.ended",
        ]
        assert evening.told.kinds() == expected
        assert (await evening.ports.reader.journal_span()).last_seq == len(expected)

    play_out(scene)


def test_a_like_counts_once_however_often_it_is_given_or_taken(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        session_id = await on_stage(evening)
        dj = await evening.dj()
        sent = ToldPlay(track=track(), play_id="p1", session_id=session_id)
        await plays.announce_play(evening.ports, dj=dj, told=sent)

        async def tap(guest: str, *, liked: bool) -> int:
            return (await likes.set_like(evening.ports, guest_id=guest, play_id="p1", liked=liked)).likes

        assert await tap("a", liked=False) == 0
        assert [await tap("a", liked=True), await tap("a", liked=True), await tap("b", liked=True)] == [1, 1, 2]
        assert await evening.ports.reader.liked_among("a", ["p1", "p2"]) == {"p1"}
        assert [await tap("a", liked=False), await tap("a", liked=False)] == [1, 1]
        assert evening.told.kinds()[-3:] == ["like.given", "like.given", "like.removed"]
        play = await evening.ports.reader.play("p1")
        assert play is not None
        assert play.likes == 1

    play_out(scene)


def test_my_likes_come_newest_first_with_where_and_by_whom(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        session_id = await on_stage(evening)
        dj = await evening.dj()
        for play_id in ("p1", "p2", "p3"):
            sent = ToldPlay(track=track(play_id), play_id=play_id, session_id=session_id)
            await plays.announce_play(evening.ports, dj=dj, told=sent)
        for play_id in ("p2", "p3", "p1"):
            evening.clock.pass_s(1)
            await likes.set_like(evening.ports, guest_id="a", play_id=play_id, liked=True)
        mine = await evening.ports.reader.liked_by(["a"], limit=2)
        assert [liked.play.id for liked in mine] == ["p1", "p3"]
        assert (mine[0].dj_name, mine[0].stage_name) == ("DJ Anna", "Main Floor")

    play_out(scene)


def test_plays_come_newest_first_per_session_and_per_stage(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        for name in ("DJ Anna", "DJ Ben"):
            session_id = await on_stage(evening, name)
            dj = await evening.dj(name)
            for number in (1, 2):
                sent = ToldPlay(track=track(), play_id=f"{dj.name[3]}{number}", session_id=session_id)
                await plays.announce_play(evening.ports, dj=dj, told=sent)
            await sessions.end_session(evening.ports, dj=dj, session_id=session_id)
        reader = evening.ports.reader
        assert [play.id for play in await reader.plays_of_stage("main-floor", limit=3)] == ["B2", "B1", "A2"]
        assert [play.id for play in await reader.plays_of_session(session_id, limit=9)] == ["B2", "B1"]

    play_out(scene)


def test_a_token_works_until_it_is_taken_back_and_its_name_is_never_used_again(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        first = await people.issue_token(evening.ports, dj_name="DJ Ánna", verifier=plain_verifier, by=STAFF)
        second = await people.issue_token(evening.ports, dj_name="dj ánna", verifier=plain_verifier, by=STAFF)
        assert first.dj == second.dj
        assert (first.token.name, second.token.name) == ("dj-anna", "dj-anna-2")
        assert (await people.dj_with_token(evening.ports, secret=first.secret))[1] == first.dj
        await people.revoke_token(evening.ports, token_id=first.token.id, by=STAFF)
        await people.revoke_token(evening.ports, token_id=first.token.id, by=STAFF)
        assert await evening.ports.reader.token_by_name("dj-anna") is None
        assert [token.name for token, _ in await evening.ports.reader.tokens()] == ["dj-anna-2"]
        third = await people.issue_token(evening.ports, dj_name="DJ Ánna", verifier=plain_verifier, by=STAFF)
        assert third.token.name == "dj-anna-3"
        assert evening.told.kinds().count("token.revoked") == 1

    play_out(scene)
