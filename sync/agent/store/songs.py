"""Which songs the cloud wants on this box, and how each is. Every change is on the disk when its method returns."""

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sync.agent.store.database import Memory

COMING, HERE, REFUSED, LEAVING = "coming", "here", "refused", "leaving"
#: facts: what stands for the list that was last told, and what was fetched in the day that runs
_MARK, _SPENT = "songs_mark", "songs_spent"


@dataclass(frozen=True, slots=True)
class Song:
    """One song that the cloud wants here, or wanted."""

    #: the cloud's
    id: str
    #: what its file shall be called
    name: str
    #: bytes
    size: int
    sha256: str
    #: one of the four above
    state: str = COMING
    #: why it is refused, a stable word
    reason: str = ""
    #: what its file is called in the cloud's folder; empty until it is there
    file: str = ""
    #: whether the cloud knows how it is
    told: bool = True


class SongBook:
    """All of them. Used on the worker's thread, as the memory that it writes to."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def all(self) -> list[Song]:
        """Every song. Raises: Unavailable."""
        return [_song(row) for row in self._memory.run("songs_all").fetchall()]

    @property
    def mark(self) -> str:
        """Stands for the list as it was last told; empty when none was."""
        return self._memory.facts().get(_MARK, "")

    def take_list(self, songs: Collection[Song], *, mark: str) -> None:
        """The cloud wants these here and no others. Raises: Unavailable."""
        wanted = {song.id for song in songs}
        with self._memory.transaction():
            for song in songs:
                self._memory.run("song_wanted", id=song.id, name=song.name, size=song.size, sha256=song.sha256)
            for song in self.all():
                if song.id not in wanted and song.state != LEAVING:
                    self._memory.run("song_leaves", id=song.id)
            self._memory.run("set_fact", name=_MARK, value=mark)

    def forget_mark(self) -> None:
        """The list has to be told again. Raises: Unavailable."""
        self._memory.set_fact(_MARK, None)

    def note(self, song: Song, *, state: str, reason: str = "", file: str = "") -> None:
        """How a song is now. Raises: Unavailable."""
        with self._memory.transaction():
            self._memory.run("song_is", id=song.id, state=state, reason=reason, file=file)

    def drop(self, song: Song) -> None:
        """Nothing of it is here any more. Raises: Unavailable."""
        with self._memory.transaction():
            self._memory.run("song_over", id=song.id)

    def told(self, songs: Iterable[Song]) -> None:
        """The cloud has heard how these are. Raises: Unavailable."""
        with self._memory.transaction():
            for song in songs:
                self._memory.run("song_told", id=song.id, state=song.state)

    def tell_again(self) -> None:
        """The cloud knows something else than what was told. Raises: Unavailable."""
        with self._memory.transaction():
            self._memory.run("songs_untold")

    @property
    def spent(self) -> str:
        """What was noted of the day that runs; empty for nothing."""
        return self._memory.facts().get(_SPENT, "")

    def note_spent(self, text: str) -> None:
        """Remembers what was fetched in the day that runs. Raises: Unavailable."""
        self._memory.set_fact(_SPENT, text)


def _song(row: sqlite3.Row) -> Song:
    return Song(**{name: row[name] for name in Song.__slots__ if name != "told"}, told=bool(row["told"]))
