"""Songs kept beside the player, and what it was doing: the music goes on when box, stick or player are gone."""

import asyncio
import errno
import json
import logging
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from appliance.errors import Unavailable
from appliance.player.songs import Song, Songs

#: so many songs are kept, an hour and a half, and so many bytes of them
SONGS_MOST = 24
BYTES_MOST = 2 * 1024**3
#: so many are kept on a disk that is full: one that is on, one that comes, one to go on with
_SONGS_LEAST = 3
#: plays that nobody was told of yet
UNTOLD_MOST = 200
_UNPLAYABLE_MOST = 20
_log = logging.getLogger(__name__)


class DiskFull(Unavailable):
    """No more songs can be kept beside the player."""

    def __init__(self) -> None:
        super().__init__(
            "player_disk_full",
            "The player's disk is full, and holds only the few songs that go round now.",
            advice="Make room there: delete what is not needed, or give the player another folder with --data.",
        )


@dataclass(frozen=True, slots=True)
class Begun:
    """A play that began here."""

    #: its own id: the same song another time is another play
    play: str
    song: Song
    #: in which boot of this machine, and when in it, milliseconds
    boot: str
    boot_ms: int


@dataclass(slots=True)
class Doing:
    """What a player that comes after this one has to know."""

    #: 0 or 1: whose song is heard
    deck: int = 0
    #: what is on; None before the first song
    song: Song | None = None
    #: what is being put on: out of the queue, and not heard yet
    coming: Song | None = None
    #: what comes next, ready
    queue: list[Song] = field(default_factory=list)
    #: what was heard, youngest last, with the song that is on
    heard: list[Song] = field(default_factory=list)
    #: the play that is on
    begun: Begun | None = None
    #: plays that the box was not told of, the oldest first
    untold: list[Begun] = field(default_factory=list)
    #: ids of songs in which there was no sound, youngest last
    unplayable: list[str] = field(default_factory=list)
    #: whether there is to be music, and how loud, 0 to 100
    plays: bool = True
    volume: int = 100

    def pass_over(self, song: Song) -> None:
        """There is no sound in this one."""
        self.queue = [one for one in self.queue if one.id != song.id]
        self.unplayable = [*(one for one in self.unplayable if one != song.id), song.id][-_UNPLAYABLE_MOST:]

    def again(self) -> Song | None:
        """What is kept and was heard longest ago."""
        latest = {song.path: at for at, song in enumerate(self.heard) if song.id not in self.unplayable}
        there = [at for path, at in latest.items() if path.exists() and (self.song is None or path != self.song.path)]
        return self.heard[min(there)] if there else self.song


class Kept:
    """One folder. Not for two players at once."""

    def __init__(self, folder: Path) -> None:
        #: why nothing can be noted; empty when it can
        self.trouble = ""
        self._songs, self._doing = folder / "songs", folder / "doing.json"
        self._songs.mkdir(parents=True, exist_ok=True)

    async def keep(self, song: Song, songs: Songs) -> Song:
        """The song as a file of the player's own.

        Raises: Unavailable with the code `song_not_read`.
        """
        target = self._songs / f"{song.id}{song.path.suffix.lower()}"
        half = target.with_name(f"{target.name}.part")
        try:
            if not target.exists():
                await songs.fetch(song, half)
                half.replace(target)
            # The time says when it was wanted last.
            target.touch()
        except OSError as error:
            raise Unavailable("song_not_read", f"{song.path.name} can't be kept: {error.strerror}.") from error
        except DiskFull:
            # What there is of it would hold the last bytes that notes need.
            half.unlink(missing_ok=True)
            raise
        return Song(song.id, song.artist, song.title, target, song.lufs, song.address)

    def tidy(self, wanted: set[Path]) -> None:
        """Lets those go that were wanted longest ago, and what a fall left half."""
        files = sorted(self._songs.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        held = 0
        for at, path in enumerate(files):
            held += path.stat().st_size
            too_many = at >= SONGS_MOST or held > BYTES_MOST or path.suffix == ".part"
            if path not in wanted and too_many:
                path.unlink(missing_ok=True)

    def make_room(self, wanted: set[Path]) -> bool:
        """Lets the song go that was wanted longest ago, for another; whether there was one to spare."""
        files = sorted(self._songs.iterdir(), key=lambda path: path.stat().st_mtime)
        spare = [path for path in files if path not in wanted]
        if len(files) <= _SONGS_LEAST or not spare:
            return False
        spare[0].unlink(missing_ok=True)
        return True

    def save(self, doing: Doing) -> None:
        """Whole or not at all. Not flushed to the disk: after a power cut there is no mpv to find again."""
        half = self._doing.with_suffix(".part")
        try:
            half.write_text(json.dumps(asdict(doing), default=str), encoding="utf-8")
            half.replace(self._doing)
        except OSError as error:
            # A full disk, say: the music needs none of it before the next fall.
            if not self.trouble:
                _log.warning("what is played can't be noted: %s", error)
            self.trouble = f"The player's disk can't be written ({error.strerror}). The music goes on; make room there."
        else:
            self.trouble = ""

    def load(self) -> Doing:
        """What was saved; the beginning when that is nothing or can't be read."""
        try:
            said = json.loads(self._doing.read_text(encoding="utf-8"))
            song = _song(said["song"]) if said["song"] else None
            queue, heard = ([_song(one) for one in said[name]] for name in ("queue", "heard"))
            return Doing(
                deck=int(said["deck"]) & 1,
                song=song,
                queue=[one for one in queue if one.path.exists()],
                heard=heard,
                begun=_begun(said["begun"]) if said["begun"] else None,
                untold=[_begun(one) for one in said["untold"]],
                unplayable=[str(one) for one in said.get("unplayable", [])],
                plays=bool(said["plays"]),
                volume=min(max(int(said["volume"]), 0), 100),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return Doing()


def _song(said: dict[str, Any]) -> Song:
    lufs = float(said["lufs"]) if said["lufs"] is not None else None
    return Song(said["id"], said["artist"], said["title"], Path(said["path"]), lufs, said["address"])


def _begun(said: dict[str, Any]) -> Begun:
    return Begun(said["play"], _song(said["song"]), said["boot"], int(said["boot_ms"]))


async def copied(song: Song, target: Path) -> None:
    """Copies a song of this machine. Raises: Unavailable with the code `song_not_read`; DiskFull."""
    try:
        await asyncio.to_thread(shutil.copyfile, song.path, target)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull from error
        raise Unavailable("song_not_read", f"{song.path.name} can't be read: {error.strerror}.") from error
