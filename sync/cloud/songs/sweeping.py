"""Has the store let go of what nobody needs any more: deleted songs, and what was begun and never ended."""

import asyncio
import logging
from collections.abc import Callable

from appliance.errors import NotKnown, Unavailable
from sync.cloud.songs.ports import SongBytes
from sync.cloud.store.ports import Database

log = logging.getLogger(__name__)

SWEEP_EVERY_S = 20.0
#: what nobody went on with for so long is given up
GIVEN_UP_AFTER_MS = 7 * 24 * 3600 * 1000
_AT_ONCE = 100


async def sweep(database: Database, store: SongBytes, *, now_ms: int) -> int:
    """Lets go of a hundred things at most; how many. Several processes may do so at once. Raises: Unavailable."""
    async with database.transaction(org=None) as tx:
        for row in await tx.all("song_uploads_given_up", before_ms=now_ms - GIVEN_UP_AFTER_MS, limit=_AT_ONCE):
            left = {"org": row["org_id"], "object": row["object"], "handle": row["handle"]}
            await tx.run("song_left", now_ms=now_ms, **left)
            await tx.run("song_upload_over", org=row["org_id"], id=row["id"])
        leftovers = await tx.all("song_leftovers", limit=_AT_ONCE)
    for row in leftovers:
        try:
            if row["handle"]:
                await store.give_up(row["object"], row["handle"])
            await store.remove(row["object"])
        except NotKnown:
            log.debug("%s was gone.", row["object"])
        async with database.transaction(org=None) as tx:
            await tx.run("song_let_go", object=row["object"])
    return len(leftovers)


class Sweeping:
    """The task that does so now and then."""

    def __init__(self, database: Database, store: SongBytes, *, now_ms: Callable[[], int]) -> None:
        self._database, self._store, self._now_ms = database, store, now_ms
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins; the schema is there."""
        self._task = asyncio.get_running_loop().create_task(self._work(), name="sweeping")

    async def stop(self) -> None:
        """Stops."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _work(self) -> None:
        while True:
            try:
                await sweep(self._database, self._store, now_ms=self._now_ms())
            except Unavailable as error:
                log.warning("What is left of songs waits: %s", error.detail)
            await asyncio.sleep(SWEEP_EVERY_S)
