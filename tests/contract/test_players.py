"""House players on both stores: what they say becomes sets, and who is told what."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from appliance.domain.audit import STAFF
from appliance.domain.models import Doors, EndReason, Session
from appliance.domain.players import KEPT_EVERY_MS, Orders, Player, Silence, Status, ToldSong, ToldWord
from appliance.errors import BoxError, NotAllowed, NotKnown
from appliance.live.roll import Roll
from appliance.usecases import doors, plays, sessions
from appliance.usecases.players import entering, hearing, managing
from appliance.usecases.players.managing import Command, Draft, Made
from appliance.usecases.plays import ToldPlay
from tests.contract.conftest import Scene
from tests.support.evening import Evening, plain_verifier, track
from tests.support.library import library_track

PlayOut = Callable[[Scene], None]
FLOOR = "main-floor"


async def made(evening: Evening, name: str = "Bar", stage: str = FLOOR) -> Made:
    return await managing.add(evening.ports, draft=Draft(name, stage), verifier=plain_verifier, by=STAFF)


async def told(evening: Evening, player: Player, word: ToldWord) -> Orders:
    return await hearing.hear(evening.ports, player=player, told=word)


def song(number: int, *, age_ms: int = 0) -> ToldWord:
    return ToldWord(on=ToldSong(f"p{number}", artist="Ella", title=f"Song {number}", age_ms=age_ms))


async def running(evening: Evening) -> Session | None:
    return await evening.ports.store.write(lambda tx: tx.active_session(FLOOR))


async def ended(evening: Evening, session: Session) -> EndReason | None:
    found = await evening.ports.reader.session(session.id)
    assert found is not None
    return found.ended


async def now_on(evening: Evening) -> str | None:
    [state] = await evening.ports.reader.stage_states()
    return state.now.track.title if state.now else None


async def order(evening: Evening, player: Player, **wanted: object) -> Player:
    return await managing.command(
        evening.ports,
        player_id=player.id,
        wanted=Command(**wanted),  # type: ignore[arg-type] # as each test says
        by=STAFF,
    )


def test_what_a_player_plays_is_a_set_that_dancers_see_and_the_journal_has(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        known = library_track("a", "So What", "Miles Davis")
        await evening.ports.store.write(lambda tx: tx.put_library_track(known))
        player = (await made(evening)).player
        evening.told.commits.clear()
        orders = await told(evening, player, ToldWord(on=ToldSong("p1", "a", artist="no", title="no")))
        assert orders == Orders(silence=None, volume=100, skip="")
        assert evening.told.kinds() == ["session.started", "play.announced", "play.identified"]
        session = await running(evening)
        assert session is not None
        assert session.dj_name == "House (Bar)"
        [state] = await evening.ports.reader.stage_states()
        assert state.now is not None
        assert (state.now.track.title, state.now.track.bpm, state.now.track.key) == ("So What", 120.0, "Cm")
        # Told again, it is the same play; told another, it is the next one of the same set.
        await told(evening, player, ToldWord(on=ToldSong("p1", "a")))
        await told(evening, player, song(2))
        assert await now_on(evening) == "Song 2"
        found = await evening.ports.reader.plays_of_dj(player.dj_id, limit=9)
        assert [play.track.title for play in found] == ["Song 2", "So What"]
        assert {play.session_id for play in found} == {session.id}

    play_out(scene)


def test_a_dj_takes_over_at_once_and_the_house_comes_back_only_where_its_manager_wants_that(
    play_out: PlayOut,
) -> None:
    async def scene(evening: Evening) -> None:
        player, anna = (await made(evening)).player, await evening.dj()
        await told(evening, player, song(1))
        house = await running(evening)
        assert house is not None
        live = (await sessions.start_session(evening.ports, dj=anna, stage_id=FLOOR)).session
        assert await ended(evening, house) is EndReason.TAKEN_OVER
        # It fades out: that is no play, and what it began meanwhile is none either.
        assert (await told(evening, player, song(2))).silence is Silence.DJ
        await plays.announce_play(evening.ports, dj=anna, told=ToldPlay(track=track(), session_id=live.id))
        assert await now_on(evening) == "So What"
        await sessions.end_session(evening.ports, dj=anna, session_id=live.id)
        assert (await told(evening, player, song(3))).plays
        assert await now_on(evening) == "Song 3"
        await order(evening, player, returns=False)
        live = (await sessions.start_session(evening.ports, dj=anna, stage_id=FLOOR)).session
        await sessions.end_session(evening.ports, dj=anna, session_id=live.id)
        assert (await told(evening, player, song(4))).silence is Silence.MANAGER
        assert await running(evening) is None
        await order(evening, player, is_paused=False)
        assert (await told(evening, player, song(5))).plays

    play_out(scene)


def test_a_player_that_stops_keeps_its_set_for_the_grace_of_a_dj_and_one_that_is_gone_loses_it(
    play_out: PlayOut,
) -> None:
    async def scene(evening: Evening) -> None:
        player = (await made(evening)).player
        for number, last in ((1, ToldWord(is_paused=True)), (2, None)):
            await told(evening, player, song(number))
            session = await running(evening)
            assert session is not None
            for _ in range(11):
                evening.clock.pass_s(29)
                if last is not None:
                    await told(evening, player, last)
                assert await ended(evening, session) is None
                if evening.clock.boot_ms < 60_000 + 300_000:
                    assert await sessions.note_silence(evening.ports) == 0
            await sessions.note_silence(evening.ports)
            assert await ended(evening, session) is (EndReason.ENDED if last else EndReason.LOST)
            assert await now_on(evening) is None

    play_out(scene)


def test_status_goes_by_this_boot_and_an_unchanged_word_is_not_written_each_time(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        player = (await made(evening)).player

        async def status() -> Status:
            known = await evening.ports.reader.player(player.id)
            assert known is not None
            return known.status(evening.clock.now())

        assert await status() is Status.OFFLINE
        await told(evening, player, ToldWord())
        assert await status() is Status.IDLE
        await told(evening, player, song(1))
        first = await evening.ports.reader.player(player.id)
        assert await status() is Status.ACTIVE
        evening.clock.pass_s(2)
        await told(evening, player, song(1))
        assert await evening.ports.reader.player(player.id) == first, "the card is written for nothing"
        evening.clock.pass_s(KEPT_EVERY_MS / 1000)
        await told(evening, player, song(1))
        assert await evening.ports.reader.player(player.id) != first
        evening.clock.pass_s(61)
        assert await status() is Status.OFFLINE
        await told(evening, player, song(1))
        evening.clock.reboot()
        assert await status() is Status.OFFLINE
        await told(evening, player, song(1))
        assert await status() is Status.ACTIVE

    play_out(scene)


def test_staff_are_told_of_a_player_that_fell_silent_and_not_of_one_that_is_at_home(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        bar, roll = (await made(evening)).player, Roll()
        await roll.call(evening.ports)
        assert roll.problem() is None
        await told(evening, bar, song(1))
        await roll.call(evening.ports)
        assert roll.problem() is None
        evening.clock.pass_s(61)
        await roll.call(evening.ports)
        assert "Bar" in (roll.problem() or "")
        await managing.take_away(evening.ports, player_id=bar.id, by=STAFF)
        await roll.call(evening.ports)
        assert roll.problem() is None

    play_out(scene)


def test_songs_from_while_the_box_was_away_are_history_in_their_order(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        player = (await made(evening)).player
        await told(evening, player, song(1))
        evening.clock.pass_s(900)
        before = tuple(ToldSong(f"p{n}", title=f"Song {n}", age_ms=ms) for n, ms in ((2, 700_000), (3, 400_000)))
        await told(evening, player, replace(song(4, age_ms=9_000), before=before))
        found = await evening.ports.reader.plays_of_dj(player.dj_id, limit=9)
        assert [(play.id, play.age_ms) for play in found][:3] == [("p4", 9_000), ("p3", 400_000), ("p2", 700_000)]
        assert await now_on(evening) == "Song 4"

    play_out(scene)


def test_one_player_a_stage_and_none_in_a_break(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        bar, hall = (await made(evening)).player, (await made(evening, "Hall")).player
        await told(evening, bar, song(1))
        assert (await told(evening, hall, song(2))).silence is Silence.OTHER_PLAYER
        await doors.set_doors(evening.ports, stage_id=FLOOR, doors=Doors.PAUSED, by=STAFF)
        assert (await told(evening, bar, song(3))).silence is Silence.CLOSED
        assert await now_on(evening) == "Song 1"
        await doors.set_doors(evening.ports, stage_id=FLOOR, doors=Doors.OPEN, by=STAFF)
        await managing.take_away(evening.ports, player_id=bar.id, by=STAFF)
        assert await running(evening) is None
        assert (await told(evening, hall, song(4))).plays

    play_out(scene)


def test_commands_reach_the_player_and_a_skip_means_what_is_on(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        player = (await made(evening)).player
        with pytest.raises(BoxError) as error:
            await order(evening, player, skips=True)
        assert error.value.code == "nothing_on"
        await told(evening, player, song(1))
        await order(evening, player, skips=True, volume=40)
        assert await told(evening, player, song(1)) == Orders(silence=None, volume=40, skip="p1")
        await order(evening, player, is_paused=True)
        assert (await told(evening, player, song(1))).silence is Silence.MANAGER
        await told(evening, player, ToldWord(is_paused=True, volume=40))
        assert await now_on(evening) is None
        with pytest.raises(BoxError) as error:
            await order(evening, player, volume=101)
        assert error.value.code == "volume_out_of_range"

    play_out(scene)


def test_tokens_tags_and_names_are_each_ones_own(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        bar = await made(evening)
        assert bar.secret.startswith("pk_player_")
        assert await entering.player_with_token(evening.ports, secret=bar.secret) == bar.player
        assert await entering.player_at_broker(evening.ports, handle="player_bar") == bar.player
        for name, code in (("bar", "player_exists"), ("!!", "name_without_letters"), ("x" * 41, "name_too_long")):
            with pytest.raises(BoxError) as error:
                await made(evening, name)
            assert error.value.code == code
        await evening.dj("House (Hall)")
        with pytest.raises(BoxError) as error:
            await made(evening, "Hall")
        assert error.value.code == "player_exists", "a person's name would be a machine's"
        tag = await managing.set_tag(evening.ports, player_id=bar.player.id, tag="", by=STAFF)
        assert (await entering.player_with_tag(evening.ports, tag=tag)).id == bar.player.id
        with pytest.raises(NotAllowed):
            await entering.player_with_token(evening.ports, secret=tag)
        lost, bar = (
            bar.secret,
            await managing.renew_token(evening.ports, player_id=bar.player.id, verifier=plain_verifier, by=STAFF),
        )
        assert (await entering.player_with_token(evening.ports, secret=bar.secret)).id == bar.player.id
        with pytest.raises(NotAllowed):
            await entering.player_with_token(evening.ports, secret=lost)
        renamed = await managing.edit(evening.ports, player_id=bar.player.id, draft=Draft("Café", FLOOR), by=STAFF)
        await told(evening, renamed, song(1))
        session = await running(evening)
        assert session is not None
        assert session.dj_name == "House (Café)"
        await managing.take_away(evening.ports, player_id=bar.player.id, by=STAFF)
        await managing.take_away(evening.ports, player_id=bar.player.id, by=STAFF)
        with pytest.raises(NotAllowed):
            await entering.player_with_token(evening.ports, secret=bar.secret)
        with pytest.raises(NotAllowed):
            await told(evening, bar.player, song(2))
        with pytest.raises(NotKnown):
            await entering.player_with_tag(evening.ports, tag=tag)
        assert list(await evening.ports.reader.players()) == []
        # The same name again is the same in the list of DJs, and another one at the broker.
        again = await made(evening, "Café")
        assert again.player.dj_id == bar.player.dj_id
        assert again.player.handle == "player_cafe"

    play_out(scene)
