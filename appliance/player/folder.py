"""Songs from a folder of this machine, chosen by the house's own rules as far as file names tell anything."""

import asyncio
import hashlib
import time
from pathlib import Path

from appliance.domain.house import Heard, HouseTrack
from appliance.errors import Refused, Unavailable
from appliance.house.choosing import Situation, choose
from appliance.house.shelf import shelved
from appliance.house.taste import learned, no_votes
from appliance.player.kept import copied
from appliance.player.songs import Song

ENDINGS = frozenset({".mp3", ".flac", ".ogg", ".opus", ".m4a", ".wav", ".aiff", ".aif"})
_SONG_H = 4 / 60


class Folder:
    """Looks anew for each song: what was copied there a minute ago is played too."""

    ahead = 3
    asked_before_s = None

    def __init__(self, root: Path, *, seed: int | None = None) -> None:
        """The same `seed` gives the same evening; without one, each is another."""
        self._root, self._seed = root, time.time_ns() if seed is None else seed

    async def next_song(self, after: tuple[str, ...]) -> Song | None:
        """As `Songs` says. Refused with the code `nothing_to_play` when the folder has no song in it."""
        return await asyncio.to_thread(self._chosen, after)

    async def fetch(self, song: Song, target: Path) -> None:
        """As `Songs` says: a copy."""
        await copied(song, target)

    def _chosen(self, after: tuple[str, ...]) -> Song:
        songs = {song.id: song for song in self._there()}
        tracks = [HouseTrack(one.id, one.id, one.artist, one.title, embedding=None, bpm=None) for one in songs.values()]
        shelf = shelved(tracks)
        heard = [Heard(song, (age + 1) * _SONG_H) for age, song in enumerate(reversed(after))]
        situation = Situation(heard=heard, seed=self._seed + len(after))
        chosen = choose(shelf, learned(no_votes(), shelf, dancers=0), situation, count=5)
        if not chosen:
            raise Refused(
                "nothing_to_play",
                f"There is no song in {self._root}, so there is no music.",
                advice=f"Copy some there: {', '.join(sorted(ENDINGS))} are looked for.",
            )
        # Nobody has listened to these: those that fit equally well take turns by the seed.
        best = [one for one in chosen if one.score > chosen[0].score - 1e-6]
        turn = hashlib.sha256(f"{situation.seed}".encode()).digest()[0]
        return songs[best[turn % len(best)].track_id]

    def _there(self) -> list[Song]:
        if not self._root.is_dir():
            raise Unavailable("songs_gone", f"The folder {self._root} is not there.", advice="Plug the stick in again.")
        found = sorted(path for path in self._root.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
        return [_song(path, within=self._root) for path in found]


def _song(path: Path, *, within: Path) -> Song:
    """`Artist - Title.mp3` says both; any other name is a title."""
    digest = hashlib.sha256(str(path.relative_to(within)).encode("utf-8", "surrogateescape")).hexdigest()[:20]
    artist, dash, title = path.stem.encode("utf-8", "replace").decode("utf-8", "replace").partition(" - ")
    return Song(digest, artist if dash else "", title if dash else artist, path.absolute())
