"""The link's memory of how files sound, and of the plays whose files are still to be listened to."""

from dataclasses import asdict, dataclass, field

from sync.link.store.database import KnownPlay, LinkStore, read_play

#: files that are remembered, of 6 kB each: more than a DJ plays in some years
_SOUNDS_MOST = 5000
#: plays that wait; of a longer row the oldest are left out
_UNHEARD_MOST = 500


@dataclass(frozen=True, slots=True)
class Unheard:
    """A play whose file is to be listened to."""

    play: KnownPlay
    path: str


@dataclass(frozen=True, slots=True)
class FileSounds:
    """What was found out about a file, as it was then."""

    path: str
    #: bytes
    size: int
    #: as the file system says; only ever compared with itself
    modified_ns: int
    #: SHA-256, hexadecimal; empty where the file could not be read
    file_hash: str
    #: of the rules by which somebody listened
    version: int
    #: what the box is told, as JSON; None where nothing can be told
    told: bytes | None = field(repr=False)
    #: when it was looked at last, milliseconds of Unix time by the laptop's clock
    at_ms: int = 0


class SoundsStore:
    """Its part of the link's database."""

    def __init__(self, store: LinkStore) -> None:
        self._store = store

    def add_unheard(self, play_id: str, *, path: str, is_ghost: bool) -> None:
        """A play's file is to be listened to. Durable when it returns."""
        with self._store.transaction():
            self._store.run("add_unheard", play_id=play_id, path=path, is_ghost=is_ghost)
            self._store.run("forget_unheard", most=_UNHEARD_MOST)

    def next_unheard(self) -> Unheard | None:
        """Which file comes next: a play without tempo first, and of those the newest."""
        row = self._store.one("next_unheard")
        return Unheard(read_play(row), row["path"]) if row else None

    def waiting(self) -> int:
        """How many files are still to be listened to."""
        row = self._store.one("count_unheard")
        return int(row["files"]) if row else 0

    def drop_unheard(self, play_id: str) -> None:
        """There is nothing more to do for a play."""
        self._store.run("drop_unheard", play_id=play_id)

    def of_file(self, path: str, *, size: int, modified_ns: int) -> FileSounds | None:
        """What is known of the very file that is there now."""
        row = self._store.one("sounds_of_file", path=path, size=size, modified_ns=modified_ns)
        return FileSounds(**dict(row)) if row else None

    def of_hash(self, file_hash: str, *, version: int) -> FileSounds | None:
        """What is known of a file with this content, wherever it was."""
        row = self._store.one("sounds_of_hash", file_hash=file_hash, version=version)
        return FileSounds(**dict(row)) if row else None

    def keep(self, found: FileSounds) -> None:
        """Keeps what was found out. Durable when it returns."""
        with self._store.transaction():
            self._store.run("keep_sounds", **asdict(found))
            self._store.run("forget_sounds", most=_SOUNDS_MOST)
