"""What a player does when a box has no song for it: whether that is somebody's will, or a pulled stick."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from appliance.errors import Refused, Unavailable
from appliance.player.filling import Filling
from appliance.player.kept import Doing, Kept
from appliance.player.songs import Song
from appliance.ports.house import Fitting
from appliance.usecases.players.choosing import nothing_left


class Refusing:
    """A box that says no."""

    ahead, asked_before_s = 1, None

    def __init__(self, error: Refused | Unavailable) -> None:
        self.error, self.asked = error, 0

    async def next_song(self, after: tuple[str, ...]) -> Song | None:
        self.asked += 1
        raise self.error

    async def fetch(self, song: Song, target: Path) -> None:
        raise self.error


async def _ready() -> None:
    return None


@pytest.mark.parametrize(
    ("error", "goes_on"),
    [
        (nothing_left(Fitting(allowed=0, playable=0)), True),
        (nothing_left(Fitting(allowed=3, playable=3)), True),
        (nothing_left(Fitting(allowed=0, playable=20)), False),
        (Refused("house_closed", "The house plays from 22:00."), False),
        (Unavailable("box_away", "The box does not answer."), True),
    ],
)
def test_what_is_kept_goes_on_but_where_somebody_wants_silence(
    tmp_path: Path, error: Refused | Unavailable, *, goes_on: bool
) -> None:
    kept = tmp_path / "kept.mp3"
    kept.write_bytes(b"sound")
    doing, songs = Doing(heard=[Song("kept", "", "Kept", kept)]), Refusing(error)

    async def fill() -> None:
        filling = Filling(songs, Kept(tmp_path / "player"), left_s=lambda: None, ready=_ready)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                await filling.run(doing)
        assert filling.trouble == str(error)

    asyncio.run(fill())
    assert songs.asked == 1
    assert [song.id for song in doing.queue] == (["kept"] if goes_on else [])
