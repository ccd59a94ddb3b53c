"""PostgreSQL through asyncpg: a pool of connections, and a role for each kind of transaction.

`pika_tenant` sees the rows of the organisation that `app.org` names, `pika_service` sees all. Whoever owns the tables
sees none without taking one of these roles, not even as their owner.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress

import asyncpg

from appliance.errors import Unavailable
from sync.cloud.store.ports import Clash, Row, Tx, ValueRefused
from sync.cloud.store.statements import Statement, statements
from sync.cloud.store.steps import Step, pending

CONNECTIONS_MOST = 10
_CONNECT_WITHIN_S = 5.0
_WAIT_FOR_CONNECTION_S = 10.0
_STATEMENT_WITHIN_S = 60.0
_CHANNEL = "pika_live"
_IS_THERE_EVERY_S = 5.0
_ORG = re.compile(r"[0-9a-f]{20}")
#: any number that nobody else locks by: one schema step at a time
_MIGRATING = 0x70696B61
_ROLES = ("pika_service", "pika_tenant")
_SETTINGS = {
    "application_name": "pika-cloud",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
}
# A server may be set to lose its last commits; what an acknowledgement promises must not depend on that.
_BEGIN = "BEGIN; SET LOCAL synchronous_commit = on; "
_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ReadOnlySQLTransactionError,
)
_BUSY = (
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionRollbackError,
)


def _away(error: BaseException) -> Unavailable:
    return Unavailable(
        "database_away",
        f"The database can't be reached ({type(error).__name__}).",
        advice="Nothing is lost: boxes keep what is not acknowledged, and send it again.",
    )


@contextmanager
def _translated() -> Iterator[None]:
    """Errors of the engine as ours. Those of a wrong statement stay what they are."""
    try:
        yield
    except (asyncpg.DataError, asyncpg.ProgramLimitExceededError, asyncpg.UntranslatableCharacterError) as error:
        raise ValueRefused(str(error)) from error
    except asyncpg.IntegrityConstraintViolationError as error:
        raise Clash(str(error)) from error
    except _BUSY as error:
        raise Unavailable("database_busy", f"The database is busy ({type(error).__name__}).") from error
    except _AWAY as error:
        raise _away(error) from error


class _Transaction:
    def __init__(self, connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]") -> None:
        self._connection = connection
        self._statements = statements("postgres")
        self._savepoints = 0

    def _prepared(self, query: str, values: Mapping[str, object]) -> tuple[str, list[object]]:
        statement = self._statements[query]
        statement.check(values, query)
        return statement.text, [values[name] for name in statement.names]

    async def one(self, query: str, **values: object) -> Row | None:
        text, given = self._prepared(query, values)
        with _translated():
            found = await self._connection.fetchrow(text, *given)
        return dict(found) if found is not None else None

    async def all(self, query: str, **values: object) -> list[Row]:
        text, given = self._prepared(query, values)
        with _translated():
            return [dict(row) for row in await self._connection.fetch(text, *given)]

    async def run(self, query: str, **values: object) -> int:
        text, given = self._prepared(query, values)
        with _translated():
            status = await self._connection.execute(text, *given)
        last = str(status).rpartition(" ")[2]
        return int(last) if last.isdecimal() else 0

    async def many(self, query: str, rows: Sequence[Mapping[str, object]]) -> None:
        statement: Statement = self._statements[query]
        for row in rows:
            statement.check(row, query)
        with _translated():
            await self._connection.executemany(
                statement.text, [[row[name] for name in statement.names] for row in rows]
            )

    async def bulk(self, query: str, columns: Mapping[str, Sequence[object]], **shared: object) -> None:
        await self.run(query, **columns, **shared)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        self._savepoints += 1
        name = f"s{self._savepoints}"
        with _translated():
            await self._connection.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            with _translated():
                await self._connection.execute(f"ROLLBACK TO SAVEPOINT {name}")
            raise
        with _translated():
            await self._connection.execute(f"RELEASE SAVEPOINT {name}")


def _role(org: str | None) -> str:
    if org is None:
        return "SET LOCAL ROLE pika_service"
    if not _ORG.fullmatch(org):
        raise ValueError("no id of an organisation")
    return f"SET LOCAL ROLE pika_tenant; SET LOCAL app.org = '{org}'"


async def _unchanged(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Nothing outlives our transactions, so a connection that goes back to the pool needs no cleaning."""
    del connection


