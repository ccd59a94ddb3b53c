"""A real player plays real files through mpv into a null sink, and what came out of that is looked at."""

import asyncio
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.player.loudspeaker import Loudspeaker, longest, loudspeaker, silences
from tests.player.sound import Ear, Player, write_songs

#: nothing may silence the floor for longer
SILENCE_MOST_S = 2.0


@pytest.fixture(name="heard")
def _heard(tmp_path: Path) -> Iterator[Loudspeaker]:
    with loudspeaker(tmp_path / "hall") as one:
        yield one


@pytest.fixture
def player(tmp_path: Path, heard: Loudspeaker) -> Iterator[Player]:
    write_songs(tmp_path / "songs", 6, seconds=3)
    (tmp_path / "songs" / "broken.mp3").write_bytes(b"this is no music" * 100)
    one = Player(tmp_path / "songs", tmp_path / "data", loudspeaker=heard)
    yield one
    one.end()


async def _accidents(player: Player) -> Ear:
    ear = Ear(player)
    await ear.wait_for_music()

    def both_mpv() -> None:
        player.strike(0)
        player.strike(1)

    def player_and_mpv() -> None:
        player.strike(player.on())
        player.kill_player()

    def frozen() -> None:
        player.strike(player.on(), by=signal.SIGSTOP)

    for fall in (player.kill_player, lambda: player.strike(player.on()), both_mpv, player_and_mpv, frozen):
        await ear.listen_for(1.7)
        fall()
    # The stick is pulled out: what is kept goes on.
    assert player.songs is not None
    shutil.rmtree(player.songs)
    await ear.listen_for(5)
    return ear


def test_whatever_falls_or_freezes_and_a_pulled_stick_and_a_broken_file_do_not_silence_the_floor(
    player: Player, heard: Loudspeaker
) -> None:
    ear = asyncio.run(_accidents(player))
    sound = heard.heard()
    print(f"longest silence {longest(sound):.2f} s, {len(ear.songs)} songs; {silences(sound)}")
    assert longest(sound) < SILENCE_MOST_S
    # Thirteen seconds of songs of three, with fades of one, that go on where they were: none begins anew.
    assert len(ear.songs) >= 5
    assert not ear.begun_anew, "a kill takes a song back to its beginning"
    assert not [one for one in ear.songs if not one.startswith(str(player.data))], "played from the stick itself"
    assert player.end() == 0
    assert player.ask(0, "pid") is None is player.ask(1, "pid"), "mpv plays on after the end"


def test_a_second_player_in_the_same_place_is_refused(player: Player) -> None:
    asyncio.run(Ear(player).wait_for_music())
    second = Player(player.songs, player.data)
    assert second.process.wait(timeout=20) == 1
    assert player.process.poll() is None
