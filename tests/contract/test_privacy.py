"""Being forgotten, on both stores."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from appliance.domain.uplink import JOURNAL_SENT
from appliance.ports import JournalSpan
from appliance.store.migrate import open_database
from appliance.store.transaction import SqliteTransaction
from appliance.usecases import likes, plays, privacy, sessions
from appliance.usecases.plays import ToldPlay
from tests.contract.conftest import Scene
from tests.support.evening import Evening, track


def test_a_guest_is_forgotten_once_and_nobody_else_is(play_out: Callable[[Scene], None]) -> None:
    async def scene(evening: Evening) -> None:
        dj = await evening.dj()
        session = (await sessions.start_session(evening.ports, dj=dj, stage_id="main-floor")).session
        for play_id in ("p1", "p2", "p3"):
            sent = ToldPlay(track=track(play_id), play_id=play_id, session_id=session.id)
            await plays.announce_play(evening.ports, dj=dj, told=sent)
        for guest, play_id in (("a", "p1"), ("a", "p2"), ("b", "p2")):
            await likes.set_like(evening.ports, guest_id=guest, play_id=play_id, liked=True)
        assert [await privacy.forget_guest(evening.ports, guest_id="a") for _ in range(2)] == [2, 0]
        assert await evening.ports.reader.liked_by(["a"], limit=9) == []
        assert [one.play.id for one in await evening.ports.reader.liked_by(["b"], limit=9)] == ["p2"]
        found = [await evening.ports.reader.play(play_id) for play_id in ("p1", "p2")]
        assert [play.likes for play in found if play] == [0, 1]
        assert evening.told.kinds()[-3:] == ["like.removed", "like.removed", "guest.forgotten"]

    play_out(scene)


def test_what_a_cloud_may_know_stays_in_the_journal_until_it_was_told_to_forget(
    play_out: Callable[[Scene], None],
) -> None:
    async def scene(evening: Evening) -> None:
        dj = await evening.dj()
        session = (await sessions.start_session(evening.ports, dj=dj, stage_id="main-floor")).session
        for play_id in ("p1", "p2"):
            sent = ToldPlay(track=track(play_id), play_id=play_id, session_id=session.id)
            await plays.announce_play(evening.ports, dj=dj, told=sent)
            await likes.set_like(evening.ports, guest_id="a", play_id=play_id, liked=True)
            if play_id == "p1":
                sent_to = str((await evening.ports.reader.journal_span()).last_seq)
                await evening.ports.store.write(lambda tx, to=sent_to: tx.set_meta(JOURNAL_SENT, to))  # type: ignore[misc]
        before = await evening.ports.reader.journal_span()
        await privacy.forget_guest(evening.ports, guest_id="a")
        # Two likes taken back and the wish; no row went, so the sequence has no hole.
        assert await evening.ports.reader.journal_span() == JournalSpan(before.last_seq + 3, before.waiting + 3)
        after = await evening.ports.store.write(lambda tx: tx.erase_in_journal(["a"], after=0))
        assert after is None

    play_out(scene)


def test_rows_that_may_be_elsewhere_stay_as_they_are_and_the_others_say_nothing(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "box.db")) as connection:
        for guest in ("a", "b", "a", "b", "a"):
            connection.execute(
                "INSERT INTO journal (kind, v, boot, boot_ms, wall_ms, trust, body)"
                " VALUES ('like.given', 1, 'b', 1, 1, 'ntp', ?)",
                (f'{{"play":"p","guest":"{guest}"}}',),
            )
        tx = SqliteTransaction(connection)
        tx.set_meta(JOURNAL_SENT, "2")
        assert tx.erase_in_journal(["a"], after=0) is None
        kinds = [row["kind"] for row in connection.execute("SELECT kind FROM journal ORDER BY seq")]
    assert kinds == ["like.given", "like.given", "erased", "like.given", "erased"]
