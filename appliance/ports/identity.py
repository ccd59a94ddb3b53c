"""What is asked of the store about which known tracks plays were."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from appliance.domain.identity import Identity, NameWord
from appliance.domain.library import LibraryTrack
from appliance.domain.models import Play


@dataclass(frozen=True, slots=True)
class PlayIdentity:
    """One play, with what it is taken for."""

    play: Play
    #: None while nobody looked
    identity: Identity | None
    #: the track that is meant, without its fingerprint; None when there is none
    track: LibraryTrack | None


@dataclass(frozen=True, slots=True)
class TrackName:
    """What a known track is called."""

    #: in the order in which tracks became known, with gaps
    number: int
    track_id: str
    #: empty when nobody said
    artist: str
    title: str
    #: whether only a DJ's laptop knows it
    is_told: bool


class IdentityTransaction(Protocol):
    """Which tracks plays were, inside one write transaction."""

    def identity(self, play_id: str) -> Identity | None: ...
    def put_identity(self, identity: Identity) -> None:
        """Keeps what a play is taken for; in the place of what it was taken for before."""
        ...

    def drop_identity(self, play_id: str) -> None:
        """The play is called otherwise now: nobody knows what it is."""
        ...

    def file_behind(self, said: str) -> str | None:
        """The track that a laptop told of last, of a play with these words."""
        ...

    def name_words(self, said: str) -> Sequence[NameWord]:
        """What DJs say of these words, by track and DJ."""
        ...

    def put_name_word(self, word: NameWord) -> None:
        """A DJ says what words are, or are not; in the place of what the same DJ said of them and this track."""
        ...

    def told_by(self, track_id: str) -> str | None:
        """The DJ whose laptop alone knows a track; None when the box heard it itself."""
        ...

    def told_tracks_of(self, dj_id: str) -> int:
        """How many tracks only this DJ's laptops know."""
        ...

    def note_told(self, track_id: str, *, dj_id: str | None) -> None:
        """Notes which DJ's laptop alone knows a track; None when the box heard it itself."""
        ...


class IdentityReader(Protocol):
    """Questions about which tracks plays were."""

    async def identity(self, play_id: str) -> Identity | None: ...
    async def track_names(self, *, after: int, limit: int) -> Sequence[TrackName]:
        """What tracks are called, those first that became known first; none up to the number `after`."""
        ...

    async def names_of_tracks(self, track_ids: Collection[str]) -> Sequence[TrackName]:
        """What these tracks are called now."""
        ...

    async def identities_of_session(self, session_id: str) -> Sequence[PlayIdentity]:
        """Every play of a set that stands, the first one first."""
        ...
