"""What the box lets go of once the cloud has it: old journal rows, old nights, and what forgotten guests said.

Journal rows go only at or below what the cloud has acknowledged and that is durable here, after thirty days or when the
disk needs the room; then the file gets shorter too. In small steps: likes get in between.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from appliance.clock import Clock
from appliance.domain.certificate import clock_is_trusted
from appliance.domain.models import Stamp
from appliance.domain.space import Space, Step
from appliance.errors import Unavailable
from appliance.files import space_at
from appliance.store.journal import JournalKeeper, JournalReader
from sync.agent.history import History
from sync.agent.pace import Pace
from sync.agent.store.database import ERASED, Mark, Memory
from sync.agent.waking import Worker

log = logging.getLogger(__name__)

DAY_MS = 24 * 3600 * 1000
#: acknowledged rows stay for so long: a cloud that was restored from a copy asks for them again
KEPT_MS = 30 * DAY_MS
#: between two steps, for whoever else wants to write
_BREATH_S = 0.02


class Tidier:
    """The tidying of one box."""

    def __init__(
        self,
        history: History,
        *,
        memory: Memory,
        reader: JournalReader,
        keeper: JournalKeeper,
        worker: Worker,
        clock: Clock,
        pace: Pace,
        data: Path,
        keep_days: int,
        space: Callable[[Path], Space] = space_at,
    ) -> None:
        """`keep_days`: plays and likes stay on the box for so long; 0 for ever."""
        self._history, self._memory, self._reader, self._keeper = history, memory, reader, keeper
        self._worker, self._clock, self._pace, self._data = worker, clock, pace, data
        self._keep_ms, self._space = keep_days * DAY_MS, space

    async def run(self) -> None:
        """Tidies now and then until cancelled."""
        while True:
            await asyncio.sleep(self._pace.tidy_s)
            try:
                await self.once()
            except (Unavailable, OSError) as error:
                log.warning("The box can't let go of what the cloud has: %s", error)

    async def once(self) -> None:
        """Everything that is due. Raises: Unavailable, OSError."""
        await self._worker.do(self._erase)
        mark = await self._worker.do(self._floor)
        if mark is not None:
            await self._drop(mark)
        await self._drop_old()

    def _erase(self) -> None:
        """Guests who asked to be forgotten: the cloud has heard of it by now, so their rows can't be told again."""
        after, to = int(self._memory.facts().get(ERASED, 0)), self._history.acked.journal_seq
        for seq, guest in self._reader.forgotten(after, to=to):
            gone = self._keeper.erase(guest, to=to)
            self._memory.set_fact(ERASED, str(seq))
            log.info("A guest was forgotten in the journal too (%d rows).", gone)

    def _floor(self) -> Mark | None:
        """Up to where rows may go; None when they should stay. The last stretch shows that the box is still itself."""
        newest = self._history.acked
        last = self._memory.below(newest.position.seq - 1) if newest.position.seq else None
        first = self._reader.first_seq()
        if last is None or first is None or first > last.journal_seq:
            return None
        if Step.CARRIED in self._space(self._data).steps:
            return last
        now = self._clock.now()
        if not clock_is_trusted(now.trust):
            return None
        young = self._reader.first_from(now.wall_ms - KEPT_MS, to=last.journal_seq)
        mark = last if young is None else self._memory.at_row(young - 1)
        return mark if mark is not None and mark.journal_seq >= first else None

    async def _drop(self, mark: Mark) -> None:
        floor, gone = self._history.floor_text(mark), 0
        while step := await self._worker.do(lambda: self._keeper.drop(mark.journal_seq, floor=floor)):
            gone += step
            await asyncio.sleep(_BREATH_S)
        await self._worker.do(lambda: self._memory.forget_before(mark.position.seq))
        await self._give_back()
        log.info("The box let go of %d journal rows that the cloud holds.", gone)

    async def _give_back(self) -> None:
        free = -1
        while (left := await self._worker.do(self._keeper.give_back)) and left != free:
            free = left
            await asyncio.sleep(_BREATH_S)
        await self._worker.do(self._keeper.write_back)

    async def _drop_old(self) -> None:
        now = self._clock.now()
        if not self._keep_ms or not clock_is_trusted(now.trust):
            return
        before_ms = now.wall_ms - self._keep_ms
        if not await self._worker.do(lambda: self._is_carried(before_ms, now)):
            return
        gone = 0
        while step := await self._worker.do(lambda: self._keeper.drop_old(before_ms)):
            gone += step
            await asyncio.sleep(_BREATH_S)
        if gone:
            await self._give_back()
            log.info("%d plays and likes from before %d days are gone.", gone, self._keep_ms // DAY_MS)

    def _is_carried(self, before_ms: int, now: Stamp) -> bool:
        """Whether the cloud has everything from before a moment."""
        del now
        oldest = self._reader.oldest_wall_ms(self._history.acked.journal_seq)
        return oldest is None or oldest >= before_ms
