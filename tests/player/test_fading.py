"""How songs follow each other, by the samples: fades, songs too short for any, a loudspeaker that is away a while."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.player.deck import Place
from appliance.player.fading import gains
from appliance.player.watch import Loudspeaker as Watch
from appliance.player.watch import Progress
from tests.player.loudspeaker import Loudspeaker, longest, loudspeaker, strength
from tests.player.sound import Player, tone, write_song

_CROSSFADE_S = 2.0
#: between tones, so that each is whole waves of a fiftieth of a second and none is heard in another
_APART = 10
_SONG = Path("song")
_SHORT_S = 3.0
_SHORT_BYTES = int(_SHORT_S * 16000)


@contextmanager
def _evening(folder: Path, *lengths_s: float) -> Iterator[tuple[Loudspeaker, Player]]:
    """A player with songs of these lengths, on a loudspeaker of its own; each song is another tone."""
    with loudspeaker(folder / "hall") as heard:
        for number, seconds in enumerate(lengths_s):
            write_song(folder / "songs", _APART * number, seconds=seconds)
        one = Player(folder / "songs", folder / "data", crossfade_s=_CROSSFADE_S, loudspeaker=heard)
        try:
            yield heard, one
        finally:
            one.end()


def _songs(player: Player) -> set[str]:
    """What it heard and what comes."""
    doing = json.loads((player.data / "doing.json").read_text(encoding="utf-8"))
    return {song["id"] for song in (*doing["heard"], *doing["queue"])}


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    """Room for five of the short songs."""
    folder.mkdir(parents=True)
    size = f"size={6 * _SHORT_BYTES - 4096}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "pika-test", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@dataclass(frozen=True)
class Evenings:
    """What was heard of four."""

    fading: NDArray[np.float64]
    short: NDArray[np.float64]
    #: since its loudspeaker was there again
    back: NDArray[np.float64]
    #: how many songs were on in it, or came next
    songs: int
    #: with a full disk, and player and mpv killed
    worn: NDArray[np.float64]
    #: bytes that were free on that disk, and songs that had been on it or were
    free: int
    through: int


@pytest.fixture(scope="module", name="evenings")
def _evenings(tmp_path_factory: pytest.TempPathFactory) -> Evenings:
    """Four at the same time, because most of it is waiting."""
    folder = tmp_path_factory.mktemp("evenings")
    with ExitStack() as stack:
        fading, _ = stack.enter_context(_evening(folder / "fading", 6.5, 6.5))
        short, _ = stack.enter_context(_evening(folder / "short", 1.0, 1.0, 3.0, 1.0))
        away, player = stack.enter_context(_evening(folder / "away", 20.0, 20.0))
        small = stack.enter_context(_small_disk(folder / "worn" / "data"))
        worn, falls = stack.enter_context(_evening(folder / "worn", *[_SHORT_S] * 9))
        until = time.monotonic() + 10
        while not all(one.heard().any() for one in (fading, short, away, worn)):
            assert time.monotonic() < until, "no music"
            time.sleep(0.1)
        time.sleep(0.5)
        away.unplug()
        time.sleep(2.5)
        away.plug_in()
        falls.strike(falls.on())
        falls.kill_player()
        time.sleep(4.5)
        free = shutil.disk_usage(small).free
        songs, through = (len(_songs(one)) for one in (player, falls))
        return Evenings(fading.heard(), short.heard(), away.heard(), songs, worn.heard(), free, through)


def test_one_song_fades_into_the_next_for_as_long_as_is_said_and_neither_clips(evenings: Evenings) -> None:
    first, second = (strength(evenings.fading, hertz=tone(number)) for number in (0, _APART))
    if np.argmax(first > 0.01) > np.argmax(second > 0.01):
        first, second = second, first
    loud = float(np.median(first[first > first.max() / 2]))
    # A fiftieth of a second each; a fade's ends are too soft to be told from silence, and what begins or ends is a
    # click, which is every tone for a moment.
    both = np.concatenate(([False], (first > 0.04 * loud) & (second > 0.04 * loud), [False]))
    ends = np.flatnonzero(np.diff(both.astype(int))).reshape(-1, 2)
    fade = slice(*max(ends, key=lambda run: run[1] - run[0]))
    together = np.sqrt(first[fade] ** 2 + second[fade] ** 2) / loud
    overlap_s = (fade.stop - fade.start) / 50
    print(f"both heard for {overlap_s:.2f} s, {together.min():.2f} to {together.max():.2f} as loud as one")
    assert _CROSSFADE_S - 0.5 < overlap_s < _CROSSFADE_S + 0.2
    assert 0.75 < together.min() <= together.max() < 1.25, "it gets softer or louder in between"
    assert np.abs(evenings.fading).max() < 0.99


def test_songs_too_short_to_fade_follow_each_other_without_a_gap(evenings: Evenings) -> None:
    began = int(np.argmax(np.abs(evenings.short) > 0.01))
    print(f"longest silence {longest(evenings.short[began:]):.2f} s")
    # On a busy machine what follows a song of one second may come a moment late.
    assert longest(evenings.short[began:]) <= 0.3
    heard = [
        number
        for number in (0, _APART, 2 * _APART, 3 * _APART)
        if strength(evenings.short, hertz=tone(number)).max() > 0.02
    ]
    assert len(heard) >= 3


def test_a_loudspeaker_that_is_away_for_a_while_is_found_again_and_no_song_is_lost_to_it(evenings: Evenings) -> None:
    heard = np.flatnonzero(np.abs(evenings.back) > 0.01)
    print(f"heard again after {heard[0] / 8000:.2f} s")
    assert heard[0] / 8000 < 3
    assert evenings.songs <= 2, "songs that nobody could hear were gone through"


def test_a_full_disk_neither_silences_the_floor_nor_makes_a_fall_longer(evenings: Evenings) -> None:
    print(f"longest silence {longest(evenings.worn):.2f} s, {evenings.free} bytes free")
    assert evenings.free < _SHORT_BYTES, "it was not full"
    assert longest(evenings.worn) < 2
    assert evenings.through > 5, "the same five songs went round"


def test_two_loud_songs_are_never_louder_than_one_and_two_soft_ones_as_loud_as_one() -> None:
    for turn in np.linspace(0, 1, 21):
        away, here = gains(turn, old_level=1.0, new_level=0.9)
        assert away + 0.9 * here <= 1.0
        away, here = gains(turn, old_level=0.5, new_level=0.5)
        assert abs(away**2 + here**2 - 1.0) < 1e-9


def test_a_song_that_stands_still_is_told_from_one_that_has_not_begun_and_from_one_that_is_held() -> None:
    progress = Progress()
    assert not progress.is_stuck(Place(_SONG, None), 0.0)
    assert not progress.is_stuck(Place(_SONG, None), 2.0), "a loudspeaker may take its time to wake up"
    for at in range(20):
        assert not progress.is_stuck(Place(_SONG, at / 10), 2.0 + at / 10)
    assert not progress.is_stuck(Place(_SONG, 1.9), 4.8)
    assert progress.is_stuck(Place(_SONG, 1.9), 5.0)
    assert not progress.is_stuck(Place(_SONG, 1.9, is_paused=True), 6.0)
    progress.found_stuck(6.0)
    assert not progress.has_moved


def test_a_loudspeaker_is_looked_for_at_once_and_then_now_and_then() -> None:
    watch = Watch()
    unheard, heard = Place(_SONG, 1.0, is_unheard=True), Place(_SONG, 1.0)
    assert not watch.is_to_be_looked_for(heard, 0.0)
    assert [at for at in range(50) if watch.is_to_be_looked_for(unheard, 1 + at / 10)] == [0, 20, 40]
    assert not watch.is_away(2.0)
    assert watch.is_away(4.0)
    watch.is_to_be_looked_for(heard, 6.0)
    assert not watch.is_away(9.0)
