"""One evening of many boxes: all come back after the cloud was away, come as they are told, tell what is on."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.fleet.box import SimulatedBox, first_wait_s, new_box, proof
from tests.bench.fleet.service import Service, Use, service
from tests.bench.fleet.wire import Asked, Cut
from tests.cloud.pages import OpenPage, open_page

_FRESH = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done."""

    boxes: int
    #: entries of each box's night
    events: int
    receivers: int
    #: boxes that lost the cloud try again within this time; 0: all in the same moment
    away_s: float
    #: for so long they come as the cloud tells them to
    visits_s: float
    #: for so long they tell what is on, each so often
    live_s: float
    live_every_s: float
    #: whether to wait until everything is derived
    derive: bool = True


@dataclass(slots=True)
class Measured:
    """What happened."""

    plan: Plan
    drain: list[Asked] = field(default_factory=list)
    visits: list[Asked] = field(default_factory=list)
    live: list[Asked] = field(default_factory=list)
    drained_in_s: float = 0.0
    first_s: float = 0.0
    #: of each box from its first word to everything durable, seconds
    each_s: list[float] = field(default_factory=list)
    events: int = 0
    packed_bytes: int = 0
    batches: int = 0
    uses: list[Use] = field(default_factory=list)
    #: from the drain's end until everything was derived, and the CPU of that
    derived_in_s: float = 0.0
    live_took_s: float = 0.0
    #: from a box's word to an organiser's page at another process
    seen_s: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    #: CPU of this generator in the drain, seconds
    own_cpu_s: float = 0.0


async def _drain(boxes: Sequence[SimulatedBox], *, plan: Plan, draw: random.Random) -> list[float]:
    """All come back; when each is to come again, in seconds from its end."""

    async def one(box: SimulatedBox) -> float:
        await asyncio.sleep(first_wait_s(draw, most_s=plan.away_s) if plan.away_s else 0.0)
        return await box.visit(draw)

    return list(await asyncio.gather(*(one(box) for box in boxes)))


async def _visits(boxes: Sequence[SimulatedBox], waits: Sequence[float], *, plan: Plan, draw: random.Random) -> None:
    """Everybody comes when told to, with something new each time."""
    until = time.monotonic() + plan.visits_s

    async def one(box: SimulatedBox, wait_s: float) -> None:
        assert box.drained_s is not None
        wait_s = box.drained_s + wait_s - time.monotonic()
        while time.monotonic() + wait_s < until:
            await asyncio.sleep(max(0.0, wait_s))
            box.more(_FRESH)
            wait_s = await box.visit(draw)

    await asyncio.gather(*(one(box, wait_s) for box, wait_s in zip(boxes, waits, strict=True)))


async def _live(
    boxes: Sequence[SimulatedBox], *, plan: Plan, draw: random.Random, told: dict[tuple[str, int], float]
) -> None:
    until = time.monotonic() + plan.live_s

    async def one(box: SimulatedBox) -> None:
        await asyncio.sleep(draw.uniform(0, plan.live_every_s))
        at = 0
        while time.monotonic() < until:
            at += 1
            told[box.id, at] = time.monotonic()
            try:
                await box.tell(at)
            except Cut:
                continue
            await asyncio.sleep(max(0.0, told[box.id, at] + plan.live_every_s - time.monotonic()))

    await asyncio.gather(*(one(box) for box in boxes))


def _seen_after(page: OpenPage, told: dict[tuple[str, int], float]) -> list[float]:
    found = []
    for at_s, said in page.told:
        for stage in said["stages"]:
            sent_s = told.get((said["box"], stage["likes"]))
            if sent_s is not None:
                found.append(at_s - sent_s)
    return found


async def _evening(made: Service, boxes: Sequence[SimulatedBox], log: list[Asked], *, plan: Plan) -> Measured:
    draw, found = random.Random(7), Measured(plan)
    await made.enrol(boxes)
    found.uses.append(await made.use())
    began_s, own_s = time.monotonic(), time.process_time()
    waits = await _drain(boxes, plan=plan, draw=draw)
    found.own_cpu_s = time.process_time() - own_s
    ends = [box.drained_s for box in boxes if box.drained_s is not None]
    found.first_s, found.drained_in_s = log[0].at_s - began_s, max(ends) - log[0].at_s
    found.uses.append(await made.use())
    found.drain, log[:] = list(log), []
    found.events, found.packed_bytes = sum(len(box.lines) for box in boxes), sum(box.packed_bytes for box in boxes)
    found.batches = sum(box.batches for box in boxes)
    await _visits(boxes, waits, plan=plan, draw=draw)
    found.visits, log[:] = list(log), []
    until = time.monotonic() + 600
    while plan.derive and await made.underived() and time.monotonic() < until:
        await asyncio.sleep(0.25)
    found.derived_in_s = time.monotonic() - max(ends)
    found.uses.append(await made.use())
    told: dict[tuple[str, int], float] = {}
    with open_page(made.organiser, at=made.processes[-1].url) as page:
        began_s = time.monotonic()
        await _live(boxes, plan=plan, draw=draw, told=told)
        found.live_took_s = time.monotonic() - began_s
        found.uses.append(await made.use())
        found.seen_s = _seen_after(page, told)
    found.live = list(log)
    for box in boxes:
        await box.line.close()
    found.wrong = await _wrong(made, boxes)
    found.memory_mb = made.memory_mb()
    return found


async def _wrong(made: Service, boxes: Sequence[SimulatedBox]) -> list[str]:
    """Boxes of which the cloud holds something else than they told."""
    stored = await made.stored()
    found = []
    for box in boxes:
        end = proof(box)
        if stored.get(box.id) != (end.seq, end.chain, end.seq):
            found.append(f"{box.id}: {stored.get(box.id)} instead of {end}")
    return found


def measure(plan: Plan, folder: Path) -> Measured:
    """One evening."""
    log: list[Asked] = []
    with service(folder, receivers=plan.receivers) as made:
        ports = made.ports
        boxes = [
            new_box(number, events=plan.events, port=ports[number % len(ports)], log=log)
            for number in range(plan.boxes)
        ]
        return asyncio.run(_evening(made, boxes, log, plan=plan))


def statuses(asked: Sequence[Asked]) -> Counter[str]:
    """How often each answer came."""
    return Counter(f"{one.what} {one.status or 'no answer'}" for one in asked)
