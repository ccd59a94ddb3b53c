"""Whether the hall needs the machine: how late the event loop is, and how many programs want the processor."""

import asyncio
import os
import time
from collections.abc import Callable

#: the loop is asked this often whether it comes in time
_EVERY_S = 0.25
#: a phone feels nothing of less
LATE_S = 0.06
#: after trouble, it has to be quiet for so long
CALM_S = 5.0
# Programs that want each core, the worker itself not counted. It lets them all pass, so only a crowd is too much.
_PROGRAMS_A_CORE = 4.0


def _programs() -> float:
    """How many programs wanted the processor in the last minute; 0 where the system does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


class Pressure:
    """Looks all the time, and remembers trouble for a moment."""

    def __init__(self, *, programs: Callable[[], float] = _programs, cores: int | None = None) -> None:
        self._programs = programs
        self._cores = cores or os.cpu_count() or 1
        self._task: asyncio.Task[None] | None = None
        self._late_at = float("-inf")

    def start(self) -> None:
        """Begins to look."""
        self._task = asyncio.get_running_loop().create_task(self._look(), name="pressure")

    def stop(self) -> None:
        """Ends."""
        if self._task is not None:
            self._task.cancel()

    def is_high(self) -> bool:
        """Whether nobody should take the machine's time now."""
        is_crowded = self._programs() - 1 > _PROGRAMS_A_CORE * self._cores
        return is_crowded or time.monotonic() - self._late_at < CALM_S

    async def _look(self) -> None:
        while True:
            asked = time.monotonic()
            await asyncio.sleep(_EVERY_S)
            if time.monotonic() - asked - _EVERY_S > LATE_S:
                self._late_at = time.monotonic()
