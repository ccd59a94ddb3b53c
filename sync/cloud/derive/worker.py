"""The task that derives, beside the receiver in its process. Several processes may each have one.

It asks every few seconds whether a box has something new; `wake` says that one has. While boxes send, it takes a fifth
of the time and leaves the rest to them. When the database is away it waits, and goes on where it was.
"""

import asyncio
import contextlib
import logging
import time

from appliance.errors import Unavailable
from sync.cloud.derive.projecting import derive_next, enlist
from sync.cloud.store.ports import Database

log = logging.getLogger(__name__)

#: how often to ask when nobody says anything, seconds
LOOK_EVERY_S = 2.0
#: and how long to leave a database alone that is away
AWAY_S = 5.0
#: how long after a batch more are expected, seconds; and how much rest follows work then
BUSY_FOR_S = 1.0
REST = 4


class Deriving:
    """One worker."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._woken = asyncio.Event()
        self._noticed_s = -BUSY_FOR_S
        self._task: asyncio.Task[None] | None = None
        #: entries derived since the start, for /metrics
        self.derived = 0

    def start(self) -> None:
        """Begins to work; the schema is there."""
        self._task = asyncio.get_running_loop().create_task(self._work(), name="deriving")
        self._task.add_done_callback(_tell)

    async def stop(self) -> None:
        """Stops. What was begun is undone, and done again by whoever comes next."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def wake(self) -> None:
        """A box sent something."""
        self._noticed_s = time.monotonic()
        self._woken.set()

    def problem(self) -> str | None:
        """What is wrong, in words for whoever runs the cloud, or None."""
        if self._task is not None and self._task.done() and not self._task.cancelled():
            return "Nothing is derived any more, so reports stand still; what boxes send is kept. See the log."
        return None

    async def catch_up(self) -> int:
        """Derives until no box waits; how many entries that were. Raises: Unavailable."""
        total = 0
        await enlist(self._database)
        while True:
            began_s = time.monotonic()
            done = await derive_next(self._database, turn=time.time_ns() // 1_000)
            if done is None:
                return total
            total += done
            self.derived += done
            if began_s - self._noticed_s < BUSY_FOR_S:
                await asyncio.sleep((time.monotonic() - began_s) * REST)

    async def _work(self) -> None:
        while True:
            self._woken.clear()
            wait_s = LOOK_EVERY_S
            try:
                await self.catch_up()
            except Unavailable as error:
                log.warning("Deriving waits: %s", error.detail)
                wait_s = AWAY_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._woken.wait()


def _tell(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("Deriving has ended by a fault.", exc_info=error)
