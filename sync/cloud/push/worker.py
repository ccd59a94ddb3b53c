"""The task that reads what is meant for guests and sends it, beside the receiver in its process.

Several processes may each have one. It looks every second or two, and at once when a box brought something.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from appliance.errors import Unavailable
from sync.cloud.push import signing_key
from sync.cloud.push.book import StoredBook
from sync.cloud.push.guests import UNCLAIMED_FOR_MS
from sync.cloud.push.letters import Signer, public_key
from sync.cloud.push.posting import Poster, open_poster
from sync.cloud.push.reading import Reader
from sync.cloud.push.rounds import Rounds
from sync.cloud.store.ports import Database

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
#: while a round of sending goes on
READ_EVERY_S = 0.5
_AWAY_S = 5.0
#: a page that is on its way ends within this
_END_WITHIN_S = 15.0
_SWEEP_EVERY_MS = 3_600_000


@dataclass(slots=True)
class Work:
    """What one turn does: reads, sends, and sweeps up now and then."""

    database: Database
    rounds: Rounds
    now_ms: Callable[[], int]
    _swept_ms: int = 0

    async def turn(self) -> int:
        """How many messages services took. Raises: Unavailable in an ExceptionGroup or alone."""
        now_ms = self.now_ms()
        if not 0 <= now_ms - self._swept_ms < _SWEEP_EVERY_MS:
            async with self.database.transaction(org=None) as tx:
                await tx.run("drop_unclaimed_subscriptions", before_ms=now_ms - UNCLAIMED_FOR_MS)
            self._swept_ms = now_ms
        reader = Reader(self.database, self.now_ms)
        await reader.once()
        reading = asyncio.get_running_loop().create_task(_read_on(reader), name="push-reading")
        try:
            return await self.rounds.once()
        finally:
            reading.cancel()
            await asyncio.wait([reading])


async def _read_on(reader: Reader) -> None:
    """Reads while messages are sent: what a box retracts meanwhile reaches nobody who was not claimed yet."""
    while True:
        await asyncio.sleep(READ_EVERY_S)
        try:
            await reader.once()
        except Unavailable as error:
            log.warning("Push: what boxes say is read later. %s", error)


@dataclass(slots=True)
class Pushing:
    """One worker, and what pages have to know of it."""

    database: Database
    #: whom push services write to; without one nothing is sent
    contact: str
    #: the cloud's own address; without one a tap would lead nowhere, so nothing is sent
    site: str
    now_ms: Callable[[], int]
    #: what sends, given who signs
    opened_poster: Callable[[Signer], AbstractAsyncContextManager[Poster]] = open_poster
    #: what browsers subscribe with, once it is known that messages can be sent
    public_key: bytes | None = None
    #: messages that services took since the start
    sent: int = 0
    _lost: bool = False
    _rounds: Rounds | None = None
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _task: "asyncio.Task[None] | None" = None

    def start(self) -> None:
        """Begins; the schema is there. Without a contact and an address there is nothing to begin."""
        if self.contact and self.site:
            self._task = asyncio.get_running_loop().create_task(self._work(), name="pushing")

    async def stop(self) -> None:
        """Stops. What is on its way is sent to its end, and nothing new is begun."""
        if self._task is None:
            return
        if self._rounds is not None:
            self._rounds.is_stopping = True
            self._woken.set()
            await asyncio.wait([self._task], timeout=_END_WITHIN_S)
        self._task.cancel()
        await asyncio.wait([self._task])

    def wake(self) -> None:
        """A box sent something."""
        self._woken.set()

    def problem(self) -> str | None:
        """What is wrong, in words for whoever runs the cloud, or None."""
        if self._lost:
            return (
                "The key for push messages is gone, and browsers that subscribed with it can't be reached. Bring back "
                "the table `secrets` from a copy of the database; do not make another key."
            )
        if self._task is not None and self._task.done() and not self._task.cancelled():
            return "No push messages are sent any more; everything else goes on. See the log, and start the cloud anew."
        return None

    async def _work(self) -> None:
        async with self._ready() as work:
            while not work.rounds.is_stopping:
                self._woken.clear()
                wait_s = LOOK_EVERY_S
                try:
                    self.sent += await work.turn()
                except* Unavailable as group:
                    log.warning("Push waits: %s", group.exceptions[0])
                    wait_s = _AWAY_S
                await self._rest(wait_s)

    async def _rest(self, wait_s: float) -> None:
        if self._rounds is None or not self._rounds.is_stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._woken.wait()

    @contextlib.asynccontextmanager
    async def _ready(self) -> AsyncIterator[Work]:
        """What is needed to work, as soon as somebody has made a key."""
        key = await self._key()
        async with self.opened_poster(Signer(key, self.contact)) as poster:
            self._rounds = Rounds(StoredBook(self.database, self.now_ms), poster, self.site, self.now_ms)
            self.public_key = public_key(key)
            yield Work(self.database, self._rounds, self.now_ms)

    async def _key(self) -> bytes:
        while True:
            try:
                if (key := await signing_key.load(self.database)) is not None:
                    return key
                async with self.database.transaction(org=None) as tx:
                    counted = await tx.one("count_all_subscriptions")
                if counted is not None and counted["n"] and not self._lost:
                    self._lost = True
                    log.error("Push: %s", self.problem())
            except Unavailable as error:
                log.warning("Push waits: %s", error)
            await asyncio.sleep(_AWAY_S)
