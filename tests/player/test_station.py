"""A real player of a real box: real files through mpv into a null sink, whatever becomes of the box."""

import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from appliance.domain.library import LibraryFile
from appliance.ports import Transaction
from tests.player.sound import Ear, Player, write_songs
from tests.player.test_player import SILENCE_MOST_S
from tests.support.library import library_track
from tests.support.ports import free_port
from tests.web.served import Served, serving

STAGE = "main-floor"
SONGS = 6


@dataclass
class Venue:
    """A box that can be away for a while, with music and a player."""

    folder: Path
    port: int = field(default_factory=free_port)
    box: Served = field(init=False)
    player: Player = field(init=False)
    player_id: str = field(init=False)
    #: outlives the box's restart
    _pass: str = ""
    _open: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        """The box comes up, at the same address each time."""
        # The library is written by this test.
        options: dict[str, dict[str, object]] = {"http": {"port": self.port}, "library": {"enabled": False}}
        self.box = self._open.enter_context(serving(self.folder / "box", options=options))
        self.box.port = self.port
        self.box._staff_pass = self._pass

    def go(self) -> None:
        """The box goes away."""
        self._pass = self.box._staff_pass
        self._open.close()

    def on(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Does something in the box's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self.box.loop).result(10)

    def now(self) -> Any:
        """What phones are told."""
        return self.box.visitor().get(f"/api/v1/stages/{STAGE}/now").json

    def fill(self) -> None:
        """The library learns of songs of three seconds."""
        music = self.folder / "music"
        write_songs(music, SONGS, seconds=3)

        def job(tx: Transaction) -> None:
            for number, path in enumerate(sorted(music.iterdir())):
                tx.put_library_track(library_track(f"song{number}", f"Song {number}", f"Artist {number}"))
                size = path.stat().st_size
                tx.put_library_file(LibraryFile(os.fsencode(path), str(music), size, 1, track_id=f"song{number}"))

        self.on(self.box.site.ports.store.write(job))

    def begin(self) -> None:
        """A player is made, and begins."""
        made = self.box.staff().post(f"/api/v1/stages/{STAGE}/players", json_body={"name": "Bar"}).json
        self.player_id = made["player"]["id"]
        address = f"http://127.0.0.1:{self.port}"
        self.player = Player(None, self.folder / "player", box=address, token=made["secret"])

    def order(self, **wanted: object) -> None:
        """Its manager tells it something."""
        answer = self.box.staff().post(f"/api/v1/players/{self.player_id}/orders", json_body=wanted)
        assert answer.status == 200, answer.text


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[Venue]:
    one = Venue(tmp_path)
    one.start()
    one.fill()
    one.begin()
    yield one
    one.player.end()
    one.go()


async def _until_shown(ear: Ear, venue: Venue) -> None:
    """Phones see within moments what is heard."""

    def is_shown() -> bool:
        now = venue.now().get("now")
        return bool(now) and Path(ear.songs[-1]).stem == _song_of(now["title"])

    assert await ear.until(is_shown, within_s=4), "phones see something else than what is heard"


def _song_of(title: str) -> str:
    return f"song{title.rpartition(' ')[2]}"


async def _without_the_box(venue: Venue) -> Ear:
    ear = Ear(venue.player)
    await ear.wait_for_music()
    await _until_shown(ear, venue)
    assert venue.now()["session"]["dj"] == "House (Bar)"
    await asyncio.to_thread(venue.go)
    away = len(ear.songs)
    assert await ear.until(lambda: len(ear.songs) > away, within_s=6)
    venue.start()
    await _until_shown(ear, venue)
    return ear


async def _give_way(venue: Venue, ear: Ear) -> None:
    dj = venue.box.dj("DJ Anna")
    session = dj.post(f"/api/v1/stages/{STAGE}/sessions").json["session"]["id"]
    assert await ear.until(lambda: ear.silent_s() > 0.5, within_s=5), "the player goes on beside the DJ"
    assert dj.post(f"/api/v1/sessions/{session}/end").status == 200
    assert await ear.until(lambda: ear.silent_s() < 0.2, within_s=5), "the house does not come back"
    await _until_shown(ear, venue)


def test_the_music_goes_on_without_the_box_and_gives_way_to_a_dj(venue: Venue) -> None:
    async def scene() -> None:
        ear = await _without_the_box(venue)
        print(f"longest silence {ear.longest_s:.2f} s, {len(ear.songs)} songs")
        assert ear.longest_s < SILENCE_MOST_S
        told = venue.box.staff().get(f"/api/v1/players/{venue.player_id}/plays").json["plays"]
        heard = [Path(one).stem for one in ear.songs]
        shown = [_song_of(play["title"]) for play in reversed(told)]
        assert shown == heard, "the box does not know what was heard while it was away"
        await _give_way(venue, ear)
        venue.order(volume=25)
        # A quarter, as ears count, of what is already brought down to be as loud as all others.
        assert await ear.until(lambda: 0 < ear.loudest() < 35, within_s=4)

    asyncio.run(scene())
    assert venue.player.token not in " ".join(_commands(venue.player)), "anybody on the machine reads the token"


def _commands(player: Player) -> list[str]:
    return [" ".join(child.cmdline()) for child in psutil.Process(player.process.pid).children(recursive=True)]
