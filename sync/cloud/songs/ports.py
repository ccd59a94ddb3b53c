"""What is needed of the place where songs' bytes stand, whichever it is. It knows no names and no organisations."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

#: a song is put together of parts of this size, but for its last: S3 takes no smaller ones than 5 MiB
PART_BYTES = 8 * 1024 * 1024
#: those that are smaller and not the last are not taken
PART_LEAST = 5 * 1024 * 1024


class SongBytes(Protocol):
    """One place for the bytes of songs, shared by all processes of the cloud.

    Every method raises Unavailable with the code `songs_away` when it can't be reached or does not do what it is asked
    to, and `songs_full` when it has no room.
    """

    async def begin(self, name: str) -> str:
        """Something will be put there part by part; gives the store's own word for that."""
        ...

    async def add(self, name: str, handle: str, *, number: int, content: bytes) -> str:
        """One part, from 1; gives what the store calls it. The same number again takes the first one's place."""
        ...

    async def finish(self, name: str, handle: str, *, tags: Sequence[str]) -> None:
        """The parts become one, in the order of their numbers. Again, it changes nothing."""
        ...

    async def give_up(self, name: str, handle: str) -> None:
        """Forgets what is not whole. Again, it changes nothing."""
        ...

    def read(self, name: str, *, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes from `start` to before `stop`. Raises also: NotKnown with the code `song_bytes_gone`."""
        ...

    async def remove(self, name: str) -> None:
        """Forgets it. Again, it changes nothing."""
        ...

    async def check(self) -> None:
        """Nothing, when all is well with it."""
        ...
