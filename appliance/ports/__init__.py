"""What the use cases need from the outside, as interfaces. `bootstrap` chooses who answers them.

Writes go through `Store.write`: a plain function gets a `Transaction`, and what it did is durable, journaled and told
when the call returns. Reads for pages go through `Reader`, on connections of their own.

One module for each topic has its part of both; this one puts the parts together.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from appliance.clock import Clock
from appliance.domain.space import Room
from appliance.ports.accounts import AccountsReader, AccountsTransaction, Passwords
from appliance.ports.announcements import AnnouncementsReader, AnnouncementsTransaction
from appliance.ports.audit import AuditReader, AuditTransaction
from appliance.ports.bans import BansReader, BansTransaction
from appliance.ports.box import BoxReader, BoxTransaction, JournalSpan
from appliance.ports.floor import FloorReader, FloorTransaction
from appliance.ports.house import HouseReader, HouseTransaction
from appliance.ports.identity import IdentityReader, IdentityTransaction, PlayIdentity
from appliance.ports.library import LibraryReader, LibraryTransaction
from appliance.ports.locks import LocksReader, LocksTransaction
from appliance.ports.passing import PassingReader, PassingTransaction
from appliance.ports.past import PastReader
from appliance.ports.people import PeopleReader, PeopleTransaction
from appliance.ports.places import PlacesReader, PlacesTransaction
from appliance.ports.players import PlayersReader, PlayersTransaction
from appliance.ports.schedule import HeardBefore, KeptPlan, ScheduleReader, ScheduleTransaction
from appliance.ports.sets import KnownFacts, LikedPlay, LinkCursor, SetsReader, SetsTransaction
from appliance.ports.voices import PlayTally, PollWord, ReactionWord, TempoWord, VoicesReader, VoicesTransaction

__all__ = [
    "HeardBefore",
    "JournalSpan",
    "KeptPlan",
    "KnownFacts",
    "LikedPlay",
    "LinkCursor",
    "PartState",
    "Passwords",
    "PlayIdentity",
    "PlayTally",
    "PollWord",
    "Ports",
    "ReactionWord",
    "Reader",
    "Store",
    "TempoWord",
    "Transaction",
    "plenty",
]

T = TypeVar("T")


class Transaction(
    BoxTransaction,
    PlacesTransaction,
    PeopleTransaction,
    SetsTransaction,
    AccountsTransaction,
    AuditTransaction,
    BansTransaction,
    AnnouncementsTransaction,
    PassingTransaction,
    VoicesTransaction,
    ScheduleTransaction,
    LocksTransaction,
    FloorTransaction,
    LibraryTransaction,
    HouseTransaction,
    IdentityTransaction,
    PlayersTransaction,
    Protocol,
):
    """The evening's data inside one write transaction. Not async: it runs on the writer's thread."""


class Store(Protocol):
    """Where the evening is kept."""

    async def write(self, job: Callable[[Transaction], T]) -> T:
        """Runs `job` in a transaction and returns its result once that is durable.

        What `job` raises is raised here, and then nothing of it was stored. Raises: Unavailable with the code
        `store_unavailable` when the database can't take it (disk full, card gone).
        """
        ...


class Reader(
    BoxReader,
    PlacesReader,
    PeopleReader,
    SetsReader,
    AccountsReader,
    AuditReader,
    BansReader,
    AnnouncementsReader,
    PassingReader,
    VoicesReader,
    ScheduleReader,
    LocksReader,
    FloorReader,
    PastReader,
    LibraryReader,
    HouseReader,
    IdentityReader,
    PlayersReader,
    Protocol,
):
    """Questions that pages ask. Each raises Unavailable when the store can't be read."""


def plenty() -> Room:
    """The room where nobody looks at a disk."""
    return Room.PLENTY


@dataclass(frozen=True, slots=True)
class Ports:
    """All that a use case may reach."""

    store: Store
    reader: Reader
    clock: Clock
    #: makes a new short random id, 20 hexadecimal characters
    new_id: Callable[[], str]
    #: writes the broker's password file anew; called after tokens changed
    refresh_credentials: Callable[[], Awaitable[None]]
    #: what the disk has room for; costs nothing to ask
    room: Callable[[], Room] = plenty


class PartState(Protocol):
    """Something the box is made of, for `/health`."""

    @property
    def name(self) -> str: ...

    def problem(self) -> str | None:
        """What is wrong, in words for staff, or None."""
        ...
