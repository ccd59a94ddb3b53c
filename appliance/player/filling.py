"""Sees to it that songs are ready before they are needed; without whoever chooses, those that are kept come again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from appliance.errors import Refused, Unavailable
from appliance.player.kept import DiskFull, Doing, Kept
from appliance.player.songs import Song, Songs

_LOOK_S = 0.1
_ASK_AGAIN_S = 2.0
#: the library has nothing, which may be because its stick was pulled out: then what is kept goes on. Whatever else a
#: box says is what somebody wants, such as rules that leave nothing: then there is silence
_GOES_ON = frozenset({"nothing_to_play"})
_log = logging.getLogger(__name__)


class Filling:
    """Fills a player's queue for ever."""

    def __init__(
        self, songs: Songs, kept: Kept, *, left_s: Callable[[], float | None], ready: Callable[[], Awaitable[None]]
    ) -> None:
        """`left_s` tells how long what is on has to go; None: nothing is. `ready` is told of the first in a queue."""
        self._songs, self._kept, self._left_s, self._ready = songs, kept, left_s, ready
        #: why there are no new songs; empty when there are
        self.trouble = ""

    async def run(self, doing: Doing) -> None:
        """Fills until it is cancelled."""
        while True:
            if doing.plays and self._is_due(doing) and not await self._add_one(doing):
                await asyncio.sleep(_ASK_AGAIN_S)
            await asyncio.sleep(_LOOK_S)

    def _is_due(self, doing: Doing) -> bool:
        if len(doing.queue) >= self._songs.ahead:
            return False
        before_s, left_s = self._songs.asked_before_s, self._left_s()
        return before_s is None or left_s is None or left_s <= before_s

    async def _add_one(self, doing: Doing) -> bool:
        kept = None
        try:
            kept = await self._next(doing)
        except DiskFull as error:
            if self._kept.make_room(_wanted(doing)):
                return True
            self._note(str(error))
        except Unavailable as error:
            self._note(str(error))
        except Refused as error:
            self._note(str(error))
            if error.code not in _GOES_ON:
                return False
        else:
            self._note("" if kept else "There is no song to play.")
        again = kept or (None if doing.queue else doing.again())
        if again is None or not doing.plays:
            return False
        doing.queue.append(again)
        self._kept.tidy(_wanted(doing))
        self._kept.save(doing)
        if len(doing.queue) == 1:
            await self._ready()
        return kept is not None

    async def _next(self, doing: Doing) -> Song | None:
        coming = (doing.coming,) if doing.coming is not None else ()
        # Whoever chooses is to go on after what had no sound, too, or it would be the same again.
        before = (
            *(song.id for song in doing.heard),
            *doing.unplayable[-2:],
            *(song.id for song in (*coming, *doing.queue)),
        )
        song = await self._songs.next_song(before)
        return await self._kept.keep(song, self._songs) if song is not None else None

    def _note(self, trouble: str) -> None:
        if trouble and trouble != self.trouble:
            _log.warning("no new songs: %s", trouble)
        self.trouble = trouble


def _wanted(doing: Doing) -> set[Path]:
    """Files that are needed whatever else is."""
    return {one.path for one in (*doing.queue, doing.song, doing.coming) if one is not None}
