"""What every topic's part of a transaction and of the reader stands on: how a statement is run by its name."""

import sqlite3

import aiosqlite

from appliance.errors import Unavailable
from appliance.store.statements import Parameters, queries


class Running:
    """Runs statements on the writer's connection and thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._queries = queries()

    def _run(self, name: str, parameters: Parameters) -> sqlite3.Cursor:
        return self._connection.execute(self._queries[name], parameters)

    def _one(self, name: str, parameters: Parameters) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._run(name, parameters).fetchone()
        return row


class Asking:
    """Runs statements on one read-only connection; aiosqlite runs it on a thread."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._queries = queries()

    async def _all(self, name: str, parameters: Parameters) -> list[sqlite3.Row]:
        try:
            return list(await self._connection.execute_fetchall(self._queries[name], parameters))
        except sqlite3.Error as error:
            raise Unavailable(
                "store_unreadable",
                f"What the box keeps can't be read: {error}.",
                advice="Restart the box; if it says so again, change the card.",
            ) from error

    async def _one(self, name: str, parameters: Parameters) -> sqlite3.Row | None:
        found = await self._all(name, parameters)
        return found[0] if found else None
