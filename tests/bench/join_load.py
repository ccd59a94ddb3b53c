"""A hall's phones join: each with a card and a network stack of its own, by real DHCP, DNS, portal, page and stream.

Runs in a process of its own. Owns when they come, and what is counted; a phone's way is `tests/hall/journey.py`'s.
"""

import asyncio
import random
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.hall.crowd import crowd
from tests.hall.desk import Desk
from tests.hall.journey import Journey, travel
from tests.hall.mobile import Mobile
from tests.hall.stream import Stream
from tests.hall.systems import SYSTEMS

_SEED = 20261120
_FIRST, _LAST = "The first track", "The last track"


@dataclass(frozen=True, slots=True)
class Box:
    """What phones and a DJ need to know of the box."""

    #: its network namespace, and that of the hall's switch
    namespace: str
    switch: str
    #: what it printed, the setup code among it
    said: str


@dataclass
class Joined:
    """How they came in."""

    journeys: list[Journey] = field(default_factory=list)
    #: what went wrong, one line a phone
    errors: list[str] = field(default_factory=list)
    #: from announcing a track until the last phone that came had it, milliseconds
    told_ms: float = 0.0
    #: how much of one CPU the generator and its DHCP clients used, 0 to 1
    generator: float = 0.0


def _own_cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


async def _come(phones: Sequence[Mobile], *, within_s: float, joined: Joined) -> list[Stream]:
    """Lets them come, each when it likes: now and then several at once, as at a door."""
    # The same arrivals in every run, so that runs compare.
    chance = random.Random(_SEED)
    arrivals = sorted(chance.uniform(0, within_s) for _ in phones)

    async def one(phone: Mobile, wait_s: float) -> Stream | None:
        await asyncio.sleep(wait_s)
        try:
            journey, stream = await travel(phone, SYSTEMS[phone.number % len(SYSTEMS)])
        except (AssertionError, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            joined.errors.append(f"phone {phone.number}: {type(error).__name__} {error}")
            return None
        joined.journeys.append(journey)
        return stream

    streams = await asyncio.gather(*(one(*each) for each in zip(phones, arrivals, strict=True)))
    return [stream for stream in streams if stream is not None]


async def _join(box: Box, phones: Sequence[Mobile], *, within_s: float) -> Joined:
    desk = Desk(box.namespace, said=box.said)
    desk.announce(_FIRST)
    joined, cpu, began = Joined(), _own_cpu_s(), time.monotonic()
    streams = await _come(phones, within_s=within_s, joined=joined)
    joined.generator = (_own_cpu_s() - cpu) / (time.monotonic() - began)
    began = time.monotonic()
    await asyncio.to_thread(desk.announce, _LAST)
    told = await asyncio.gather(*(stream.until(_LAST) for stream in streams), return_exceptions=True)
    joined.told_ms = (time.monotonic() - began) * 1000
    joined.errors += [f"a stream: {error!r}" for error in told if error is not None]
    for stream in streams:
        stream.close()
    desk.close()
    return joined


def join(box: Box, *, phones: int, within_s: float, folder: Path) -> Joined:
    """So many phones come within so many seconds; then a track is announced to all of them."""
    with crowd(box.switch, size=phones, folder=folder) as made:
        return asyncio.run(_join(box, made, within_s=within_s))
