"""What the cloud needs of a database, whichever engine it is.

Every transaction runs as somebody: as one organisation, whose rows are then all there is (row-level security in
PostgreSQL), or as the service itself. JSON columns come and go as JSON text, truth values may come back as 0 and 1.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from sync.cloud.store.steps import Step

Row = Mapping[str, Any]


class ValueRefused(Exception):
    """The engine can't hold a value of a statement: it is out of range, or no text to it. Nothing was changed."""


class Clash(Exception):
    """The rules of the schema say no: a key that is there already, or a reference to nothing."""


class Tx(Protocol):
    """One transaction. `query` is the name of a statement in `queries/*.sql`; its parameters are the values' names.

    Every method raises: KeyError for an unknown statement, TypeError when values are missing or too many,
    ValueRefused, Clash, Unavailable with the code `database_away` or `database_busy`.
    """

    async def one(self, query: str, **values: object) -> Row | None:
        """The first row, or None."""
        ...

    async def all(self, query: str, **values: object) -> list[Row]:
        """Every row."""
        ...

    async def run(self, query: str, **values: object) -> int:
        """How many rows were changed."""
        ...

    async def many(self, query: str, rows: Sequence[Mapping[str, object]]) -> None:
        """The same statement for each of `rows`."""
        ...

    async def bulk(self, query: str, columns: Mapping[str, Sequence[object]], **shared: object) -> None:
        """One statement for many rows, told by columns of equal length, with what is the same for all.

        PostgreSQL gets arrays, to be written with `unnest`; SQLite's twin of the statement gets one row at a time.
        """
        ...

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        """What happens inside is undone when it raises, and nothing else is."""
        ...


class Database(Protocol):
    """One per process."""

    #: whether it keeps organisations apart by itself
    has_walls: bool

    def transaction(self, *, org: str | None) -> AbstractAsyncContextManager[Tx]:
        """A transaction as organisation `org` (its id), or as the service with None. Durable when it has ended well.

        Raises: Unavailable with the code `database_away` or `database_busy`; whether a commit that raises happened is
        not known.
        """
        ...

    async def migrate(self, steps: Sequence[Step]) -> None:
        """See `engine.migrate`."""
        ...
