"""Fetches one song, piece by piece: as fast as is allowed, behind the journal, and no byte twice but by accident."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from appliance.clock import Clock
from sync.agent.cloud import Cloud, code_of
from sync.agent.songs import words
from sync.agent.songs.allowance import PIECE_LEAST, Spent, piece_bytes, read_spent
from sync.agent.songs.notes import Notes
from sync.agent.songs.shelf import Shelf
from sync.agent.store.songs import HERE, REFUSED, Song, SongBook
from sync.agent.waking import Worker
from sync.agent.wire import Response, Wire

log = logging.getLogger(__name__)

#: how often the journal is looked at while songs wait for it
_GIVE_WAY_S = 0.5
#: bytes after which is written down what was fetched today
_NOTE_EVERY = 2 * 1024 * 1024
#: answers that say that the cloud can't now
_BUSY = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a song may cost."""

    #: bytes a second
    rate: float
    #: bytes in a day; 0 for no bound
    day: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Why nothing more is fetched for now, a stable word, and for how long."""

    reason: str
    seconds: float
    #: of this song only; others may be tried
    is_song: bool = False


class Fetcher:
    """One song after the other."""

    def __init__(
        self,
        book: SongBook,
        shelf: Shelf,
        *,
        bounds: Bounds,
        worker: Worker,
        cloud: Cloud,
        clock: Clock,
        notes: Notes,
        is_behind: Callable[[], Awaitable[bool]],
    ) -> None:
        """`is_behind`: whether the journal waits for its way."""
        self._book, self._shelf, self._bounds, self._worker = book, shelf, bounds, worker
        self._cloud, self._clock, self._notes, self._is_behind = cloud, clock, notes, is_behind
        self._link_rate = float(PIECE_LEAST)
        self._spent: Spent | None = None
        self._noted = 0
        #: songs of which the wrong bytes came, and how often
        self._wrong: dict[str, int] = {}

    async def fetch(self, wire: Wire, song: Song, *, came: Callable[[int], Awaitable[None]]) -> Stop | None:
        """Until it is among the music; None then. `came` is told how much there is.

        Raises: Lost, Unavailable, OSError.
        """
        have = await asyncio.to_thread(self._shelf.came, song)
        if not have and (file := await asyncio.to_thread(self._shelf.find, song)):
            await self._is_here(song, file)
            return None
        while have < song.size:
            if stop := await self._may_go_on(song, have):
                return stop
            began = asyncio.get_running_loop().time()
            most = min(piece_bytes(min(self._link_rate, self._bounds.rate)), song.size - have)
            kind = {"Range": f"bytes={have}-{have + most - 1}"}
            response = await self._cloud.ask(wire, "GET", f"{words.PATH}/{song.id}", kind=kind)
            if not words.is_piece(response, start=have, size=song.size, most=most):
                return await self._refused(response, song)
            count = len(response.body)
            have = await asyncio.to_thread(self._shelf.add, song, bytes(response.body), at=have)
            await self._pay(count)
            self._notes.comes(song, have)
            await came(have)
            await self._rest(count, since_s=began)
        return await self._take(song)

    async def _may_go_on(self, song: Song, have: int) -> Stop | None:
        pace = self._cloud.pace
        if not await asyncio.to_thread(self._shelf.has_room, song.size - have):
            return Stop("no_room", pace.songs_pause_s)
        spent = await self._today()
        if self._bounds.day and spent.bytes >= self._bounds.day:
            return Stop("day_share", min(3600.0, spent.left_ms(self._clock.now()) / 1000 + 1))
        while await self._is_behind():
            self._notes.pause("journal")
            await asyncio.sleep(_GIVE_WAY_S)
        return None

    async def _today(self) -> Spent:
        if self._spent is None:
            self._spent = read_spent(await self._worker.do(lambda: self._book.spent))
        self._spent = self._spent.at(self._clock.now())
        return self._spent

    async def _pay(self, count: int) -> None:
        self._spent = (await self._today()).plus(count)
        self._noted += count
        if self._noted >= _NOTE_EVERY:
            await self.note_spent()

    async def note_spent(self) -> None:
        """Writes down what was fetched today. Raises: Unavailable."""
        if self._noted and self._spent is not None:
            text, self._noted = self._spent.text(), 0
            await self._worker.do(lambda: self._book.note_spent(text))

    async def _rest(self, count: int, *, since_s: float) -> None:
        took_s = max(0.001, asyncio.get_running_loop().time() - since_s)
        self._link_rate = 0.5 * self._link_rate + 0.5 * count / took_s
        await asyncio.sleep(max(0.0, count / self._bounds.rate - took_s))

    async def _refused(self, response: Response, song: Song) -> Stop:
        code, pace = code_of(response), self._cloud.pace
        if code == "song_unknown":
            # Deleted, or not for this box any more: the list says so.
            return Stop("list", pace.first_wait_s)
        if code == "song_bytes_gone":
            return await self._give_up(song, "gone")
        if code == "song_too_often":
            return Stop(code, pace.songs_wrong_s, is_song=True)
        if response.status not in _BUSY:
            log.warning("The cloud gives no piece of %s (%d %s).", song.name, response.status, code)
        return Stop("songs_away", pace.songs_pause_s)

    async def _take(self, song: Song) -> Stop | None:
        await self.note_spent()
        if not await asyncio.to_thread(self._shelf.is_right, song):
            await asyncio.to_thread(self._shelf.begin_anew, song)
            self._wrong[song.id] = self._wrong.get(song.id, 0) + 1
            log.warning("What came of %s is not what the cloud stored.", song.name)
            # A pulled plug may have spoilt it, or the link: once more.
            return Stop("again", 0.0) if self._wrong[song.id] == 1 else await self._give_up(song, "hash_wrong")
        self._wrong.pop(song.id, None)
        file = await asyncio.to_thread(self._shelf.place, song)
        log.info("%s came from the cloud.", file)
        await self._is_here(song, file)
        return None

    async def _is_here(self, song: Song, file: str) -> None:
        await self._worker.do(lambda: self._book.note(song, state=HERE, file=file))
        await asyncio.to_thread(self._shelf.placed, song)

    async def _give_up(self, song: Song, reason: str) -> Stop:
        await self._worker.do(lambda: self._book.note(song, state=REFUSED, reason=reason))
        return Stop(reason, self._cloud.pace.songs_wrong_s, is_song=True)
