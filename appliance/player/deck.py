"""A turntable: one song on one mpv, how far it is, and how loud."""

from dataclasses import dataclass
from pathlib import Path

from appliance.player.mpv import Mpv


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
        self._gain = 1.0

    async def put_on(self, path: Path, *, from_s: float = 0.0, gain: float = 1.0) -> None:
        """Plays a file at once, `gain` (0 to 1) as loud as the deck can."""
        await self.fade(gain)
        await self.mpv.set("pause", value=False)
        await self.mpv.set("start", f"{from_s:.2f}")
        await self.mpv.command("loadfile", str(path), "replace")
        self._gain = gain

    async def follow_with(self, path: Path) -> None:
        """What comes by itself should nobody be there at the end."""
        await self.mpv.command("playlist-clear")
        # `start` is for the song that was put on after a fall, not for those behind it.
        await self.mpv.set("start", "none")
        await self.mpv.command("loadfile", str(path), "append")

    async def fade(self, gain: float) -> None:
        """`gain` is an amplitude; mpv's volume is the cube root of it."""
        await self.mpv.set("volume", round(100 * max(gain, 0.0) ** (1 / 3), 2))

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
