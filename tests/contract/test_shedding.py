"""What is given up when the disk is nearly full: nothing of the evening, each time counted, and never what was sent."""

import sqlite3
from contextlib import closing
from pathlib import Path

from appliance.disk import drop_old_logs
from appliance.domain.models import ClockTrust, Stamp
from appliance.domain.space import SCARCE_BYTES, STEPS, Room, Space, Step
from appliance.domain.uplink import JOURNAL_SENT, SHED
from appliance.store.migrate import open_database
from appliance.store.transaction import SqliteTransaction
from tests.support.evening import Evening

NOW = Stamp("boot-2", 100_000, 1_790_000_000_000, ClockTrust.NTP)


def rows(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT kind, body FROM journal ORDER BY seq").fetchall()


def written(path: Path) -> sqlite3.Connection:
    """A journal with a little of everything that may go; the first of each was sent already."""
    connection = open_database(path)
    presence = '{"stage":"a","minutes":[1,2],"guests":2,"came_from":{"b":1}}'
    wanted = [
        ("intent.made", "boot-1", 5, '{"expires_after_s":900}'),
        ("presence.counted", "boot-1", 5, presence),
        ("intent.made", "boot-1", 6, '{"expires_after_s":900}'),
        ("intent.made", "boot-2", 90_000, '{"expires_after_s":5}'),
        ("intent.made", "boot-2", 90_000, '{"expires_after_s":11}'),
        ("presence.counted", "boot-2", 7, presence),
        ("like.given", "boot-2", 8, '{"play":"p","guest":"g"}'),
    ]
    for kind, boot, boot_ms, body in wanted:
        connection.execute(
            "INSERT INTO journal (kind, v, boot, boot_ms, wall_ms, trust, body) VALUES (?, 1, ?, ?, 1, 'ntp', ?)",
            (kind, boot, boot_ms, body),
        )
    connection.execute("INSERT INTO meta VALUES (?, '2')", (JOURNAL_SENT,))
    return connection


def test_each_step_takes_its_own_and_leaves_the_sequence_whole(tmp_path: Path) -> None:
    with closing(written(tmp_path / "box.db")) as connection:
        before = rows(tmp_path / "box.db")
        tx = SqliteTransaction(connection)
        assert [tx.shed(step, at=NOW) for step in Step] == [0, 2, 0, 1, 1]
        assert [tx.shed(step, at=NOW) for step in Step] == [0, 0, 0, 0, 0]
        after = rows(tmp_path / "box.db")
    assert [kind for kind, _ in after] == [
        "intent.made",
        "presence.counted",
        "shed",
        "shed",
        "intent.made",
        "shed",
        "like.given",
    ]
    assert after[:2] == before[:2]


def test_the_sums_stay_when_only_the_minutes_go(tmp_path: Path) -> None:
    with closing(written(tmp_path / "box.db")) as connection:
        assert SqliteTransaction(connection).shed(Step.PRESENCE_DETAIL, at=NOW) == 1
    assert rows(tmp_path / "box.db")[5] == ("presence.counted", '{"stage":"a","guests":2}')


def test_steps_come_one_after_the_other_and_hearts_last() -> None:
    free = [space.free_bytes for space in (Space(least - 1, 10**11, None) for least in STEPS.values())]
    assert [len(Space(one, 10**11, None).steps) for one in free] == [1, 2, 3, 4, 5]
    assert min(STEPS.values()) > SCARCE_BYTES
    assert Space(min(STEPS.values()) - 1, 10**11, None).room is not Room.SCARCE
    assert Space(10**10, 10**11, None).steps == ()


def test_logs_that_were_put_away_go_and_those_being_written_stay(tmp_path: Path) -> None:
    for name in ("server.log", "server.log.1", "server.log.2", "sync.log.1", "other.txt"):
        (tmp_path / name).write_text("x")
    assert drop_old_logs(tmp_path) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.txt", "server.log"]


def test_what_was_given_up_is_counted_and_journaled(play_out: object) -> None:
    from appliance.usecases import shedding

    async def scene(evening: Evening) -> None:
        assert await shedding.shed(evening.ports, [Step.LOGS, Step.INTENTS], logs=3) == 3
        assert await shedding.shed(evening.ports, [Step.LOGS], logs=0) == 0
        assert await shedding.shed(evening.ports, [Step.LOGS], logs=4) == 4
        assert await evening.ports.reader.meta(SHED) == "7"
        assert evening.told.kinds()[-2:] == ["box.shed", "box.shed"]

    play_out(scene)  # type: ignore[operator]
