"""How the fetching of songs stands, left in a file for the box's pages: not more often than anybody looks."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from appliance.domain.songs_coming import FILE_NAME, SongsComing
from sync.agent.store.songs import COMING, HERE, REFUSED, Song


class Notes:
    """What is known, and what of it stands in the file."""

    def __init__(self, folder: Path, *, every_s: float, monotonic: Callable[[], float]) -> None:
        """`monotonic`: seconds of a clock that only goes on."""
        self._path, self._every_s, self._monotonic = folder / FILE_NAME, every_s, monotonic
        self.now = SongsComing()
        self._written: SongsComing | None = None
        self._written_s = float("-inf")
        #: bytes of all songs that are not here yet
        self._coming = 0

    def count(self, songs: Sequence[Song]) -> None:
        """What there is, what is here and what comes."""
        states = [song.state for song in songs]
        self._coming = sum(song.size for song in songs if song.state == COMING)
        self.now = replace(
            self.now,
            wanted=sum(state in {COMING, HERE, REFUSED} for state in states),
            here=states.count(HERE),
            refused=states.count(REFUSED),
            left=self._coming,
        )
        self.write()

    def comes(self, song: Song, came: int) -> None:
        """So much of a song is here."""
        left = max(0, self._coming - came)
        self.now = replace(self.now, name=song.name, came=came, size=song.size, left=left, pause="")
        self.write()

    def pause(self, reason: str) -> None:
        """Nothing comes; why, or an empty word when all is here."""
        self.now = replace(self.now, name="", came=0, size=0, pause=reason)
        self.write()

    def write(self) -> None:
        """Writes what changed. Call it now and then, so that the last change is not left out."""
        if self._written == self.now:
            return
        is_news = self._written is None or self._written.pause != self.now.pause or self._written.here != self.now.here
        if not is_news and self._monotonic() - self._written_s < self._every_s:
            return
        draft = self._path.with_name(f".{FILE_NAME}.draft")
        # A full disk tells staff of itself. Not synced: after a pulled plug it is written anew within seconds.
        with contextlib.suppress(OSError):
            draft.write_text(self.now.text(), encoding="utf-8")
            draft.replace(self._path)
            self._written, self._written_s = self.now, self._monotonic()
