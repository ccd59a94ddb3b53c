"""A real player plays real files through mpv into a null sink."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.player.sound import Ear, Player, write_songs

#: nothing may silence the floor for longer
SILENCE_MOST_S = 2.0


@pytest.fixture
def player(tmp_path: Path) -> Iterator[Player]:
    write_songs(tmp_path / "songs", 6, seconds=3)
    (tmp_path / "songs" / "broken.mp3").write_bytes(b"this is no music" * 100)
    one = Player(tmp_path / "songs", tmp_path / "data")
    yield one
    one.end()


async def _accidents(player: Player) -> Ear:
    ear = Ear(player)
    await ear.wait_for_music()
    await ear.listen_for(3)
    for kill in (player.kill_player, lambda: player.kill_mpv(0), lambda: player.kill_mpv(1)):
        kill()
        await ear.listen_for(2.5)
    # The stick is pulled out: what is kept goes on.
    assert player.songs is not None
    shutil.rmtree(player.songs)
    await ear.listen_for(5)
    return ear


def test_neither_a_kill_nor_a_pulled_stick_nor_a_broken_file_silences_the_floor(player: Player) -> None:
    ear = asyncio.run(_accidents(player))
    print(f"longest silence {ear.longest_s:.2f} s, {len(ear.songs)} songs")
    assert ear.longest_s < SILENCE_MOST_S
    # Fifteen seconds of songs of three that go on where they were: none begins anew.
    assert len(ear.songs) >= 6
    assert not ear.begun_anew, "a kill takes a song back to its beginning"
    assert not [one for one in ear.songs if not one.startswith(str(player.data))], "played from the stick itself"
    assert player.end() == 0
    assert player.ask(0, "pid") is None is player.ask(1, "pid"), "mpv plays on after the end"


def test_a_second_player_in_the_same_place_is_refused(player: Player) -> None:
    asyncio.run(Ear(player).wait_for_music())
    second = Player(player.songs, player.data)
    assert second.process.wait(timeout=20) == 1
    assert player.process.poll() is None
