"""Songs' files on this box: what came so far of each, the place among the music, and leaving it. Everything blocks.

How much of a song came is the size of its file and nothing else. After a pulled plug the end of that may be wrong: the
digest of the whole tells, before anybody can play it.
"""

import errno
import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

from appliance.domain.songs_coming import FOLDER, WAITING
from appliance.domain.space import Space
from appliance.domain.uploads import numbered
from appliance.files import make_durable, space_at, sync_folder
from appliance.library.placing import place
from sync.agent.store.songs import Song

log = logging.getLogger(__name__)

#: bytes that may be lost by a pulled plug
_SYNC_EVERY = 4 * 1024 * 1024
_BLOCK = 1 << 20
#: songs of one name
_NAMES_LOOKED_AT = 20
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class Shelf:
    """The cloud's songs in one folder of music."""

    def __init__(self, music: Path, *, reserve: int, space: Callable[[Path], Space] = space_at) -> None:
        """`reserve`: bytes that stay free on the disk."""
        self._music, self._reserve, self._space = music, reserve, space

    @property
    def folder(self) -> Path:
        """Where they stand."""
        return self._music / FOLDER

    def _part(self, song: Song) -> Path:
        return self._music / WAITING / f"{song.id}.part"

    def has_room(self, more: int) -> bool:
        """Whether so many bytes still leave the reserve. Raises: OSError."""
        self._music.mkdir(parents=True, exist_ok=True)
        return self._space(self._music).free_bytes - more >= self._reserve

    def came(self, song: Song) -> int:
        """How much of it is here; what is too much is none of it. Raises: OSError."""
        try:
            size = self._part(song).stat().st_size
        except FileNotFoundError:
            return 0
        if size > song.size:
            self.begin_anew(song)
            return 0
        return size

    def find(self, song: Song) -> str:
        """Its file, where one of these very bytes stands under its name; else empty. Raises: OSError.

        Whoever lost what was written down, by a damaged disk or a reset, has not lost the songs.
        """
        for number in range(1, _NAMES_LOOKED_AT):
            file = self.folder / numbered(song.name, number)
            try:
                if not file.is_symlink() and file.stat().st_size == song.size and _digest(file) == song.sha256:
                    return file.name
            except FileNotFoundError:
                break
        return ""

    def add(self, song: Song, content: bytes, *, at: int) -> int:
        """The next piece; how much of it is here then. Raises: OSError."""
        part = self._part(song)
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab", buffering=0) as file:
            view = memoryview(content)
            while view:
                view = view[file.write(view) :]
            now = at + len(content)
            if now // _SYNC_EVERY != at // _SYNC_EVERY:
                os.fdatasync(file.fileno())
        return now

    def begin_anew(self, song: Song) -> None:
        """What came of it is not wanted. Raises: OSError."""
        self._part(song).unlink(missing_ok=True)

    def is_right(self, song: Song) -> bool:
        """Whether what came is what the cloud stored. Raises: OSError."""
        return _digest(self._part(song)) == song.sha256

    def place(self, song: Song) -> str:
        """Puts a whole song among the music, durably; its name there. Its part stays until `placed`.

        Raises: OSError; Unavailable when every number behind its name is taken.
        """
        part = self._part(song)
        self.folder.mkdir(parents=True, exist_ok=True)
        make_durable(part)
        part.chmod(0o644)
        name = place(part, self.folder, song.name)
        sync_folder(self.folder)
        return name

    def placed(self, song: Song) -> None:
        """It is written down where a song stands. Raises: OSError."""
        self._part(song).unlink(missing_ok=True)

    def is_there(self, song: Song) -> bool:
        """Whether its file is where it was put."""
        return bool(song.file) and (self.folder / song.file).is_file()

    def remove(self, song: Song) -> None:
        """A song leaves; whoever plays its file right now has it open and plays on. Raises: OSError.

        What stands under its name and is something else, somebody else has put there: that stays.
        """
        self.begin_anew(song)
        if not song.file or "/" in song.file:
            return
        file = self.folder / song.file
        try:
            if file.is_symlink() or _digest(file) != song.sha256:
                log.info("%s is another file by now, and stays.", song.file)
                return
        except FileNotFoundError:
            return
        file.unlink()
        sync_folder(self.folder)

    def clear(self, known: set[str]) -> None:
        """Lets go of parts of other songs than those: whole ones, and such as nobody wants. Raises: OSError."""
        try:
            parts = list((self._music / WAITING).glob("*.part"))
        except FileNotFoundError:
            return
        for part in parts:
            if part.stem not in known:
                part.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
