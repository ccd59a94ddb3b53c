"""The writer where there is no room: tries again when room was made, says so when not, and heals by itself."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from appliance.errors import Unavailable
from appliance.ports import Transaction
from appliance.store import writer as module
from appliance.store.migrate import open_database
from appliance.store.writer import Writer
from tests.network.hall import eventually


def _fat(number: int) -> Callable[[Transaction], None]:
    return lambda transaction: transaction.set_meta(f"fat {number}", "x" * 20_000)


def _limit(connection: sqlite3.Connection, pages: int) -> None:
    """A disk that is full for this database only."""
    connection.execute(f"PRAGMA max_page_count = {pages}")


def test_a_write_without_room_is_tried_again_when_room_was_made(tmp_path: Path) -> None:
    asked: list[bool] = []

    async def go() -> None:
        connection = open_database(tmp_path / "box.db")
        _limit(connection, connection.execute("PRAGMA page_count").fetchone()[0] + 3)

        def make_room(*, is_certain: bool) -> bool:
            asked.append(is_certain)
            _limit(connection, 10_000)
            return True

        writer = Writer(connection, on_commit=lambda _: None, make_room=make_room)
        writer.start()
        await writer.write(_fat(1))
        assert writer.problem() is None
        await writer.stop()

    asyncio.run(go())
    assert asked == [True]
    with closing(sqlite3.connect(tmp_path / "box.db")) as database:
        assert database.execute("SELECT count(*) FROM meta WHERE name = 'fat 1'").fetchone() == (1,)


def test_a_writer_without_room_says_so_and_heals_without_being_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HEAL_EVERY_S", 0.05)

    async def go() -> None:
        connection = open_database(tmp_path / "box.db")
        _limit(connection, connection.execute("PRAGMA page_count").fetchone()[0])
        writer = Writer(connection, on_commit=lambda _: None)
        writer.start()
        with pytest.raises(Unavailable) as error:
            await writer.write(_fat(1))
        assert error.value.code == "store_unavailable"
        assert "Nothing can be saved" in str(writer.problem())
        _limit(connection, 10_000)
        await asyncio.to_thread(eventually, lambda: writer.problem() is None, within_s=5, what="it is well again")
        await writer.write(_fat(2))
        await writer.stop()

    asyncio.run(go())


def test_the_log_is_written_back_as_soon_as_a_long_reader_lets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOG_MOST", 1_000_000)
    monkeypatch.setattr(module, "_LOOK_AT_LOG_EVERY", 8)
    log = tmp_path / "box.db-wal"

    async def go() -> None:
        writer = Writer(open_database(tmp_path / "box.db"), on_commit=lambda _: None)
        writer.start()
        with closing(sqlite3.connect(tmp_path / "box.db", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM meta").fetchone()
            for number in range(120):
                await writer.write(_fat(number))
            assert log.stat().st_size > 1_500_000
            reader.execute("COMMIT")
            for number in range(20):
                await writer.write(_fat(number))
            assert log.stat().st_size <= 1_300_000
        await writer.stop()

    asyncio.run(go())
