"""Plays one song into the next, and lets no accident be heard for long.

- whoever chooses is gone: what is kept is played again, longest ago first
- mpv is gone, or stands still: the other one goes on with the song where it was
- the player is gone: mpv plays on, and the next song after it; the next player finds both and goes on with them
- a song has no sound, or none any more: the next one
- there is no loudspeaker: the song goes on unheard, and is heard again once there is one
"""

import asyncio
import logging
import time

from appliance.clock import Clock
from appliance.player import fading
from appliance.player.deck import Deck
from appliance.player.filling import Filling
from appliance.player.kept import Begun, Doing, Kept
from appliance.player.mpv import Gone
from appliance.player.songs import Song, Songs
from appliance.player.turntables import GO_ON_WITHIN_MS, Turntables
from appliance.player.watch import HANGS, NO_LOUDSPEAKER, Loudspeaker, Progress

CROSSFADE_S = 5.0
#: into silence, into the next song when somebody cuts one short, and out of silence
_SHORT_FADE_S = 2.0
#: away from a song that stands still
_ESCAPE_S = 0.3
_LOOK_S = 0.1
_log = logging.getLogger(__name__)


class Jukebox:
    """`run` plays until it is cancelled."""

    def __init__(
        self, decks: tuple[Deck, Deck], songs: Songs, kept: Kept, *, clock: Clock, crossfade_s: float = CROSSFADE_S
    ) -> None:
        self._kept, self._clock, self._crossfade_s = kept, clock, crossfade_s
        self._doing = kept.load()
        self._tables = Turntables(decks, kept, self._doing, clock=clock)
        self._filling = Filling(songs, kept, left_s=lambda: self._tables.place.left_s, ready=self._tables.lay_ready)
        self._progress, self._loudspeaker = Progress(), Loudspeaker()
        #: the play that is to be cut short
        self._skip = ""
        #: set when another song began, or silence
        self.changed = asyncio.Event()
        self._volume = -1
        self._is_unheard = False
        self._silent_since_ms = 0
        #: a song that stood still, until it is known whether another one moves
        self._suspect: Song | None = None

    @property
    def doing(self) -> Doing:
        """What it does."""
        return self._doing

    @property
    def sounding(self) -> Begun | None:
        """The play that is heard; None for silence."""
        is_heard = self._tables.place.path is not None and not self._tables.place.is_paused
        is_heard = is_heard and not self._loudspeaker.is_away(time.monotonic())
        return self._doing.begun if is_heard and self._doing.song is not None else None

    @property
    def trouble(self) -> str:
        """What is wrong, in words; empty when nothing is."""
        if self._loudspeaker.is_away(time.monotonic()):
            return NO_LOUDSPEAKER
        hangs = HANGS if self._suspect is not None and not self._progress.has_moved else ""
        return hangs or self._kept.trouble or self._filling.trouble or self._tables.passed_over

    def obey(self, *, plays: bool, volume: int, skip: str) -> None:
        """What it is to do from now on: music or silence, how loud (0 to 100), which play to cut short."""
        self._skip = skip
        if (plays, volume) != (self._doing.plays, self._doing.volume):
            self._doing.plays, self._doing.volume = plays, volume
            self._kept.save(self._doing)

    def told(self, plays: set[str]) -> None:
        """Somebody was told of these plays."""
        self._doing.untold = [one for one in self._doing.untold if one.play not in plays]

    async def run(self) -> None:
        """Raises: Unavailable when mpv can't be started."""
        await self._tables.find_again()
        filling = asyncio.create_task(self._filling.run(self._doing))
        try:
            while not filling.done():
                before = self.sounding
                await self._look()
                if self.sounding != before:
                    self.changed.set()
                await asyncio.sleep(_LOOK_S)
            await filling
        finally:
            filling.cancel()
            await self._tables.leave()

    async def end(self) -> None:
        """Silence, because somebody wants it."""
        await self._tables.end()

    async def _look(self) -> None:
        """One look at the deck that is heard; the other one is seen to beside it."""
        try:
            await self._go_on()
        except Gone:
            _log.warning("mpv was gone; another one goes on")
            await self._tables.take_over()
            self._progress.begin_anew()
        self._tables.tend()

    async def _go_on(self) -> None:
        """What follows from what is on, and from what is wanted."""
        doing, tables, place, now_s = self._doing, self._tables, await self._tables.look(), time.monotonic()
        await self._see_to_the_sound(now_s)
        if not doing.plays:
            if place.path is not None and not place.is_paused:
                await self._hush()
        elif place.path is None:
            await tables.begin_anew()
        elif place.is_paused:
            await self._break_silence()
        elif self._progress.is_stuck(place, now_s):
            await self._get_unstuck(now_s)
        elif doing.song is None or place.path != doing.song.path:
            await tables.went_on(place.path)
        elif doing.begun is not None and doing.begun.play == self._skip:
            await self._cross(min(self._crossfade_s, _SHORT_FADE_S), again=True)
        elif place.left_s is not None and place.left_s <= tables.fade_s(self._crossfade_s) and doing.queue:
            await self._cross(place.left_s)

    async def _hush(self) -> None:
        """Silence is wanted: fades out, and stays where it is."""
        deck = self._tables.heard
        await fading.alone(deck, to=0.0, within_s=min(self._crossfade_s, _SHORT_FADE_S))
        await deck.hold(on=True)
        self._silent_since_ms = self._clock.now().boot_ms
        # What was chosen for this moment may not fit a later one.
        del self._doing.queue[1:]

    async def _break_silence(self) -> None:
        """Music is wanted again: the same song after a moment, another one after a longer silence."""
        deck = self._tables.heard
        silent_ms = self._clock.now().boot_ms - self._silent_since_ms
        if self._silent_since_ms == 0 or silent_ms > GO_ON_WITHIN_MS:
            await deck.take_off()
            return
        await deck.fade(0.0)
        await deck.hold(on=False)
        await fading.alone(deck, to=1.0, within_s=_SHORT_FADE_S / 2)

    async def _get_unstuck(self, now_s: float) -> None:
        """The song stands still: the next one. When that does not move either, it is not the songs."""
        deck, song = self._tables.heard, self._doing.song
        has_moved = self._progress.has_moved
        self._progress.found_stuck(now_s)
        if song is not None and (has_moved or song == self._suspect):
            _log.warning("%s stands still", song.title)
            self._suspect = song
            await self._cross(_ESCAPE_S, again=True)
        else:
            await deck.look_for_a_loudspeaker()

    async def _still_crosses(self) -> bool:
        """Whoever takes over does not wait for the end of a fade, and a song that stands still is not faded into."""
        place, now_s = await self._tables.look(), time.monotonic()
        await self._see_to_the_sound(now_s)
        return self._doing.plays and not self._progress.is_stuck(place, now_s)

    async def _cross(self, within_s: float, *, again: bool = False) -> None:
        await self._tables.cross(within_s, goes_on=self._still_crosses, again=again)

    async def _see_to_the_sound(self, now_s: float) -> None:
        """How loud it is, and whether anybody hears it."""
        if self._volume != self._doing.volume:
            await self._tables.as_loud_as(self._doing.volume)
            self._volume = self._doing.volume
        if self._loudspeaker.is_to_be_looked_for(self._tables.place, now_s):
            await self._tables.heard.look_for_a_loudspeaker()
            self._progress.begin_anew()
        if self._loudspeaker.is_away(now_s) != self._is_unheard:
            self._is_unheard = not self._is_unheard
            _log.warning("%s", NO_LOUDSPEAKER if self._is_unheard else "The loudspeaker is there again.")
        if self._suspect is not None and self._progress.has_moved:
            # Another one does move, so it was the song.
            self._tables.pass_over(self._suspect)
            self._suspect = None
