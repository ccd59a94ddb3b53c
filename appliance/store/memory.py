"""The store's twin in memory: passes the same contract tests as SQLite, and makes tests of everything else quick.

Put together from each topic's part. Rows are frozen, so a shallow copy of the tables is a whole savepoint.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from appliance.domain.events import Happened
from appliance.ports import Transaction
from appliance.store.accounts.memory import AccountsTables, MemoryAccountsReader, MemoryAccountsTransaction
from appliance.store.announcements.memory import (
    AnnouncementsTables,
    MemoryAnnouncementsReader,
    MemoryAnnouncementsTransaction,
)
from appliance.store.audit.memory import AuditTables, MemoryAuditReader, MemoryAuditTransaction
from appliance.store.bans.memory import BansTables, MemoryBansReader, MemoryBansTransaction
from appliance.store.box.memory import BoxTables, MemoryBoxReader, MemoryBoxTransaction
from appliance.store.floor.memory import FloorTables, MemoryFloorReader, MemoryFloorTransaction
from appliance.store.house.memory import HouseTables, MemoryHouseReader, MemoryHouseTransaction
from appliance.store.identity.memory import IdentityTables, MemoryIdentityReader, MemoryIdentityTransaction
from appliance.store.library.memory import LibraryTables, MemoryLibraryReader, MemoryLibraryTransaction
from appliance.store.locks.memory import LocksTables, MemoryLocksReader, MemoryLocksTransaction
from appliance.store.passing.memory import MemoryPassingReader, MemoryPassingTransaction, PassingTables
from appliance.store.past.memory import MemoryPastReader
from appliance.store.people.memory import MemoryPeopleReader, MemoryPeopleTransaction, PeopleTables
from appliance.store.places.memory import MemoryPlacesReader, MemoryPlacesTransaction, PlacesTables
from appliance.store.players.memory import MemoryPlayersReader, MemoryPlayersTransaction, PlayersTables
from appliance.store.schedule.memory import MemoryScheduleReader, MemoryScheduleTransaction, ScheduleTables
from appliance.store.sets.memory import MemorySetsReader, MemorySetsTransaction, SetsTables
from appliance.store.voices.memory import MemoryVoicesReader, MemoryVoicesTransaction, VoicesTables
from appliance.store.writer import OnCommit

T = TypeVar("T")


@dataclass
class _Tables(
    BoxTables,
    PlacesTables,
    PeopleTables,
    SetsTables,
    AccountsTables,
    AuditTables,
    BansTables,
    AnnouncementsTables,
    PassingTables,
    VoicesTables,
    ScheduleTables,
    LocksTables,
    FloorTables,
    LibraryTables,
    HouseTables,
    IdentityTables,
    PlayersTables,
):
    def saved(self) -> "_Tables":
        return _Tables(**{name: copy.copy(table) for name, table in vars(self).items()})


class MemoryTransaction(
    MemoryBoxTransaction,
    MemoryPlacesTransaction,
    MemoryPeopleTransaction,
    MemorySetsTransaction,
    MemoryAnnouncementsTransaction,
    MemoryAccountsTransaction,
    MemoryAuditTransaction,
    MemoryBansTransaction,
    MemoryPassingTransaction,
    MemoryVoicesTransaction,
    MemoryScheduleTransaction,
    MemoryLocksTransaction,
    MemoryFloorTransaction,
    MemoryLibraryTransaction,
    MemoryHouseTransaction,
    MemoryIdentityTransaction,
    MemoryPlayersTransaction,
):
    """`ports.Transaction` on dictionaries."""

    _t: _Tables

    def __init__(self, tables: _Tables) -> None:
        self._t = tables
        self.happened: list[Happened] = []


class MemoryStore(
    MemoryBoxReader,
    MemoryPlacesReader,
    MemoryPeopleReader,
    MemorySetsReader,
    MemoryAccountsReader,
    MemoryAuditReader,
    MemoryBansReader,
    MemoryAnnouncementsReader,
    MemoryPassingReader,
    MemoryVoicesReader,
    MemoryScheduleReader,
    MemoryLocksReader,
    MemoryFloorReader,
    MemoryPastReader,
    MemoryLibraryReader,
    MemoryHouseReader,
    MemoryIdentityReader,
    MemoryPlayersReader,
):
    """`ports.Store` and `ports.Reader` in one."""

    _tables: _Tables

    def __init__(self, *, on_commit: OnCommit) -> None:
        self._tables = _Tables()
        self._on_commit = on_commit

    async def write(self, job: Callable[[Transaction], T]) -> T:
        saved = self._tables.saved()
        transaction = MemoryTransaction(self._tables)
        try:
            result = job(transaction)
        except BaseException:
            self._tables = saved
            raise
        if transaction.happened:
            self._on_commit(transaction.happened)
        return result

    def _look(self) -> Transaction:
        return MemoryTransaction(self._tables)
