"""Moves two faders at once. Knows no song."""

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable

from appliance.player.deck import Deck
from appliance.player.mpv import Gone

_STEP_S = 0.05


def gains(turn: float, *, old_level: float, new_level: float) -> tuple[float, float]:
    """Both faders' amplitudes when `turn` (0 to 1) of a fade is over.

    As loud together as one alone where that can't clip, however loud both are at one moment; otherwise a straight line,
    whose sum is never above the louder one.
    """
    if old_level**2 + new_level**2 > 1.0:
        return 1.0 - turn, turn
    return math.cos(turn * math.pi / 2), math.sin(turn * math.pi / 2)


async def cross(old: Deck, new: Deck, *, within_s: float, goes_on: Callable[[], Awaitable[bool]]) -> None:
    """From one deck to the other by the clock, however slow the machine is; until `goes_on` says no.

    Raises: Gone when the new deck's mpv goes. The old one's may.
    """
    loop = asyncio.get_running_loop()
    began, turn = loop.time(), 0.0
    while turn < 1.0 and await goes_on():
        turn = min(1.0, (loop.time() - began) / within_s) if within_s > 0 else 1.0
        away, here = gains(turn, old_level=old.level, new_level=new.level)
        await new.fade(here)
        with contextlib.suppress(Gone):
            await old.fade(away)
        await asyncio.sleep(_STEP_S)


async def alone(deck: Deck, *, to: float, within_s: float) -> None:
    """One deck out (`to` 0) or in (`to` 1). Raises: Gone."""
    loop = asyncio.get_running_loop()
    began, turn = loop.time(), 0.0
    while turn < 1.0:
        turn = min(1.0, (loop.time() - began) / within_s) if within_s > 0 else 1.0
        await deck.fade(turn if to else 1.0 - turn)
        await asyncio.sleep(_STEP_S)
