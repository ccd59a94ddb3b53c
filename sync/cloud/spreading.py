"""How much at once, and when to come again: many boxes share one cloud, and many come back at the same moment.

Each process judges by what it sees itself; several side by side see a part each, which is right for each.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from appliance.errors import Unavailable

#: requests a second that a process is to be asked for by boxes that have nothing more to tell
_RATE = 100.0
_LEAST_MS = 1_000
_MOST_MS = 60_000
_SEEN_FOR_MS = 60_000
_WAIT_LEAST_S, _WAIT_MOST_S = 2, 10
#: of one box's requests: one at work, the others in line
_LINE_MOST = 8
#: packed batches that are held while others are at work, and for how long
_WAITING_MOST, _PATIENCE_S = 200, 5.0


class Busy(Unavailable):
    """More than can be done now; `wait_s` says when to come again."""

    def __init__(self, code: str, detail: str, *, wait_s: int) -> None:
        super().__init__(code, detail, advice="Come again later; nothing is lost.", wait_s=wait_s)


class TooOften(Busy):
    """One box alone asks for too much."""


def wait_s(draw: Callable[[float, float], float]) -> int:
    """When to come again after a refusal: not the same for all who were refused."""
    return round(draw(_WAIT_LEAST_S, _WAIT_MOST_S))


class Crowd:
    """The boxes that were here within a minute."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, int] = OrderedDict()

    def meet(self, box: str, *, now_ms: int) -> None:
        """A box is here."""
        self._seen[box] = now_ms
        self._seen.move_to_end(box)
        while self._seen and next(iter(self._seen.values())) < now_ms - _SEEN_FOR_MS:
            self._seen.popitem(last=False)

    def after_ms(self, *, draw: Callable[[float, float], float]) -> int:
        """When a box that told everything shall come again."""
        fair = len(self._seen) / _RATE * 1000
        # As wide as it is long: boxes that were all here in one moment are evenly spread the next time.
        return round(min(_MOST_MS, max(_LEAST_MS, fair)) * draw(0.5, 1.5))


class Turns:
    """So many at once, and of one box only so many in line."""

    def __init__(
        self,
        most: int,
        *,
        draw: Callable[[float, float], float],
        patience_s: float = _PATIENCE_S,
        line_most: int = _LINE_MOST,
    ) -> None:
        """`patience_s`: how long one waits before being sent away; `line_most`: of one box or organisation at once."""
        self._room, self._draw, self._patience_s = asyncio.Semaphore(most), draw, patience_s
        self._waiting, self._line_most = 0, line_most
        self._lines: dict[str, int] = {}

    @contextmanager
    def in_line(self, box: str) -> Iterator[None]:
        """A place in the line of a box, or of whoever it is. Raises: TooOften with the code `box_too_often`."""
        waiting = self._lines.get(box, 0)
        if waiting >= self._line_most:
            raise TooOften("box_too_often", "Too much is sent at once.", wait_s=wait_s(self._draw))
        self._lines[box] = waiting + 1
        try:
            yield
        finally:
            self._lines[box] -= 1
            if not self._lines[box]:
                del self._lines[box]

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """One of those at work, after a while if need be. Raises: Busy with the code `cloud_busy`."""
        if self._waiting >= _WAITING_MOST:
            raise self._busy()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience_s):
                await self._room.acquire()
        except TimeoutError:
            raise self._busy() from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._room.release()

    def _busy(self) -> Busy:
        return Busy("cloud_busy", "The cloud has its hands full.", wait_s=wait_s(self._draw))
