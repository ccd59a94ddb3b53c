"""How fast the evening goes: turns its seconds into real waiting."""

import asyncio
import time
from collections.abc import Callable


class Pace:
    """One evening's clock. It begins to run when it is made."""

    def __init__(self, speed: float, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`speed` is how many evening minutes pass in a real one."""
        self._speed, self._monotonic = speed, monotonic
        self._began = monotonic()

    def now_s(self) -> float:
        """The evening's second."""
        return (self._monotonic() - self._began) * self._speed

    async def until(self, evening_s: float) -> None:
        """Returns when that second has come; at once when it is past."""
        await asyncio.sleep(max(0.0, (evening_s - self.now_s()) / self._speed))
