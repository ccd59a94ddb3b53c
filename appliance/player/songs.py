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
    #: where its file is now; it may be gone the next moment
    path: Path


class Songs(Protocol):
    """Who chooses."""

    async def next_song(self, after: tuple[str, ...]) -> Song | None:
        """The song to come after the songs with these ids, youngest last; None while none is known.

        Raises: Unavailable when whoever chooses can't be reached.
        """
        ...
