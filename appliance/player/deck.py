"""A turntable: one song on one mpv, how far it is, and how loud."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.player.loudness import level
from appliance.player.mpv import Gone, Mpv
from appliance.player.songs import Song

#: a song that makes no sound within this has none; a large file on a slow card takes some hundred milliseconds
_SOUNDS_WITHIN_S = 1.5
#: the same where nobody waits for it
_CUED_WITHIN_S = 5.0
_LOOK_S = 0.02
_NO_SOUND = "null"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a deck is."""

    #: what is on; None for nothing
    path: Path | None
    #: seconds from its beginning, and until its end; None while mpv does not know
    position_s: float | None = None
    left_s: float | None = None
    is_paused: bool = False
    #: nothing is heard of it, because there is no loudspeaker
    is_unheard: bool = False

    @property
    def length_s(self) -> float | None:
        """Seconds from its beginning to its end; None while mpv does not know."""
        known = self.position_s is not None and self.left_s is not None
        return (self.position_s or 0.0) + (self.left_s or 0.0) if known else None


class Deck:
    """All questions raise Gone when mpv does not answer."""

    def __init__(self, mpv: Mpv) -> None:
        self.mpv = mpv
        #: how loud the house wants it, an amplitude
        self._master = 1.0
        #: how loud what is on may be, so that all songs are equally loud
        self.level = 1.0
        #: where the fader is
        self._gain = 1.0

    async def put_on(self, song: Song, *, from_s: float = 0.0, gain: float = 1.0) -> None:
        """Plays a song at once, with the fader at `gain` (0 to 1)."""
        self.now_on(song)
        await self.fade(gain)
        await self.mpv.set("pause", value=False)
        await self.mpv.load(song.path, from_s=from_s)

    async def cue(self, song: Song) -> Place | None:
        """Lays a song ready at its beginning, silent; None when there is no sound in it."""
        self.now_on(song)
        await self.fade(0.0)
        await self.mpv.set("pause", value=True)
        await self.mpv.load(song.path)
        return await self.sounds(song.path, within_s=_CUED_WITHIN_S)

    async def sounds(self, path: Path, *, within_s: float = _SOUNDS_WITHIN_S) -> Place | None:
        """Waits until a file that was put on makes sound; None when it does not, as soon as that is known."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        while loop.time() < until:
            place = await self.place()
            if place.path == path and place.position_s is not None:
                return place
            if place.path is None and await self.mpv.get("idle-active") is True:
                return None
            await asyncio.sleep(_LOOK_S)
        return None

    def now_on(self, song: Song) -> None:
        """This is on: how loud it is counts from the next fade on."""
        self.level = level(song.lufs)

    async def follow_with(self, paths: Sequence[Path]) -> None:
        """What comes by itself should nobody be there at the end."""
        await self.mpv.follow_with(paths)

    async def fade(self, gain: float) -> None:
        """Moves the fader. `gain` is an amplitude; mpv's volume is the cube root of it."""
        self._gain = max(gain, 0.0)
        await self.mpv.set("volume", round(100 * (self._gain * self.level * self._master) ** (1 / 3), 2))

    def as_loud_as(self, percent: int) -> None:
        """How loud the house wants it, 0 to 100, as ears count: half of that sounds half as loud, about. From the next
        fade on.
        """
        self._master = (percent / 100) ** 2

    async def fade_as_before(self) -> None:
        """The fader stays where it is, of how loud the house wants it now."""
        await self.fade(self._gain)

    async def hold(self, *, on: bool) -> None:
        """Stops where it is, or goes on from there."""
        await self.mpv.set("pause", value=on)

    async def take_off(self) -> None:
        """Nothing is on any more."""
        await self.mpv.command("stop")

    async def look_for_a_loudspeaker(self) -> None:
        """Where there was none a moment ago, or it hangs."""
        await self.mpv.command("ao-reload")

    async def place(self) -> Place:
        """What is on now."""
        path, position, left, paused, output = await self.mpv.get_all(
            "path", "time-pos", "time-remaining", "pause", "current-ao"
        )
        if not isinstance(path, str):
            return Place(None)
        is_unheard = output == _NO_SOUND and not self.mpv.is_mute
        return Place(Path(path), _seconds(position), _seconds(left), paused is True, is_unheard)


async def is_there(deck: Deck) -> bool:
    """Whether its mpv answers."""
    try:
        await deck.mpv.get("pid")
    except Gone:
        return False
    return True


def _seconds(said: object) -> float | None:
    return float(said) if isinstance(said, int | float) else None
