"""The door of the database: opens what an address says, and brings it to today's schema."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from appliance.errors import BadConfig
from sync.cloud.store import postgres, sqlite
from sync.cloud.store.ports import Clash, Database, Row, Tx, ValueRefused
from sync.cloud.store.steps import steps

__all__ = ["Clash", "Database", "Row", "Tx", "ValueRefused", "migrate", "open_database"]

_SQLITE = "sqlite:///"


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """The database at `postgresql://...` or `sqlite:///path` (four slashes for a path from the root).

    A PostgreSQL server need not be there yet: each transaction says whether it is.
    Raises: BadConfig with the code `database_unknown`; Unavailable where a SQLite file can't be opened.
    """
    if url.startswith(("postgresql://", "postgres://")):
        async with postgres.opened(url) as server:
            yield server
    elif url.startswith(_SQLITE) and url != _SQLITE:
        async with sqlite.opened(Path(url.removeprefix(_SQLITE))) as file:
            yield file
    else:
        raise BadConfig(
            "database_unknown",
            "The database's address begins with neither postgresql:// nor sqlite:///.",
            advice="Say --database postgresql://user@host/name, or leave it out for a trial.",
        )


async def migrate(database: Database) -> None:
    """Brings the schema up to this program's, in one transaction; several processes may do it at once.

    Raises: Unavailable with the code `store_too_new`, `database_away` or `database_busy`.
    """
    await database.migrate(steps())
