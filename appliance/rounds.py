"""What a box sees to by itself every ten minutes: how long it has been up, and what has had its day."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from appliance.domain.uptime import MARK_EVERY_MS
from appliance.errors import BoxError

log = logging.getLogger(__name__)

Round = Callable[[], Awaitable[None]]


class Rounds:
    """Goes round as long as the server runs; the first time at once."""

    def __init__(self, rounds: Sequence[Round]) -> None:
        self._rounds = rounds
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins."""
        self._task = asyncio.get_running_loop().create_task(self._go(), name="rounds")

    def stop(self) -> None:
        """Ends; what was begun is left where it is, and each round can be done again."""
        if self._task is not None:
            self._task.cancel()

    def problem(self) -> str | None:
        """What is wrong, in words for staff, or None."""
        if self._task is not None and self._task.done() and not self._task.cancelled():
            return "Old logins are not cleared away any more; nothing else is wrong. Restart the box after the night."
        return None

    async def _go(self) -> None:
        while True:
            for one in self._rounds:
                try:
                    await one()
                except BoxError as error:
                    log.warning("Something could not be seen to: %s", error.detail)
            await asyncio.sleep(MARK_EVERY_MS / 1000)
