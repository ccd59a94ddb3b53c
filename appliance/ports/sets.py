"""What is asked of the store about sets: sessions, plays and their tracks, likes, and how far links' histories go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from appliance.domain.locks import OUTSIDE, Inside
from appliance.domain.models import EndReason, Play, Session, Stamp, TrackInfo


@dataclass(frozen=True, slots=True)
class LikedPlay:
    """A play in a guest's own list."""

    play: Play
    dj_name: str
    stage_name: str


@dataclass(frozen=True, slots=True)
class LinkCursor:
    """How far the history of a DJ's link is durable here."""

    #: the last entry that was taken
    seq: int
    #: the chain after it
    chain: str


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """What the box knows of a track by itself."""

    #: beats per minute; None when unknown
    bpm: float | None = None
    key: str | None = None


class SetsTransaction(Protocol):
    """Sets, plays and likes inside one write transaction."""

    def session(self, session_id: str) -> Session | None: ...
    def active_session(self, stage_id: str) -> Session | None: ...
    def active_sessions_of(self, dj_id: str) -> Sequence[Session]: ...
    def running_sessions(self) -> Sequence[Session]:
        """Every set that runs, on whichever stage."""
        ...

    def add_session(self, session: Session) -> None: ...
    def see_dj(self, session_id: str, *, at: Stamp) -> None:
        """Notes a sign of life of the session's DJ."""
        ...

    def set_away(self, session_id: str, away: bool) -> None:
        """Notes that the session's DJ has been silent for long, or is heard of again."""
        ...

    def set_lock(self, session_id: str, lock_id: str | None) -> None:
        """Puts a session behind a lock, or opens it to everybody."""
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

    def known_of_track(self, track: TrackInfo) -> KnownFacts:
        """What was last said of this artist and title in plays that stand, but for what came from here itself."""
        ...

    def retract_play(self, play_id: str) -> bool:
        """Takes a play out of every list; whether it was in them. Its id stays known, so that it can't come again."""
        ...

    def link_cursor(self, dj_id: str, *, source: str, epoch: str) -> LinkCursor | None:
        """How far a link's history is durable here."""
        ...

    def set_link_cursor(self, dj_id: str, *, source: str, epoch: str, cursor: LinkCursor) -> None: ...
    def add_like(self, play_id: str, *, guest_id: str, at_ms: int, counts: bool) -> bool:
        """Whether it is new. One that does not count is kept, and is in no sum."""
        ...

    def remove_like(self, play_id: str, *, guest_id: str) -> bool | None:
        """Whether it counted; None when there was none."""
        ...

    def settle_likes(self, guest_id: str, *, counts: bool) -> Sequence[str]:
        """Lets a guest's likes count, or not, from now on; the plays whose sums that moved."""
        ...

    def likes_of(self, play_id: str) -> int: ...
    def likes_by(self, guest_id: str) -> Sequence[str]:
        """The plays that a guest likes."""
        ...


class SetsReader(Protocol):
    """Questions about sets, plays and likes."""

    async def session(self, session_id: str) -> Session | None: ...
    async def active_sessions_of(self, dj_id: str) -> Sequence[Session]: ...
    async def play(self, play_id: str) -> Play | None: ...
    async def plays_of_session(self, session_id: str, *, limit: int, inside: Inside = OUTSIDE) -> Sequence[Play]:
        """Newest first; nothing of a session behind a lock that the asker has not opened."""
        ...

    async def plays_of_stage(self, stage_id: str, *, limit: int, inside: Inside = OUTSIDE) -> Sequence[Play]:
        """Newest first, over all its sessions but those behind locks that the asker has not opened."""
        ...

    async def liked_among(self, guest_id: str, play_ids: Sequence[str]) -> frozenset[str]: ...
    async def liked_by(self, guest_ids: Sequence[str], *, limit: int) -> Sequence[LikedPlay]:
        """What any of these guests likes (one phone is another at each event), the newest like first."""
        ...
