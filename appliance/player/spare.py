"""The deck that is not heard: sees that an mpv is there, and that the next song lies ready on it.

So a song without sound is found out before it is needed, and whatever happens to the other deck, this one can go on.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from appliance.errors import Unavailable
from appliance.player.deck import Deck, Place, is_there
from appliance.player.kept import Doing
from appliance.player.mpv import Gone
from appliance.player.songs import Song

#: where mpv can't be started, it is tried again after so long
START_AGAIN_S = 1.0
_log = logging.getLogger(__name__)


class Spare:
    """Does its work beside the deck that is heard, and stops when that needs it."""

    def __init__(self, decks: tuple[Deck, Deck], doing: Doing, *, pass_over: Callable[[Song], None]) -> None:
        """`pass_over` is told of songs without sound."""
        self._decks, self._doing, self._pass_over = decks, doing, pass_over
        self._starting: asyncio.Task[None] | None = None
        self._tending: asyncio.Task[None] | None = None
        #: decks that had an mpv
        self._seen: set[int] = set()
        self._ready: tuple[int, Song, Place] | None = None

    def tend(self) -> None:
        """Sees to the deck, without waiting for it."""
        if self._tending is None or self._tending.done():
            self._tending = asyncio.create_task(self._see_to(1 - self._doing.deck))

    def ready(self, song: Song) -> Place | None:
        """Where the deck is when this song lies ready there; None otherwise."""
        is_ready = self._ready is not None and self._ready[:2] == (1 - self._doing.deck, song)
        return self._ready[2] if is_ready and self._ready is not None else None

    @property
    def is_starting(self) -> bool:
        """Whether no mpv is there yet."""
        return self._starting is not None and not self._starting.done()

    async def free(self) -> None:
        """Leaves the deck to whoever needs it now, once an mpv that is being started is there."""
        if self._starting is not None:
            await asyncio.wait({self._starting})
        if self._tending is not None:
            self._tending.cancel()
            await asyncio.wait({self._tending})

    def forget(self) -> None:
        """What lay ready there does not any more."""
        self._ready = None

    async def _see_to(self, index: int) -> None:
        deck = self._decks[index]
        if not await is_there(deck) and not await deck.mpv.find():
            self._ready = None
            if index in self._seen:
                _log.warning("mpv, which plays, was gone; the music goes on, and another one is started in its place")
            self._starting = asyncio.create_task(self._start(deck))
            await asyncio.shield(self._starting)
        self._seen.add(index)
        first = next(iter(self._doing.queue), None)
        if first is None or self.ready(first) is not None:
            return
        self._ready = None
        # One that falls now is started anew at the next look.
        with contextlib.suppress(Gone):
            place = await deck.cue(first)
            if place is None:
                self._pass_over(first)
            else:
                self._ready = (index, first, place)

    async def _start(self, deck: Deck) -> None:
        try:
            await deck.mpv.start()
        except Unavailable as error:
            _log.warning("%s", error)
            await asyncio.sleep(START_AGAIN_S)
