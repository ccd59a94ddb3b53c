"""One write transaction on SQLite: `ports.Transaction`, put together from each topic's part."""

import sqlite3

from appliance.domain.events import Happened
from appliance.store.accounts.writing import AccountsWriting
from appliance.store.announcements.writing import AnnouncementsWriting
from appliance.store.audit.writing import AuditWriting
from appliance.store.bans.writing import BansWriting
from appliance.store.box.writing import BoxWriting
from appliance.store.floor.writing import FloorWriting
from appliance.store.house.writing import HouseWriting
from appliance.store.identity.writing import IdentityWriting
from appliance.store.library.writing import LibraryWriting
from appliance.store.locks.writing import LocksWriting
from appliance.store.passing.writing import PassingWriting
from appliance.store.people.writing import PeopleWriting
from appliance.store.places.writing import PlacesWriting
from appliance.store.players.writing import PlayersWriting
from appliance.store.schedule.writing import ScheduleWriting
from appliance.store.sets.writing import SetsWriting
from appliance.store.voices.writing import VoicesWriting


class SqliteTransaction(
    BoxWriting,
    PlacesWriting,
    PeopleWriting,
    SetsWriting,
    AccountsWriting,
    AuditWriting,
    BansWriting,
    AnnouncementsWriting,
    PassingWriting,
    VoicesWriting,
    ScheduleWriting,
    LocksWriting,
    FloorWriting,
    LibraryWriting,
    HouseWriting,
    IdentityWriting,
    PlayersWriting,
):
    """Lives on the writer's thread; `happened` collects what is told after the commit."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self.happened: list[Happened] = []
