"""Songs kept beside the player, and what it was doing: the music goes on when box, stick or player are gone."""

import asyncio
import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

from appliance.errors import Unavailable
from appliance.player.songs import Song

#: so many songs are kept: an hour and a half
SONGS_MOST = 24


@dataclass(slots=True)
class Doing:
    """What a player that comes after this one has to know."""

    #: 0 or 1: whose song is heard
    deck: int = 0
    #: what is on; None before the first song
    song: Song | None = None
    #: what comes next, ready
    queue: list[Song] = field(default_factory=list)
    #: what was heard, youngest last, with the song that is on
    heard: list[Song] = field(default_factory=list)

    def again(self) -> Song | None:
        """What is kept and was heard longest ago."""
        latest = {song.path: at for at, song in enumerate(self.heard)}
        there = [at for path, at in latest.items() if path.exists() and (self.song is None or path != self.song.path)]
        return self.heard[min(there)] if there else self.song


class Kept:
    """One folder. Not for two players at once."""

    def __init__(self, folder: Path) -> None:
        self._songs, self._doing = folder / "songs", folder / "doing.json"
        self._songs.mkdir(parents=True, exist_ok=True)

    async def keep(self, song: Song) -> Song:
        """The song as a file of the player's own.

        Raises: Unavailable with the code `song_not_read`.
        """
        return await asyncio.to_thread(self._copied, song)

    def _copied(self, song: Song) -> Song:
        target = self._songs / f"{song.id}{song.path.suffix.lower()}"
        try:
            if not target.exists():
                half = target.with_name(f"{target.name}.part")
                shutil.copyfile(song.path, half)
                half.replace(target)
            # The time says when it was wanted last.
            target.touch()
        except OSError as error:
            raise Unavailable("song_not_read", f"{song.path.name} can't be read: {error.strerror}.") from error
        return Song(song.id, song.artist, song.title, target)

    def tidy(self, wanted: set[Path]) -> None:
        """Lets those go that were wanted longest ago, and what a fall left half."""
        files = sorted(self._songs.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for at, path in enumerate(files):
            if path not in wanted and (at >= SONGS_MOST or path.suffix == ".part"):
                path.unlink(missing_ok=True)

    def save(self, doing: Doing) -> None:
        """Whole or not at all. Not flushed to the disk: after a power cut there is no mpv to find again."""
        half = self._doing.with_suffix(".part")
        half.write_text(json.dumps(asdict(doing), default=str), encoding="utf-8")
        half.replace(self._doing)

    def load(self) -> Doing:
        """What was saved; the beginning when that is nothing or can't be read."""
        try:
            said = json.loads(self._doing.read_text(encoding="utf-8"))
            song = _song(said["song"]) if said["song"] else None
            queue, heard = ([_song(one) for one in said[name]] for name in ("queue", "heard"))
            return Doing(int(said["deck"]) & 1, song, [one for one in queue if one.path.exists()], heard)
        except (OSError, ValueError, KeyError, TypeError):
            return Doing()


def _song(said: dict[str, str]) -> Song:
    return Song(said["id"], said["artist"], said["title"], Path(said["path"]))
