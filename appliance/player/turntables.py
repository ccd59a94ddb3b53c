"""Two decks and what is on them: puts songs on, fades from one into the next, goes on where one fell.

What is to be heard, and when, `jukebox` decides.
"""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from appliance.clock import Clock
from appliance.errors import Unavailable
from appliance.player import fading
from appliance.player.deck import Deck, Place, is_there
from appliance.player.kept import UNTOLD_MOST, Begun, Doing, Kept
from appliance.player.mpv import Gone
from appliance.player.songs import Song
from appliance.player.spare import START_AGAIN_S, Spare

#: after a longer silence a song is not gone on with: another one begins
GO_ON_WITHIN_MS = 10 * 60 * 1000
#: a short song is heard alone for at least as long as it fades in, and out
_FADE_OF_SONG = 1 / 3
#: mpv has decoded so much ahead, and is in the next song by then: it goes on by itself without a gap
_GAPLESS_BELOW_S = 0.8
#: mpv turns down what it has not given away yet
_FADERS_LATE_S = 0.2
_HEARD_MOST = 500
#: of one song after the other, before what is on is looked at again
_TRIES = 3
_log = logging.getLogger(__name__)


class Turntables:
    """Raises Gone when the mpv that is heard does not answer."""

    def __init__(self, decks: tuple[Deck, Deck], kept: Kept, doing: Doing, *, clock: Clock) -> None:
        self._decks, self._kept, self._doing, self._clock = decks, kept, doing, clock
        self._spare = Spare(decks, doing, pass_over=self.pass_over)
        #: where the deck that is heard was when it was looked at last
        self.place = Place(None)
        #: what was wrong with a song, in words, and through how many songs' beginnings that is still told
        self._passed_over, self._told_for = "", 0

    @property
    def heard(self) -> Deck:
        """The deck that is heard."""
        return self._decks[self._doing.deck]

    @property
    def passed_over(self) -> str:
        """What was wrong with a song a moment ago; empty when nothing was."""
        return self._passed_over if self._told_for else ""

    async def look(self) -> Place:
        """Where the deck that is heard is."""
        self.place = await self.heard.place()
        return self.place

    def tend(self) -> None:
        """Sees to the other deck, beside whatever is done with this one."""
        self._spare.tend()

    async def leave(self) -> None:
        """Both play on by themselves."""
        await self._spare.free()

    async def end(self) -> None:
        """Silence."""
        await self._spare.free()
        for deck in self._decks:
            await deck.mpv.end()

    async def as_loud_as(self, volume: int) -> None:
        """How loud the house wants it, 0 to 100."""
        for deck in self._decks:
            deck.as_loud_as(volume)
        await self.heard.fade_as_before()

    async def find_again(self) -> None:
        """What a player before this one left on the decks: the song that began last is it."""
        found = await asyncio.gather(*(deck.mpv.find() for deck in self._decks))
        doing = self._doing
        for deck in self._decks:
            deck.as_loud_as(doing.volume)
        for index in (doing.deck, 1 - doing.deck):
            if found[index] and await self._is_found(index):
                return
        # The mpv with the song fell, too, and nobody was there: it goes on where it would be by now.
        if not any(found):
            await self._decks[doing.deck].mpv.start()
        elif not found[doing.deck]:
            doing.deck = 1 - doing.deck
        was_on = doing.song
        is_recent = was_on is not None and 0 < self._position_s(was_on) < GO_ON_WITHIN_MS / 1000
        if not (doing.plays and is_recent and await self._goes_on_at(doing.deck)):
            doing.song = None

    async def _is_found(self, index: int) -> bool:
        """Whether the song that is on is on this deck. One that lies ready there is none."""
        doing, deck = self._doing, self._decks[index]
        known = {song.path: song for song in (*doing.heard, *doing.queue, doing.song) if song is not None}
        with contextlib.suppress(Gone):
            place = await deck.place()
            song = known.get(place.path) if place.path is not None else None
            is_laid_ready = place.is_paused and doing.plays and song != doing.song
            if song is not None and not is_laid_ready:
                doing.deck = index
                doing.queue = [one for one in doing.queue if one.path != place.path]
                if song != doing.song or doing.begun is None:
                    self._remember(song)
                deck.now_on(song)
                await deck.fade(1.0)
                with contextlib.suppress(Gone):
                    await self._decks[1 - index].take_off()
                return True
        return False

    async def take_over(self) -> None:
        """The deck that was heard is gone: the song goes on where it was, on the other one at once."""
        fallen = self._doing.deck
        # One that is only stopped could sound again beside the other.
        self._decks[fallen].mpv.kill()
        await self._spare.free()
        if not self._doing.plays:
            self._doing.deck = 1 - fallen
            return
        for index in (1 - fallen, fallen):
            if await self._goes_on_at(index):
                return
        # Its file is gone, too: another one, on whichever deck is there first.
        self._doing.deck, self.place = 1 - fallen, Place(None)

    async def _goes_on_at(self, index: int) -> bool:
        """What is on goes on at this deck, if it can."""
        song, deck = self._doing.song, self._decks[index]
        if song is None or not song.path.exists():
            return False
        try:
            if not await is_there(deck) and not await deck.mpv.find():
                await deck.mpv.start()
            self._spare.forget()
            await deck.put_on(song, from_s=self._position_s(song))
        except Gone:
            return False
        except Unavailable as error:
            _log.warning("%s", error)
            await asyncio.sleep(START_AGAIN_S)
            return False
        self._doing.deck = index
        self._kept.save(self._doing)
        await self.lay_ready()
        return True

    def _position_s(self, song: Song) -> float:
        """How far what is on is: as mpv said last, or by when it began, if that is all that is known."""
        if self.place.path == song.path and self.place.position_s is not None:
            # Below 0 while the end of the song before it is heard yet; to mpv that would count from the end.
            return max(0.0, self.place.position_s)
        begun, now = self._doing.begun, self._clock.now()
        return (now.boot_ms - begun.boot_ms) / 1000 if begun is not None and begun.boot == now.boot else 0.0

    async def begin_anew(self) -> None:
        """Nothing is on: the next song, at once."""
        first = next(iter(self._doing.queue), None)
        is_ready = first is not None and self._spare.ready(first) is not None
        index = 1 - self._doing.deck if is_ready else self._doing.deck
        song = await self._put_on_next(index)
        if song is not None:
            self._doing.deck = index
            self._remember(song)
            await self._decks[index].fade(1.0)
            await self.lay_ready()

    async def _put_on_next(self, index: int, *, again: bool = False) -> Song | None:
        """The next song that has sound, with the fader down; with `again` one that was heard, if there is no other."""
        for _ in range(_TRIES):
            song = self._taken() or (self._doing.again() if again else None)
            if song is None:
                return None
            self._doing.coming = song
            try:
                if await self._is_put_on(song, index):
                    return song
                self.pass_over(song)
            except Gone:
                self._doing.queue.insert(0, song)
                raise
            finally:
                self._doing.coming = None
        return None

    async def _is_put_on(self, song: Song, index: int) -> bool:
        deck = self._decks[index]
        if index != self._doing.deck:
            lies_ready = self._spare.ready(song) is not None
            await self._spare.free()
            self._spare.forget()
            if lies_ready:
                await deck.hold(on=False)
                return True
        await deck.put_on(song, gain=0.0)
        return await deck.sounds(song.path) is not None

    async def went_on(self, path: Path) -> None:
        """mpv went on by itself to what was laid ready."""
        known = (*self._doing.queue, *reversed(self._doing.heard))
        song = next((one for one in known if one.path == path), None)
        if song is not None:
            self._doing.queue = [one for one in self._doing.queue if one.path != path]
            self.heard.now_on(song)
            await self.heard.fade(1.0)
            await self._noted(song)

    async def cross(self, within_s: float, *, goes_on: Callable[[], Awaitable[bool]], again: bool = False) -> None:
        """Into the next song on the other deck, for as long as it `goes_on`; with `again` into one that was heard, if
        there is no other.
        """
        if self._spare.is_starting:
            return
        old, new = self._doing.deck, 1 - self._doing.deck
        began_s = time.monotonic()
        try:
            song = await self._put_on_next(new, again=again)
        except Gone:
            # The other deck fell, and is seen to; this one goes on.
            return
        if song is None:
            return
        self._doing.deck = new
        await self._noted(song)
        with contextlib.suppress(Gone):
            # By itself it would go on to the same song.
            await self._decks[old].follow_with([])
        # What a fader does is heard a moment later; and the old song is not to end while it is still heard.
        within_s = max(0.0, within_s - (time.monotonic() - began_s) - _FADERS_LATE_S)
        await fading.cross(self._decks[old], self._decks[new], within_s=within_s, goes_on=goes_on)
        with contextlib.suppress(Gone):
            await self._decks[old].take_off()

    def fade_s(self, most_s: float) -> float:
        """How long the fade to the next song is: shorter between short songs, and none between very short ones."""
        following = self._spare.ready(self._doing.queue[0]) if self._doing.queue else None
        lengths = [one.length_s for one in (self.place, following) if one is not None and one.length_s]
        fade_s = min([most_s, *(length_s * _FADE_OF_SONG for length_s in lengths)])
        return fade_s if fade_s >= _GAPLESS_BELOW_S else 0.0

    def pass_over(self, song: Song) -> None:
        """There is no sound in this one."""
        _log.warning("%s has no sound in it, and is passed over", song.path.name)
        self._passed_over, self._told_for = f"{song.title!r} can't be played and was passed over.", 2
        self._doing.pass_over(song)

    def _taken(self) -> Song | None:
        """The next song that is there."""
        while self._doing.queue:
            song = self._doing.queue.pop(0)
            if song.path.exists():
                return song
        return None

    async def _noted(self, song: Song) -> None:
        self._remember(song)
        await self.lay_ready()

    def _remember(self, song: Song) -> None:
        doing, now = self._doing, self._clock.now()
        _log.info("plays %s", " - ".join(filter(None, (song.artist, song.title))))
        self._told_for = max(0, self._told_for - 1)
        doing.song = song
        doing.begun = Begun(secrets.token_hex(8), song, now.boot, now.boot_ms)
        doing.heard = [*doing.heard, song][-_HEARD_MOST:]
        doing.untold = [*doing.untold, doing.begun][-UNTOLD_MOST:]
        self._kept.save(doing)

    async def lay_ready(self) -> None:
        """What mpv plays by itself should nobody be there at the end of what is on."""
        following = [*self._doing.queue[:2], self._doing.again()][:2]
        paths = [one.path for one in following if one is not None]
        if paths and self._doing.song is not None:
            with contextlib.suppress(Gone):
                await self.heard.follow_with(paths)
