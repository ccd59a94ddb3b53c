"""What is to be played, and who knows it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Song:
    """One song that can be played."""

    #: short, safe as a file name; the same song always has the same
    id: str
    #: empty when nobody said
    artist: str
    title: str
    #: where its file is now; it may be gone the next moment. Of a song that is fetched, only its name counts
    path: Path
    #: how loud it is over the whole, as broadcasters measure it; None when nobody listened
    lufs: float | None = None
    #: where its file is at the box; empty for one of this machine
    address: str = ""


class Songs(Protocol):
    """Who chooses."""

    @property
    def ahead(self) -> int:
        """So many songs are wanted ready."""
        ...

    @property
    def asked_before_s(self) -> float | None:
        """How long before the end of what is on the next one is asked for, seconds; None: whenever there is room."""
        ...

    async def next_song(self, after: tuple[str, ...]) -> Song | None:
        """The song to come after the songs with these ids, youngest last; None while none is known.

        Raises: Unavailable when whoever chooses can't be reached; Refused when there is to be none.
        """
        ...

    async def fetch(self, song: Song, target: Path) -> None:
        """Writes the song's file to `target`, which may hold the first part of it from a try before.

        Raises: Unavailable with the code `song_not_read`.
        """
        ...
