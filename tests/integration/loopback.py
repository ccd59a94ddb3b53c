"""A hall inside one process: boxes that announce themselves over this machine's loopback."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from appliance.discovery import echo
from appliance.discovery.advertise import Beacon
from appliance.discovery.browse import find
from appliance.discovery.service import Announcement, FoundBox

HERE = ["127.0.0.1"]


def new_box_id() -> str:
    """Other programs may speak on the loopback too: every test has a box of its own."""
    return uuid.uuid4().hex[:20]


def quick_beacon(
    name: str,
    box_id: str,
    *,
    addresses: Callable[[], Sequence[str]] = lambda: HERE,
    hears: Callable[[str], bool] = echo.hears_itself,
) -> Beacon:
    """A box that looks at its network ten times a second."""
    announcement = Announcement(name=name, box_id=box_id, port=8080, version="0.1.0")
    return Beacon(announcement, addresses=addresses, hears=hears, check_every_s=0.1)


@asynccontextmanager
async def running(*beacons: Beacon) -> AsyncIterator[None]:
    """Announces them while the block runs."""
    for beacon in beacons:
        await beacon.start()
    try:
        yield
    finally:
        for beacon in beacons:
            await beacon.stop()


async def found_boxes(*box_ids: str, within_s: float = 8) -> dict[str, FoundBox]:
    """Looks until all of them are found at once."""
    end = time.monotonic() + within_s
    while True:
        boxes = {box.box_id: box for box in await find(1.2, addresses=HERE) if box.box_id in box_ids}
        if len(boxes) == len(box_ids):
            return boxes
        assert time.monotonic() < end, f"only {boxes} found"


async def until(check: Callable[[], bool], *, within_s: float = 5) -> None:
    """Waits until `check` holds."""
    async with asyncio.timeout(within_s):
        while not check():
            await asyncio.sleep(0.02)
