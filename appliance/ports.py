"""What the use cases need from the outside, as interfaces. `bootstrap` chooses who answers them.

Writes go through `Store.write`: a plain function gets a `Transaction`, and what it did is durable, journaled and told
when the call returns. Reads for pages go through `Reader`, on connections of their own.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from appliance.clock import Clock
from appliance.domain.events import Happened
from appliance.domain.live_state import StageState
from appliance.domain.models import Dj, DjToken, EndReason, Event, Play, Session, Stage, Stamp, TrackInfo
from appliance.domain.portal import Release
from appliance.domain.space import Room, Step

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LikedPlay:
    """A play in a guest's own list."""

    play: Play
    dj_name: str
    stage_name: str


@dataclass(frozen=True, slots=True)
class JournalSpan:
    """How much the journal holds."""

    #: highest sequence ever written, 0 when empty
    last_seq: int
    #: rows that wait to be carried to the cloud
    waiting: int


@dataclass(frozen=True, slots=True)
class LinkCursor:
    """How far the history of a DJ's link is durable here."""

    #: the last entry that was taken
    seq: int
    #: the chain after it
    chain: str


class Transaction(Protocol):
    """The evening's data inside one write transaction. Not async: it runs on the writer's thread."""

    def meta(self, name: str) -> str | None:
        """A fact about this box."""
        ...

    def set_meta(self, name: str, value: str | None) -> None:
        """Sets a fact, or forgets it."""
        ...

    def event(self) -> Event | None:
        """The event of this box; None only before the first start has made one."""
        ...

    def add_event(self, event: Event) -> None: ...

    def stage(self, stage_id: str) -> Stage | None: ...
    def add_stage(self, stage: Stage) -> None: ...
    def stage_ids(self) -> Sequence[str]:
        """Every stage's id, in the order they were made."""
        ...

    def dj(self, dj_id: str) -> Dj | None: ...
    def dj_named(self, name: str) -> Dj | None:
        """By name, letter case aside."""
        ...

    def add_dj(self, dj: Dj) -> None: ...
    def token_named(self, name: str) -> DjToken | None: ...
    def token(self, token_id: str) -> DjToken | None: ...
    def add_token(self, token: DjToken) -> None: ...
    def revoke_token(self, token_id: str, *, at_ms: int) -> None: ...

    def session(self, session_id: str) -> Session | None: ...
    def active_session(self, stage_id: str) -> Session | None: ...
    def active_sessions_of(self, dj_id: str) -> Sequence[Session]: ...
    def add_session(self, session: Session) -> None: ...
    def see_dj(self, session_id: str, *, at: Stamp) -> None:
        """Notes a sign of life of the session's DJ."""
        ...

    def end_session(self, session_id: str, *, reason: EndReason, at: Stamp) -> None: ...
    def reopen_session(self, session_id: str, *, at: Stamp) -> None:
        """A session that counted as over goes on."""
        ...

    def set_current(self, session_id: str, play_id: str | None) -> None: ...

    def play(self, play_id: str) -> Play | None: ...
    def add_play(self, play: Play) -> None:
        """Stores the play, and its track if this artist and title are new."""
        ...

    def set_track(self, play_id: str, track: TrackInfo) -> None:
        """Replaces what is known of a play's track, and its identity if artist or title changed."""
        ...

    def retract_play(self, play_id: str) -> bool:
        """Takes a play out of every list; whether it was in them. Its id stays known, so that it can't come again."""
        ...

    def link_cursor(self, dj_id: str, *, source: str, epoch: str) -> LinkCursor | None:
        """How far a link's history is durable here."""
        ...

    def set_link_cursor(self, dj_id: str, *, source: str, epoch: str, cursor: LinkCursor) -> None: ...

    def add_like(self, play_id: str, *, guest_id: str, at_ms: int) -> bool:
        """Whether it is new."""
        ...

    def remove_like(self, play_id: str, *, guest_id: str) -> bool:
        """Whether there was one."""
        ...

    def likes_of(self, play_id: str) -> int: ...
    def likes_by(self, guest_id: str) -> Sequence[str]:
        """The plays that a guest likes."""
        ...

    def erase_in_journal(self, guest_id: str, *, after: int) -> int | None:
        """Takes what a guest said out of some journal rows behind `after`, if nobody else can know them yet.

        Gives the sequence to go on from, or None at the end. Each such row stays, and says nothing.
        """
        ...

    def shed(self, step: Step, *, at: Stamp) -> int:
        """Gives up journal rows that nobody else can know yet; how many. Each stays, and says less or nothing."""
        ...

    def releases(self) -> Sequence[Release]:
        """Every phone's release at the portal, over or not, the oldest first."""
        ...

    def set_release(self, release: Release) -> None:
        """Stores a release in the place of the phone's earlier one."""
        ...

    def end_release(self, client: str) -> None:
        """Forgets a phone's release, if there is one."""
        ...

    def record(self, event: Happened, *, at: Stamp) -> None:
        """Journals what happened in this transaction and tells it once that is durable."""
        ...


class Store(Protocol):
    """Where the evening is kept."""

    async def write(self, job: Callable[[Transaction], T]) -> T:
        """Runs `job` in a transaction and returns its result once that is durable.

        What `job` raises is raised here, and then nothing of it was stored. Raises: Unavailable with the code
        `store_unavailable` when the database can't take it (disk full, card gone).
        """
        ...


class Reader(Protocol):
    """Questions that pages ask. Each raises Unavailable when the store can't be read."""

    async def meta(self, name: str) -> str | None:
        """A fact about this box."""
        ...

    async def event(self) -> Event | None: ...
    async def stages(self) -> Sequence[Stage]:
        """In the order they were made."""
        ...

    async def stage_states(self) -> Sequence[StageState]:
        """Every stage with its running session and current play; listeners are 0."""
        ...

    async def session(self, session_id: str) -> Session | None: ...
    async def active_sessions_of(self, dj_id: str) -> Sequence[Session]: ...
    async def play(self, play_id: str) -> Play | None: ...
    async def plays_of_session(self, session_id: str, *, limit: int) -> Sequence[Play]:
        """Newest first."""
        ...

    async def plays_of_stage(self, stage_id: str, *, limit: int) -> Sequence[Play]:
        """Newest first, over all its sessions."""
        ...

    async def liked_among(self, guest_id: str, play_ids: Sequence[str]) -> frozenset[str]: ...
    async def liked_by(self, guest_id: str, *, limit: int) -> Sequence[LikedPlay]:
        """Newest like first."""
        ...

    async def token_by_digest(self, digest: str) -> tuple[DjToken, Dj] | None:
        """A token that still works, and whose it is."""
        ...

    async def token_by_name(self, name: str) -> tuple[DjToken, Dj] | None:
        """A token that still works, by its name at the broker."""
        ...

    async def tokens(self) -> Sequence[tuple[DjToken, Dj]]:
        """All that still work, in the order they were made."""
        ...

    async def release(self, client: str) -> Release | None:
        """A phone's release at the portal, over or not."""
        ...

    async def newest_stamp(self) -> Stamp | None:
        """When something was stored last, in the order of storing; None in an empty store."""
        ...

    async def journal_span(self) -> JournalSpan: ...


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
