"""SQLite, embedded, for a trial: one connection, one transaction at a time.

There is no row-level security here: that each statement names the organisation is the only wall, so a trial has one.
"""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiosqlite

from appliance.errors import Unavailable
from sync.cloud.store.ports import Clash, Row, Tx, ValueRefused
from sync.cloud.store.statements import statements
from sync.cloud.store.steps import Step, pending

_BUSY_TIMEOUT_S = 10.0
_SETTINGS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
PRAGMA journal_size_limit = 16777216;
"""


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Clash(str(error)) from error
    except (sqlite3.DataError, OverflowError, UnicodeError) as error:
        raise ValueRefused(str(error)) from error
    except sqlite3.OperationalError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in {sqlite3.SQLITE_ERROR, 0}:
            raise  # a wrong statement
        busy = code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
        raise Unavailable(
            "database_busy" if busy else "database_away", f"The database can't be used ({error})."
        ) from error


class _Transaction:
    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._statements = statements("sqlite")
        self._savepoints = 0

    def _text(self, query: str, values: Mapping[str, object]) -> str:
        statement = self._statements[query]
        statement.check(values, query)
        return statement.text

    async def one(self, query: str, **values: object) -> Row | None:
        found = await self.all(query, **values)
        return found[0] if found else None

    async def all(self, query: str, **values: object) -> list[Row]:
        text = self._text(query, values)
        with _translated():
            return [dict(row) for row in await self._connection.execute_fetchall(text, values)]

    async def run(self, query: str, **values: object) -> int:
        changed = 0
        with _translated():
            # Where PostgreSQL does several things in one statement, the twin is several.
            for text in self._text(query, values).split(";\n"):
                async with self._connection.execute(text, values) as cursor:
                    changed = max(0, cursor.rowcount)
        return changed

    async def many(self, query: str, rows: Sequence[Mapping[str, object]]) -> None:
        for row in rows:
            self._text(query, row)
        with _translated():
            await self._connection.executemany(self._statements[query].text, rows)

    async def bulk(self, query: str, columns: Mapping[str, Sequence[object]], **shared: object) -> None:
        names = list(columns)
        every = zip(*columns.values(), strict=True)
        await self.many(query, [dict(zip(names, row, strict=True), **shared) for row in every])

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        self._savepoints += 1
        name = f"s{self._savepoints}"
        await self._connection.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            await self._connection.execute(f"ROLLBACK TO {name}")
            raise
        finally:
            await self._connection.execute(f"RELEASE {name}")


class SqliteDatabase:
    """See `ports.Database`."""

    has_walls = False

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()
        self._hearers: set[Callable[[str], None]] = set()

    @asynccontextmanager
    async def _begun(self) -> AsyncIterator[None]:
        async with self._turn:
            try:
                with _translated():
                    await self._connection.execute("BEGIN IMMEDIATE")
                yield
                with _translated():
                    await self._connection.execute("COMMIT")
            finally:
                # Whoever is cut off while the statement is on its way has begun all the same. Nothing to undo is no
                # error here, and it is done after all that was asked before.
                await self._connection.rollback()

    @asynccontextmanager
    async def transaction(self, *, org: str | None) -> AsyncIterator[Tx]:
        del org
        async with self._begun():
            yield _Transaction(self._connection)

    async def tell(self, words: str) -> None:
        # A trial has one process.
        for heard in self._hearers:
            heard(words)

    async def hear(self, heard: Callable[[str], None], *, began: Callable[[], None]) -> None:
        self._hearers.add(heard)
        try:
            began()
            await asyncio.Event().wait()
        finally:
            self._hearers.discard(heard)

    async def migrate(self, steps: Sequence[Step]) -> None:
        known = statements("sqlite")
        async with self._begun():
            await self._connection.execute(known["make_schema_steps"].text)
            rows = await self._connection.execute_fetchall(known["schema_version"].text)
            for step in pending(steps, next(iter(rows))[0]):
                for statement in _statements_of(step.sqlite):
                    await self._connection.execute(statement)
                await self._connection.execute(
                    known["note_schema_step"].text, {"number": step.number, "name": step.name}
                )


def _statements_of(script: str) -> Iterator[str]:
    """One by one: a script at once would end the transaction that it stands in."""
    begun = ""
    for piece in re.findall(r"[^;]*;", script):
        begun += piece
        if sqlite3.complete_statement(begun):
            yield begun
            begun = ""


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # The service's own keys are in it. What SQLite puts beside it gets the same rights.
    path.touch(mode=0o600)


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[SqliteDatabase]:
    """The database in a file, made where there is none. Raises: Unavailable with the code `database_away`."""
    try:
        _make(path)
        connection = await aiosqlite.connect(path, isolation_level=None, timeout=_BUSY_TIMEOUT_S)
    except (OSError, sqlite3.Error) as error:
        raise Unavailable(
            "database_away",
            f"The database {path} can't be opened ({error}).",
            advice="Check that the folder exists, is writable and has space.",
        ) from error
    try:
        connection.row_factory = sqlite3.Row
        with _translated():
            await connection.executescript(_SETTINGS)
        yield SqliteDatabase(connection)
    finally:
        await connection.close()
