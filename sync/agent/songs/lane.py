"""The songs' lane: asks the cloud what it wants here, lets go of what it does not, fetches the rest, says how it is.

On a connection of its own, at the pace that the settings allow, and never before the journal. A list that did not come
whole changes nothing; without a cloud everything stays as it is.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from functools import partial

from appliance.domain.uplink import Uplink
from appliance.errors import Unavailable
from sync.agent.cloud import Cloud
from sync.agent.songs import words
from sync.agent.songs.fetching import Fetcher, Stop
from sync.agent.songs.notes import Notes
from sync.agent.songs.shelf import FULL, Shelf
from sync.agent.songs.words import SongList
from sync.agent.store.songs import COMING, HERE, LEAVING, REFUSED, Song, SongBook
from sync.agent.telling import Telling
from sync.agent.waking import Bell, Worker
from sync.agent.wire import Lost, Wire
from sync.journal.backoff import Backoff

log = logging.getLogger(__name__)

_SILENT = frozenset({Uplink.UNCLAIMED, Uplink.REVOKED, Uplink.REFUSED})
#: what the cloud need not hear: it is over soon
_PASSING = frozenset({"journal", "offline", "again", "list"})
#: the cloud is told everything anew at most so often
_ANEW_EVERY_S = 3600.0
#: more than any organisation has
_SONGS_MOST = 20_000
#: the cloud ends a line that says nothing for longer
_HOLD_S = 70.0


class SongLane:
    """One box's."""

    def __init__(
        self,
        book: SongBook,
        shelf: Shelf,
        fetcher: Fetcher,
        *,
        is_on: bool,
        worker: Worker,
        cloud: Cloud,
        telling: Telling,
        notes: Notes,
        link_up: Bell,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> None:
        """`is_on`: whether songs are fetched; what the cloud deletes leaves in any case."""
        self._book, self._shelf, self._fetcher, self._is_on = book, shelf, fetcher, is_on
        self._worker, self._cloud, self._telling, self._notes = worker, cloud, telling, notes
        self._link_up, self._draw, self._pace = link_up, draw, cloud.pace
        self._backoff = Backoff(base_s=self._pace.first_wait_s, most_s=self._pace.longest_wait_s)
        #: not before then, by the loop's clock
        self._later: dict[str, float] = {}
        self._told_pause: str | None = None
        #: the cloud has no songs: it is of an older version
        self._is_older = False
        self._told_came_s = self._told_anew_s = float("-inf")

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if self._telling.now.state in _SILENT or not self._cloud.is_known:
                self._notes.pause("unclaimed")
                await asyncio.sleep(self._pace.live_s)
                continue
            rest_s = await self._conversation()
            if not rest_s:
                self._backoff = self._backoff.failed(draw=self._draw)
            if await self._link_up.heard(rest_s or self._backoff.last_s):
                self._backoff = self._backoff.forgotten()

    async def _conversation(self) -> float:
        """Talks until that ends; how long there is nothing to say then, 0 when it was cut short."""
        try:
            wire = await self._cloud.connect()
        except (Lost, OSError):
            self._notes.pause("offline")
            return 0.0
        try:
            return await self._talk(wire)
        except Lost as lost:
            if lost.code != "closed":
                self._notes.pause("offline")
        except Unavailable as error:
            log.warning("Songs wait: %s", error)
            self._notes.pause("store")
        except OSError as error:
            log.warning("The disk takes no song: %s", error)
            self._notes.pause("no_room" if error.errno in FULL else "store")
        finally:
            await wire.close()
        return 0.0

    async def _talk(self, wire: Wire) -> float:
        """Says and hears what there is until a rest that is too long to hold the line for; that many seconds."""
        clock = asyncio.get_running_loop()
        while True:
            listed = await self._list(wire)
            if listed is None:
                return self._pace.songs_none_s if self._is_older else self._pace.songs_pause_s
            self._backoff = self._backoff.succeeded(now_s=clock.time())
            await self._let_go(wire)
            look_s = min(float(listed.again_s), self._pace.songs_look_s)
            stop = await self._fetch_all(wire, until_s=clock.time() + look_s)
            await self._tell(wire, stop.reason if stop else "")
            rest_s = look_s if stop is None else stop.seconds if stop.reason == "off" else min(look_s, stop.seconds)
            if rest_s > _HOLD_S:
                return rest_s
            await asyncio.sleep(rest_s)
            if not wire.is_open:
                return self._pace.first_wait_s

    async def _songs(self) -> list[Song]:
        songs = await self._worker.do(self._book.all)
        self._notes.count(songs)
        return songs

    async def _list(self, wire: Wire) -> SongList | None:
        """What the cloud wants here; None when it does not say."""
        mark = await self._worker.do(lambda: self._book.mark)
        response = await self._cloud.ask(wire, "GET", f"{words.PATH}?known={mark}")
        self._is_older = response.status == 404
        listed = words.read_list(response)
        if listed is None:
            return None
        if not (listed.same and listed.mark == mark):
            rest = listed
            found = {one.id: words.song_of(one) for one in listed.songs}
            while rest.next and len(found) < _SONGS_MOST:
                following = words.read_list(await self._cloud.ask(wire, "GET", f"{words.PATH}?after={rest.next}"))
                if following is None or following.mark != listed.mark or following.next == rest.next:
                    # It changed meanwhile: the next look has it whole.
                    return None
                rest = following
                found |= {one.id: words.song_of(one) for one in rest.songs}
            await self._take_list(list(found.values()), mark=listed.mark)
        await self._compare(listed.here)
        return listed

    async def _take_list(self, songs: list[Song], *, mark: str) -> None:
        def take() -> None:
            self._book.take_list(songs, mark=mark)
            for song in songs:
                if song.state == REFUSED:
                    self._book.note(song, state=REFUSED, reason=song.reason)

        await self._worker.do(take)

    async def _compare(self, here: int) -> None:
        """The cloud may have been set back to an older copy: then it is told everything once more."""
        songs, now_s = await self._songs(), asyncio.get_running_loop().time()
        known = sum(song.state == HERE and song.told for song in songs)
        if here != known and all(song.told for song in songs) and now_s - self._told_anew_s > _ANEW_EVERY_S:
            self._told_anew_s = now_s
            await self._worker.do(self._book.tell_again)

    async def _let_go(self, wire: Wire) -> None:
        """What the cloud does not want here any more leaves; what somebody took away by hand comes again."""
        songs = await self._songs()
        await asyncio.to_thread(self._shelf.clear, {song.id for song in songs if song.state in {COMING, REFUSED}})
        for song in await asyncio.to_thread(lambda: [one for one in songs if not self._is_well(one)]):
            await self._worker.do(lambda song=song: self._book.note(song, state=COMING))  # type: ignore[misc]
        leaving = [song for song in songs if song.state == LEAVING]
        for song in leaving:
            await asyncio.to_thread(self._shelf.remove, song)
        for start in range(0, len(leaving), words.TOLD_MOST):
            some = leaving[start : start + words.TOLD_MOST]
            if await self._say(wire, words.gone(some, pause=self._told_pause or "")):
                for song in some:
                    await self._worker.do(lambda song=song: self._book.drop(song))  # type: ignore[misc]

    def _is_well(self, song: Song) -> bool:
        return song.state != HERE or self._shelf.is_there(song)

    async def _fetch_all(self, wire: Wire, *, until_s: float) -> Stop | None:
        """One after the other until nothing is missing, or something stands in the way, or the list is old."""
        clock = asyncio.get_running_loop()
        missing = [song for song in await self._songs() if song.state in {COMING, REFUSED}]
        missing = [song for song in missing if song.name and self._later.get(song.id, 0.0) <= clock.time()]
        if missing and not self._is_on:
            self._notes.pause("off")
            return Stop("off", self._pace.songs_none_s)
        came = await asyncio.to_thread(lambda: {song.id: self._shelf.came(song) for song in missing})
        for song in sorted(missing, key=lambda one: (not came[one.id], one.id)):
            stop = await self._fetcher.fetch(wire, song, came=partial(self._came, wire, song))
            if stop is None or stop.is_song:
                if stop is not None:
                    self._later[song.id] = clock.time() + stop.seconds
                await self._songs()
                await self._tell(wire, "", least=20)
            elif stop.reason in _PASSING:
                return Stop(stop.reason, 0.0)
            else:
                self._notes.pause(stop.reason)
                return stop
            if clock.time() >= until_s:
                return Stop("list", 0.0)
        self._notes.pause("")
        return None

    async def _came(self, wire: Wire, song: Song, have: int) -> None:
        now_s = asyncio.get_running_loop().time()
        if now_s - self._told_came_s >= self._pace.songs_tell_s and have < song.size:
            self._told_came_s = now_s
            await self._say(wire, words.told([song], pause="", came=have))
            self._told_pause = ""

    async def _tell(self, wire: Wire, pause: str, *, least: int = 1) -> None:
        """Tells the cloud what changed, when `least` songs did or why nothing comes."""
        pause = "" if pause in _PASSING else pause
        untold = [song for song in await self._songs() if not song.told and song.state != LEAVING]
        if len(untold) < least and pause == self._told_pause:
            return
        for start in range(0, max(1, len(untold)), words.TOLD_MOST):
            some = untold[start : start + words.TOLD_MOST]
            if await self._say(wire, words.told(some, pause=pause)):
                self._told_pause = pause
                await self._worker.do(lambda some=some: self._book.told(some))  # type: ignore[misc]

    async def _say(self, wire: Wire, body: bytes) -> bool:
        response = await self._cloud.ask(wire, "PUT", words.PATH, body, kind=words.JSON)
        return response.status == 204
