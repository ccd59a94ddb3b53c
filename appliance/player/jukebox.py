"""Plays one song into the next on two decks, and lets no accident be heard for long.

- whoever chooses is gone: what is kept is played again, longest ago first
- mpv is gone: another goes on with the song where it was
- the player is gone: mpv plays on, and the next song after it; the next player finds both and goes on with them
"""

import asyncio
import contextlib
import logging
import math
import secrets
from pathlib import Path

from appliance.clock import Clock
from appliance.player.deck import Deck, Place
from appliance.player.filling import Filling
from appliance.player.kept import UNTOLD_MOST, Begun, Doing, Kept
from appliance.player.mpv import Gone
from appliance.player.songs import Song, Songs

CROSSFADE_S = 5.0
#: into silence, into the next song when somebody cuts one short, and out of silence
_SHORT_FADE_S = 2.0
#: after a longer silence a song is not gone on with: another one begins
_GO_ON_WITHIN_MS = 10 * 60 * 1000
_LOOK_S = 0.1
_FADE_STEP_S = 0.05
_HEARD_MOST = 500
_log = logging.getLogger(__name__)


class Jukebox:
    """`run` plays until it is cancelled."""

    def __init__(
        self,
        decks: tuple[Deck, Deck],
        songs: Songs,
        kept: Kept,
        *,
        clock: Clock,
        crossfade_s: float = CROSSFADE_S,
    ) -> None:
        self._decks, self._kept, self._clock, self._crossfade_s = decks, kept, clock, crossfade_s
        self._doing = Doing()
        self._place = Place(None)
        self._filling = Filling(songs, kept, left_s=lambda: self._place.left_s, ready=self._lay_ready)
        #: the play that is to be cut short
        self._skip = ""
        #: set when another song began, or silence
        self.changed = asyncio.Event()
        self._volume = -1
        self._silent_since_ms = 0

    @property
    def doing(self) -> Doing:
        """What it does."""
        return self._doing

    @property
    def sounding(self) -> Begun | None:
        """The play that is heard; None for silence."""
        is_heard = self._place.path is not None and not self._place.is_paused
        return self._doing.begun if is_heard and self._doing.song is not None else None

    @property
    def trouble(self) -> str:
        """What is wrong, in words; empty when nothing is."""
        return self._filling.trouble

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
        self._doing = self._kept.load()
        for deck in self._decks:
            if not await deck.mpv.find():
                await deck.mpv.start()
        filling = asyncio.create_task(self._filling.run(self._doing))
        try:
            with contextlib.suppress(Gone):
                await self._find_again()
            while not filling.done():
                before = self.sounding
                await self._look()
                if self.sounding != before:
                    self.changed.set()
                await asyncio.sleep(_LOOK_S)
            await filling
        finally:
            filling.cancel()

    async def end(self) -> None:
        """Silence, because somebody wants it."""
        for deck in self._decks:
            await deck.mpv.end()

    async def _find_again(self) -> None:
        """What a player before this one left on the decks: the song that began last is it."""
        doing = self._doing
        known = {song.path: song for song in (*doing.heard, *doing.queue, doing.song) if song is not None}
        for index in (self._doing.deck, 1 - self._doing.deck):
            place = await self._decks[index].place()
            if place.path in known:
                song = known[place.path]
                self._doing.deck = index
                self._doing.queue = [one for one in self._doing.queue if one.path != place.path]
                if song != self._doing.song or self._doing.begun is None:
                    self._remember(song)
                self._decks[index].now_on(song)
                await self._decks[index].fade(1.0)
                await self._decks[1 - index].take_off()
                return
        # The mpv with the song fell, too, and nobody was there: it goes on where it would be by now.
        was_on = doing.song
        is_recent = was_on is not None and 0 < self._position_s(was_on) < _GO_ON_WITHIN_MS / 1000
        if not (doing.plays and is_recent and await self._goes_on_at(doing.deck)):
            doing.song = None

    async def _look(self) -> None:
        """One look at both decks."""
        try:
            await self._go_on()
        except Gone:
            await self._mend(self._doing.deck)
        idle = 1 - self._doing.deck
        try:
            await self._decks[idle].mpv.get("pid")
        except Gone:
            await self._mend(idle)

    async def _go_on(self) -> None:
        """What follows from what is on, and from what is wanted."""
        doing = self._doing
        self._place = place = await self._decks[doing.deck].place()
        if self._volume != doing.volume:
            for deck in self._decks:
                await deck.as_loud_as(doing.volume)
            self._volume = doing.volume
        if not doing.plays:
            if place.path is not None and not place.is_paused:
                await self._hush()
        elif place.path is None:
            await self._begin_anew()
        elif place.is_paused:
            await self._break_silence()
        elif doing.song is None or place.path != doing.song.path:
            await self._went_on(place.path)
        elif doing.begun is not None and doing.begun.play == self._skip:
            await self._cross(min(self._crossfade_s, _SHORT_FADE_S), again=True)
        elif place.left_s is not None and place.left_s <= self._crossfade_s and doing.queue:
            await self._cross(place.left_s)

    async def _hush(self) -> None:
        """Silence is wanted: fades out, and stays where it is."""
        deck = self._decks[self._doing.deck]
        steps = math.ceil(min(self._crossfade_s, _SHORT_FADE_S) / _FADE_STEP_S)
        for step in range(steps - 1, -1, -1):
            await deck.fade(step / max(steps, 1))
            await asyncio.sleep(_FADE_STEP_S)
        await deck.hold(on=True)
        self._silent_since_ms = self._clock.now().boot_ms
        # What was chosen for this moment may not fit a later one.
        del self._doing.queue[1:]

    async def _break_silence(self) -> None:
        """Music is wanted again: the same song after a moment, another one after a longer silence."""
        deck = self._decks[self._doing.deck]
        silent_ms = self._clock.now().boot_ms - self._silent_since_ms
        if self._silent_since_ms == 0 or silent_ms > _GO_ON_WITHIN_MS:
            await deck.take_off()
            return
        await deck.fade(0.0)
        await deck.hold(on=False)
        for step in range(1, math.ceil(_SHORT_FADE_S / 2 / _FADE_STEP_S) + 1):
            await deck.fade(min(1.0, step * _FADE_STEP_S / (_SHORT_FADE_S / 2)))
            await asyncio.sleep(_FADE_STEP_S)

    async def _mend(self, index: int) -> None:
        """mpv is gone: the song goes on where it was, on the other deck at once, and another mpv comes in its place."""
        if await self._decks[index].mpv.find():
            # It was only slow.
            return
        _log.warning("mpv was gone; another one goes on")
        was_heard = index == self._doing.deck and self._doing.plays
        if was_heard and await self._goes_on_at(1 - index):
            was_heard = False
        await self._decks[index].mpv.start()
        self._volume = -1
        if was_heard:
            await self._goes_on_at(index)

    async def _goes_on_at(self, index: int) -> bool:
        """What is on goes on at this deck, if it can."""
        song = self._doing.song
        if song is None or not song.path.exists():
            return False
        try:
            await self._decks[index].put_on(song, from_s=self._position_s(song))
        except Gone:
            return False
        self._doing.deck = index
        self._kept.save(self._doing)
        await self._lay_ready()
        return True

    def _position_s(self, song: Song) -> float:
        """How far what is on is: as mpv said last, or by when it began, if that is all that is known."""
        if self._place.path == song.path and self._place.position_s is not None:
            return self._place.position_s
        begun, now = self._doing.begun, self._clock.now()
        return (now.boot_ms - begun.boot_ms) / 1000 if begun is not None and begun.boot == now.boot else 0.0

    async def _begin_anew(self) -> None:
        """Nothing is on: the next song, at once."""
        song = self._taken()
        if song is not None:
            await self._decks[self._doing.deck].put_on(song)
            await self._noted(song)

    async def _went_on(self, path: Path) -> None:
        """mpv went on by itself to what was laid ready."""
        known = (*self._doing.queue, *reversed(self._doing.heard))
        song = next((one for one in known if one.path == path), None)
        if song is not None:
            self._doing.queue = [one for one in self._doing.queue if one.path != path]
            self._decks[self._doing.deck].now_on(song)
            await self._decks[self._doing.deck].fade(1.0)
            await self._noted(song)

    async def _cross(self, within_s: float, *, again: bool = False) -> None:
        """Into the next song on the other deck, as loud together as one alone; with `again` into one that was heard."""
        song = self._taken() or (self._doing.again() if again else None)
        if song is None:
            return
        old, new = self._doing.deck, 1 - self._doing.deck
        steps = max(1, math.ceil(within_s / _FADE_STEP_S))
        self._doing.deck = new
        try:
            await self._decks[new].put_on(song, gain=0.0)
            await self._noted(song)
            for step in range(1, steps + 1):
                turn = step / steps * math.pi / 2
                await self._decks[new].fade(math.sin(turn))
                await self._decks[old].fade(math.cos(turn))
                await asyncio.sleep(_FADE_STEP_S)
                if not self._doing.plays:
                    # Whoever takes over does not wait for the end of a fade.
                    break
            await self._decks[old].take_off()
        except Gone:
            await self._after_a_fall(song)

    async def _after_a_fall(self, song: Song) -> None:
        """mpv went in the middle of a fade: whichever it was, the new song is heard, and goes on where it was."""
        for index, deck in enumerate(self._decks):
            try:
                await deck.fade(1.0 if index == self._doing.deck else 0.0)
            except Gone:
                await deck.mpv.start()
                self._volume = -1
                if index == self._doing.deck:
                    await deck.put_on(song, from_s=self._position_s(song))

    def _taken(self) -> Song | None:
        """The next song that is there."""
        while self._doing.queue:
            song = self._doing.queue.pop(0)
            if song.path.exists():
                return song
        return None

    async def _noted(self, song: Song) -> None:
        self._remember(song)
        await self._lay_ready()

    def _remember(self, song: Song) -> None:
        doing, now = self._doing, self._clock.now()
        doing.song = song
        doing.begun = Begun(secrets.token_hex(8), song, now.boot, now.boot_ms)
        doing.heard = [*doing.heard, song][-_HEARD_MOST:]
        doing.untold = [*doing.untold, doing.begun][-UNTOLD_MOST:]
        self._kept.save(doing)

    async def _lay_ready(self) -> None:
        """What mpv plays by itself should nobody be there at the end of what is on."""
        following = [*self._doing.queue[:2], self._doing.again()][:2]
        paths = [one.path for one in following if one is not None]
        if paths and self._doing.song is not None:
            with contextlib.suppress(Gone):
                await self._decks[self._doing.deck].follow_with(paths)
