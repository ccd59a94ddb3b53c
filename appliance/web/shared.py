"""Pages that are the same for everybody who comes at one moment: drawn and compressed once, and sent to all of them.

When a hall comes in, a thousand phones that nobody knows yet ask for one page within a second, and drawing it was most
of what each of them cost. Owns for how long a drawing serves. Must hold nothing of one guest.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from appliance.clock import Clock
from appliance.web.assets import squeezed

#: a drawing has ages and countdowns in it, which are wrong by so much at most
FOR_MS = 1000
#: the best, because it is done seldom and sent often
_LEVEL = 9
#: languages times stages at which somebody arrives in the same minutes
_KEPT_MOST = 32

#: gives the page as it is now
Draw = Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Drawing:
    """One page as it was at one moment."""

    body: bytes
    #: the same compressed
    squeezed: bytes
    #: the how manieth drawing of this run it is
    number: int
    #: how much had happened when it was begun
    happened: int
    #: when it was begun, milliseconds since the boot
    at_ms: int


@dataclass(slots=True)
class _Kept:
    """The newest drawing of one page, and who may make the next."""

    drawing: Drawing | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class SharedPages:
    """The drawings of this run."""

    def __init__(self, *, clock: Clock, happened: Callable[[], int]) -> None:
        """`happened` counts what is durable: with each such thing, any page may be another one."""
        self._clock = clock
        self._happened = happened
        self._kept: OrderedDict[tuple[str, ...], _Kept] = OrderedDict()
        self._begun = 0

    async def page(self, name: tuple[str, ...], draw: Draw) -> Drawing:
        """The page of this name, as it is now or was less than a second ago with nothing having happened since.

        Whoever asks while it is being drawn waits for the next drawing, and shares that. Raises: what `draw` raises.
        """
        came = self._begun
        kept = self._kept.setdefault(name, _Kept())
        self._kept.move_to_end(name)
        if len(self._kept) > _KEPT_MOST:
            self._kept.popitem(last=False)
        if (drawing := self._good(kept.drawing, came=came)) is not None:
            return drawing
        async with kept.turn:
            drawing = self._good(kept.drawing, came=came) or await self._drawn(draw)
            kept.drawing = drawing
            return drawing

    def _good(self, drawing: Drawing | None, *, came: int) -> Drawing | None:
        """The drawing, if it will do for somebody who came when so many had been begun."""
        if drawing is None:
            return None
        is_new = 0 <= self._clock.now().boot_ms - drawing.at_ms < FOR_MS
        is_so_still = is_new and drawing.happened == self._happened()
        return drawing if is_so_still or drawing.number > came else None

    async def _drawn(self, draw: Draw) -> Drawing:
        self._begun += 1
        number, happened, at_ms = self._begun, self._happened(), self._clock.now().boot_ms
        body = await draw()
        return Drawing(body, squeezed(body, level=_LEVEL), number=number, happened=happened, at_ms=at_ms)