async def _roll_back(connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]") -> None:
    """Undoes what was begun; a connection that can't even do that is thrown away."""
    try:
        await connection.execute("ROLLBACK", timeout=_CONNECT_WITHIN_S)
    except (*_AWAY, asyncpg.PostgresError):
        # One that was lost is nobody's any more.
        with suppress(asyncpg.InterfaceError):
            connection.terminate()


class PostgresDatabase:
    """See `ports.Database`."""

    has_walls = True

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", *, url: str) -> None:
        self._pool, self._url = pool, url

    @asynccontextmanager
    async def transaction(self, *, org: str | None) -> AsyncIterator[Tx]:
        begin = _BEGIN + _role(org)
        with _translated():
            connection = await self._pool.acquire(timeout=_WAIT_FOR_CONNECTION_S)
        try:
            with _translated():
                await connection.execute(begin)
            yield _Transaction(connection)
            with _translated():
                await connection.execute("COMMIT")
        except BaseException:
            await _roll_back(connection)
            raise
        finally:
            await self._pool.release(connection)

    async def tell(self, words: str) -> None:
        with _translated():
            async with self._pool.acquire(timeout=_WAIT_FOR_CONNECTION_S) as connection, connection.transaction():
                # Lost with the server's power, it is missed by nobody: what it is about is told again.
                await connection.execute("SET LOCAL synchronous_commit = off")
                await connection.execute(statements("postgres")["tell"].text, words)

    async def hear(self, heard: Callable[[str], None], *, began: Callable[[], None]) -> None:
        with _translated():
            # Of its own: one of the pool's would be missing there for ever.
            connection = await asyncpg.connect(
                self._url, timeout=_CONNECT_WITHIN_S, command_timeout=_CONNECT_WITHIN_S, server_settings=_SETTINGS
            )
            try:
                lost = asyncio.Event()
                connection.add_termination_listener(lambda _: lost.set())
                await connection.add_listener(_CHANNEL, lambda *said: heard(said[3]))
                began()
                while True:
                    # A server that was cut off says nothing, not even that.
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_IS_THERE_EVERY_S):
                            await lost.wait()
                    await connection.execute(statements("postgres")["is_there"].text)
            finally:
                connection.terminate()

    async def migrate(self, steps: Sequence[Step]) -> None:
        with _translated():
            async with self._pool.acquire(timeout=_WAIT_FOR_CONNECTION_S) as connection:
                await _make_roles(connection)
                async with connection.transaction():
                    await connection.execute("SET LOCAL lock_timeout = '60s'")
                    await connection.execute(f"SELECT pg_advisory_xact_lock({_MIGRATING})")
                    await connection.execute(statements("postgres")["make_schema_steps"].text)
                    version = await connection.fetchval(statements("postgres")["schema_version"].text)
                    for step in pending(steps, version):
                        await connection.execute(step.postgres)
                        note = statements("postgres")["note_schema_step"].text
                        await connection.execute(note, step.number, step.name)


async def _make_roles(connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]") -> None:
    """The two roles are the server's and not the database's, so another database's cloud may make them meanwhile."""
    try:
        for role in _ROLES:
            await _make_role(connection, role)
    except asyncpg.InsufficientPrivilegeError as error:
        every = " ".join(f"CREATE ROLE {role}; GRANT {role} TO the_user;" for role in _ROLES)
        raise Unavailable(
            "database_rights",
            "The database's user may not make the two roles that keep organisations apart.",
            advice=f"Let the server's administrator say once: {every}",
        ) from error


async def _make_role(connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]", role: str) -> None:
    known = await connection.fetchval("SELECT pg_has_role(oid, 'MEMBER') FROM pg_roles WHERE rolname = $1", role)
    if known is None:
        with suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
            await connection.execute(f"CREATE ROLE {role} NOLOGIN")
    if not known:
        await connection.execute(f"GRANT {role} TO CURRENT_USER")


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[PostgresDatabase]:
    """The database of a server, which need not be there yet."""
    pool = asyncpg.create_pool(
        url,
        min_size=0,
        max_size=CONNECTIONS_MOST,
        timeout=_CONNECT_WITHIN_S,
        command_timeout=_STATEMENT_WITHIN_S,
        server_settings=_SETTINGS,
        reset=_unchanged,
    )
    await pool
    try:
        yield PostgresDatabase(pool, url=url)
    finally:
        try:
            async with asyncio.timeout(_WAIT_FOR_CONNECTION_S):
                await pool.close()
        except TimeoutError:
            pool.terminate()
