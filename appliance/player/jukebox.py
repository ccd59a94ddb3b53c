"""Plays one song into the next on two decks, and lets no accident be heard for long.

- whoever chooses is gone: what is kept is played again, longest ago first
- mpv is gone: another goes on with the song where it was
- the player is gone: mpv plays on, and the next song after it; the next player finds both and goes on with them
"""

import asyncio
import logging
import math
from pathlib import Path

from appliance.errors import Unavailable
from appliance.player.deck import Deck, Place
from appliance.player.kept import Doing, Kept
from appliance.player.mpv import Gone
from appliance.player.songs import Song, Songs

CROSSFADE_S = 5.0
#: ready before they are needed
QUEUED = 3
_LOOK_S = 0.1
_FADE_STEP_S = 0.05
_ASK_AGAIN_S = 2.0
_HEARD_MOST = 500
_log = logging.getLogger(__name__)


class Jukebox:
    """`run` plays until it is cancelled."""

    def __init__(self, decks: tuple[Deck, Deck], songs: Songs, kept: Kept, *, crossfade_s: float = CROSSFADE_S) -> None:
        self._decks, self._songs, self._kept, self._crossfade_s = decks, songs, kept, crossfade_s
        self._doing = Doing()
        self._place = Place(None)
        self._is_waiting = False

    @property
    def song(self) -> Song | None:
        """What is on."""
        return self._doing.song

    @property
    def place(self) -> Place:
        """How far it is, as mpv said a moment ago."""
        return self._place

    async def run(self) -> None:
        """Raises: Unavailable when mpv can't be started."""
        self._doing = self._kept.load()
        for deck in self._decks:
            if not await deck.mpv.find():
                await deck.mpv.start()
        filling = asyncio.create_task(self._fill())
        try:
            await self._find_again()
            while not filling.done():
                await self._look()
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
        known = {song.path: song for song in (*self._doing.queue, self._doing.song) if song is not None}
        for index in (self._doing.deck, 1 - self._doing.deck):
            place = await self._decks[index].place()
            if place.path in known:
                self._doing.deck, self._doing.song = index, known[place.path]
                self._doing.queue = [one for one in self._doing.queue if one.path != place.path]
                await self._decks[index].fade(1.0)
                await self._decks[1 - index].take_off()
                return
        self._doing.song = None

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
        """What follows from what is on."""
        doing = self._doing
        self._place = place = await self._decks[doing.deck].place()
        if place.path is None:
            await self._begin_anew()
        elif doing.song is None or place.path != doing.song.path:
            self._went_on(place.path)
        elif place.left_s is not None and place.left_s <= self._crossfade_s and doing.queue:
            await self._cross(place.left_s)

    async def _mend(self, index: int) -> None:
        """mpv is gone: another one in its place, with the song where it was."""
        _log.warning("mpv was gone; another one goes on")
        deck, song, at_s = self._decks[index], self._doing.song, self._place.position_s or 0.0
        await deck.mpv.start()
        if index == self._doing.deck and song is not None and song.path.exists():
            await deck.put_on(song.path, from_s=at_s)
            await self._lay_ready()

    async def _begin_anew(self) -> None:
        """Nothing is on: the next song, at once."""
        song = self._taken()
        if song is not None:
            await self._decks[self._doing.deck].put_on(song.path)
            await self._noted(song)

    def _went_on(self, path: Path) -> None:
        """mpv went on by itself to what was laid ready."""
        song = next((one for one in self._doing.queue if one.path == path), None)
        if song is not None:
            self._doing.queue.remove(song)
            self._remember(song)

    async def _cross(self, left_s: float) -> None:
        """Into the next song on the other deck, as loud together as one alone."""
        song = self._taken()
        if song is None:
            return
        old, new = self._doing.deck, 1 - self._doing.deck
        steps = max(1, math.ceil(left_s / _FADE_STEP_S))
        self._doing.deck = new
        try:
            await self._decks[new].put_on(song.path, gain=0.0)
            await self._noted(song)
            for step in range(1, steps + 1):
                turn = step / steps * math.pi / 2
                await self._decks[new].fade(math.sin(turn))
                await self._decks[old].fade(math.cos(turn))
                await asyncio.sleep(_FADE_STEP_S)
            await self._decks[old].take_off()
        except Gone:
            await self._after_a_fall(song)

    async def _after_a_fall(self, song: Song) -> None:
        """mpv went in the middle of a fade: whichever it was, the new song is heard, and in full."""
        for index, deck in enumerate(self._decks):
            try:
                await deck.fade(1.0 if index == self._doing.deck else 0.0)
            except Gone:
                await deck.mpv.start()
                if index == self._doing.deck:
                    await deck.put_on(song.path)

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
        self._doing.song = song
        self._doing.heard = [*self._doing.heard, song][-_HEARD_MOST:]
        self._kept.save(self._doing)

    async def _lay_ready(self) -> None:
        if self._doing.queue:
            await self._decks[self._doing.deck].follow_with(self._doing.queue[0].path)

    async def _fill(self) -> None:
        """Keeps songs ready, for ever."""
        while True:
            if len(self._doing.queue) < QUEUED and not await self._add_one():
                await asyncio.sleep(_ASK_AGAIN_S)
            await asyncio.sleep(_LOOK_S)

    async def _add_one(self) -> bool:
        before = tuple(song.id for song in (*self._doing.heard, *self._doing.queue))
        try:
            song = await self._songs.next_song(before)
            kept = await self._kept.keep(song) if song is not None else None
        except Unavailable as error:
            if not self._is_waiting:
                _log.warning("no new songs: %s", error)
            kept = None
        self._is_waiting = kept is None
        again = kept or (None if self._doing.queue else self._doing.again())
        if again is None:
            return False
        self._doing.queue.append(again)
        self._kept.tidy({one.path for one in (*self._doing.queue, self._doing.song) if one is not None})
        self._kept.save(self._doing)
        if len(self._doing.queue) == 1 and self._doing.song is not None:
            try:
                await self._lay_ready()
            except Gone:
                _log.debug("mpv is being replaced")
        return kept is not None
