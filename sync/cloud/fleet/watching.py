"""The task that watches over boxes, beside the receiver in its process; of several processes one at a time does it.

It looks every few seconds at the boxes that were heard lately and at those with an alarm, so its work grows with what
is online and not with what there is.
"""

import asyncio
import logging
from collections.abc import Callable

from appliance.errors import Unavailable
from sync.cloud.fleet import reading, rules
from sync.cloud.fleet.rules import Alarm, Kind
from sync.cloud.store.ports import Database, Row, Tx

log = logging.getLogger(__name__)

LOOK_EVERY_S = 15.0
#: a box that fell silent is looked at until that is noted
_LATELY_MS = 2 * rules.HEARD_MS


async def watch(database: Database, *, now_ms: int) -> int:
    """One look at everything; how many alarms were raised or are over. Raises: Unavailable."""
    async with database.transaction(org=None) as tx:
        turn = await tx.one("fleet_turn")
        if turn is None or not turn["mine"]:
            return 0
        alarms = reading.by_box(await tx.all("fleet_alarms"))
        changed = 0
        for row in await tx.all("fleet_to_watch", since_ms=now_ms - _LATELY_MS):
            changed += await _look(tx, row, alarms.get((row["org_id"], row["id"]), []), now_ms=now_ms)
        return changed


async def _look(tx: Tx, row: Row, alarms: list[Alarm], *, now_ms: int) -> int:
    box, before = reading.told_in(row), reading.watched_of(row)
    who = {"org": row["org_id"], "box": box.box_id}
    now = rules.look(before, box, now_ms=now_ms)
    if now != before or row["dropped"] is None:
        await tx.run(
            "fleet_watched",
            **who,
            heard_since_ms=now.heard_since_ms,
            dropped=now.dropped,
            dropped_ms=now.dropped_ms,
        )
    raised, over = rules.verdict(alarms, box, now, now_ms=now_ms)
    for kind in raised:
        log.warning("Box %s: %s", box.box_id, kind.value)
        await tx.run("raise_alarm", **who, kind=kind.value, subject="", now_ms=now_ms)
    for alarm in over:
        log.info("Box %s: %s is over", box.box_id, alarm.kind)
        await tx.run("clear_alarm", **who, kind=alarm.kind, subject=alarm.subject, now_ms=now_ms)
    return len(raised) + len(over)


class Watching:
    """One watcher, and what the receiver notices by itself."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database, self._now_ms = database, now_ms
        self._task: asyncio.Task[None] | None = None
        self._noted: dict[tuple[str, str, str], int] = {}

    def start(self) -> None:
        """Begins to watch; the schema is there."""
        self._task = asyncio.get_running_loop().create_task(self._work(), name="watching")

    async def stop(self) -> None:
        """Stops."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def note(self, kind: Kind, *, org: str, box: str, subject: str) -> None:
        """Somebody should look at this; once a minute is enough. Raises: Unavailable."""
        now_ms, what = self._now_ms(), (box, kind.value, subject)
        self._noted = {one: at for one, at in self._noted.items() if now_ms - at < 60_000}
        if what in self._noted:
            return
        self._noted[what] = now_ms
        async with self._database.transaction(org=None) as tx:
            await tx.run("raise_alarm", org=org, box=box, kind=kind.value, subject=subject, now_ms=now_ms)

    async def _work(self) -> None:
        while True:
            try:
                await watch(self._database, now_ms=self._now_ms())
            except Unavailable as error:
                log.warning("Watching waits: %s", error.detail)
            await asyncio.sleep(LOOK_EVERY_S)
