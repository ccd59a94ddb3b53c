"""A turntable: one song on one mpv, how far it is, and how loud."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.player.loudness import level
from appliance.player.mpv import Mpv
from appliance.player.songs import Song


@dataclass(frozen=True, slots=True)
class Place:
    """Where a deck is."""

    #: what is on; None for nothing
    path: Path | None
    #: seconds from its beginning, and until its end; None while mpv does not know
    position_s: float | None = None
    left_s: float | None = None
    is_paused: bool = False


class Deck:
    """All questions raise Gone when mpv does not answer."""

    def __init__(self, mpv: Mpv) -> None:
        self.mpv = mpv
        #: how loud the house wants it, an amplitude
        self._master = 1.0
        #: how loud what is on may be, so that all songs are equally loud
        self._level = 1.0
        #: where the fader is
        self._gain = 1.0

    async def put_on(self, song: Song, *, from_s: float = 0.0, gain: float = 1.0) -> None:
        """Plays a song at once, with the fader at `gain` (0 to 1)."""
        self.now_on(song)
        await self.fade(gain)
        await self.mpv.set("pause", value=False)
        await self.mpv.load(song.path, how="replace", from_s=from_s)

    def now_on(self, song: Song) -> None:
        """This is on: how loud it is counts from the next fade on."""
        self._level = level(song.lufs)

    async def follow_with(self, paths: Sequence[Path]) -> None:
        """What comes by itself should nobody be there at the end."""
        await self.mpv.command("playlist-clear")
        for path in paths:
            await self.mpv.load(path, how="append")

    async def fade(self, gain: float) -> None:
        """Moves the fader. `gain` is an amplitude; mpv's volume is the cube root of it."""
        self._gain = max(gain, 0.0)
        await self.mpv.set("volume", round(100 * (self._gain * self._level * self._master) ** (1 / 3), 2))

    async def as_loud_as(self, percent: int) -> None:
        """How loud the house wants it, 0 to 100, as ears count: half of that sounds half as loud, about."""
        self._master = (percent / 100) ** 2
        await self.fade(self._gain)

    async def hold(self, *, on: bool) -> None:
        """Stops where it is, or goes on from there."""
        await self.mpv.set("pause", value=on)

    async def take_off(self) -> None:
        """Nothing is on any more."""
        await self.mpv.command("stop")

    async def place(self) -> Place:
        """What is on now."""
        path = await self.mpv.get("path")
        if not isinstance(path, str):
            return Place(None)
        position, left = await self.mpv.get("time-pos"), await self.mpv.get("time-remaining")
        return Place(Path(path), _seconds(position), _seconds(left), is_paused=await self.mpv.get("pause") is True)


def _seconds(said: object) -> float | None:
    return float(said) if isinstance(said, int | float) else None
