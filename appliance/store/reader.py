"""Questions that pages ask, on read connections of their own: `ports.Reader`, put together from each topic's part.

Each raises Unavailable when the database can't be read. WAL lets them read while the writer commits. Never used to
decide what to write: rules read inside the transaction.
"""

import sqlite3
from pathlib import Path
from urllib.parse import quote

import aiosqlite

from appliance.store.accounts.reading import AccountsReading
from appliance.store.announcements.reading import AnnouncementsReading
from appliance.store.audit.reading import AuditReading
from appliance.store.bans.reading import BansReading
from appliance.store.box.reading import BoxReading
from appliance.store.floor.reading import FloorReading
from appliance.store.house.reading import HouseReading
from appliance.store.identity.reading import IdentityReading
from appliance.store.library.reading import LibraryReading
from appliance.store.locks.reading import LocksReading
from appliance.store.migrate import BUSY_TIMEOUT_S
from appliance.store.passing.reading import PassingReading
from appliance.store.past.reading import PastReading
from appliance.store.people.reading import PeopleReading
from appliance.store.places.reading import PlacesReading
from appliance.store.players.reading import PlayersReading
from appliance.store.schedule.reading import ScheduleReading
from appliance.store.sets.reading import SetsReading
from appliance.store.voices.reading import VoicesReading


class SqliteReader(
    BoxReading,
    PlacesReading,
    PeopleReading,
    SetsReading,
    AccountsReading,
    AuditReading,
    BansReading,
    AnnouncementsReading,
    PassingReading,
    VoicesReading,
    ScheduleReading,
    LocksReading,
    FloorReading,
    PastReading,
    LibraryReading,
    HouseReading,
    IdentityReading,
    PlayersReading,
):
    """One read-only connection; aiosqlite runs it on a thread."""

    @classmethod
    async def open(cls, path: Path) -> "SqliteReader":
        """Opens `path` read-only; the database must exist."""
        connection = await aiosqlite.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S)
        connection.row_factory = sqlite3.Row
        return cls(connection)

    async def close(self) -> None:
        await self._connection.close()
