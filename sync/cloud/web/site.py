"""What routes may reach, as one typed bundle that the lifespan yields. No globals, no `app.state`."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypedDict
from weakref import WeakValueDictionary

from starlette.requests import Request as StarletteRequest

from appliance.errors import Unavailable
from appliance.web.words import Words
from sync.cloud.derive.worker import Deriving
from sync.cloud.fleet.live import LiveOut
from sync.cloud.fleet.metrics import Metrics
from sync.cloud.fleet.watching import Watching
from sync.cloud.identity import CloudKeys, load_keys
from sync.cloud.push.worker import Pushing
from sync.cloud.report.page import Report
from sync.cloud.report.reading import Shelf
from sync.cloud.settings import Settings
from sync.cloud.songs.bringing import Bringing
from sync.cloud.songs.opening import open_bytes
from sync.cloud.songs.rations import Rations
from sync.cloud.songs.sweeping import Sweeping
from sync.cloud.spreading import Crowd, Turns
from sync.cloud.store.engine import Database, migrate, open_database
from sync.cloud.web.pace import Pace
from sync.cloud.web.pages import Pages
from sync.cloud.web.tries import Tries

log = logging.getLogger(__name__)

_TRY_AGAIN_S = 1.0
#: each is a tenth of a second of arithmetic, on threads that boxes' batches need too
_REPORTS_MOST = 2
_SENDINGS_MOST, _FETCHES_MOST = 16, 16
#: songs that one organisation sends at once: slow lines must not keep the others out
_OF_ONE_MOST = 3


def _now_ms() -> int:
    return int(time.time() * 1000)


@dataclass(slots=True)
class Site:
    """One process of the cloud. Whatever must survive it is in the database."""

    settings: Settings
    database: Database
    pages: Pages
    turns: Turns
    #: makes nights of what boxes send
    deriving: Deriving
    #: sends to guests' phones
    pushing: Pushing
    #: looks after boxes, and tells pages what is on
    watching: Watching
    live: LiveOut
    #: songs on their way in, and what of them has to go
    bringing: Bringing
    sweeping: Sweeping
    metrics: Metrics = field(default_factory=Metrics)
    #: pages of nights, in six languages
    report: Report = field(default_factory=lambda: Report(Words()))
    #: nights that were read lately
    shelf: Shelf = field(default_factory=Shelf)
    #: what guests' pages say, in six languages
    words: Words = field(default_factory=Words)
    #: how often guests' phones ask
    pace: Pace = field(default_factory=Pace)
    #: reports that are being made: whoever has a link may ask again and again, and boxes come first
    reports: Turns = field(default_factory=lambda: Turns(_REPORTS_MOST, draw=random.uniform))
    #: songs that are being sent at once: each holds some parts in memory
    sendings: Turns = field(default_factory=lambda: Turns(_SENDINGS_MOST, draw=random.uniform, line_most=_OF_ONE_MOST))
    #: pieces of songs that boxes fetch at once
    fetches: Turns = field(default_factory=lambda: Turns(_FETCHES_MOST, draw=random.uniform))
    rations: Rations = field(default_factory=Rations)
    crowd: Crowd = field(default_factory=Crowd)
    #: wrong codes and keys
    tries: Tries = field(default_factory=Tries)
    #: milliseconds of Unix time
    now_ms: Callable[[], int] = _now_ms
    draw: Callable[[float, float], float] = random.uniform
    #: one request of a box at a time
    flights: "WeakValueDictionary[str, asyncio.Lock]" = field(default_factory=WeakValueDictionary)
    _keys: CloudKeys | None = None

    @property
    def keys(self) -> CloudKeys:
        """The service's own keys. Raises: Unavailable while the database was not reached yet."""
        if self._keys is None:
            raise Unavailable("database_away", "The cloud has not reached its database yet.", advice="Come again soon.")
        return self._keys

    async def get_ready(self) -> None:
        """Brings the schema up and loads the keys, for as long as that takes."""
        while self._keys is None:
            try:
                await migrate(self.database)
                self._keys = await load_keys(self.database)
            except Unavailable as error:
                log.warning("%s", error)
                await asyncio.sleep(_TRY_AGAIN_S)
        for part in (self.deriving, self.pushing, self.watching, self.live, self.sweeping):
            part.start()

    def flight(self, box: str) -> asyncio.Lock:
        """What a request of a box holds while it is at work."""
        return self.flights.setdefault(box, asyncio.Lock())


class State(TypedDict):
    """The lifespan's state."""

    site: Site


Request = StarletteRequest[State]


def site_of(request: Request) -> Site:
    """The site that a request came to."""
    return request.state["site"]


def _tell(ready: "asyncio.Task[None]") -> None:
    if not ready.cancelled() and (error := ready.exception()) is not None:
        log.error("The cloud can't get ready, and answers that: %s: %s", type(error).__name__, error)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Site]:
    """A site, which gets ready by itself as soon as its database is there."""
    async with open_database(settings.database) as database, open_bytes(settings.songs.place) as store:
        turns, watching = Turns(settings.batches_most, draw=random.uniform), Watching(database, now_ms=_now_ms)
        pushing = Pushing(database, settings.push_contact, settings.public_url, _now_ms)
        bringing = Bringing(database, store, settings=settings.songs, now_ms=_now_ms)
        sweeping = Sweeping(database, store, now_ms=_now_ms)
        parts = (Deriving(database), pushing, watching, LiveOut(database), bringing, sweeping)
        site = Site(settings, database, Pages(), turns, *parts)
        ready = asyncio.create_task(site.get_ready())
        ready.add_done_callback(_tell)
        # A server that is there answers the very first request.
        await asyncio.wait([ready], timeout=_TRY_AGAIN_S)
        try:
            yield site
        finally:
            ready.cancel()
            await asyncio.wait([ready])
            for part in (site.sweeping, site.live, site.watching, site.pushing, site.deriving):
                await part.stop()
