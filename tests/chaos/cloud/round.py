"""What a fault is, and how it begins: a box at work."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.chaos.cloud.front import Order, Rule
from tests.chaos.cloud.parts import Box, until
from tests.chaos.cloud.world import World

ANSWER_WITHIN_S = 20.0


@dataclass
class Round:
    """One time that something went wrong."""

    boxes: Sequence[Box]
    notes: list[str] = field(default_factory=list)
    #: what was not as it must be, in words
    wrong: list[str] = field(default_factory=list)
    #: a history that forks is what must happen
    wants_fork: bool = False
    #: the cloud, where the fault has one of its own
    world: World | None = None


Fault = Callable[[World, random.Random], Round]


def carrying(world: World, *, rows: int = 400) -> Box:
    """A box with something behind it, and its carrier at work."""
    box = world.box()
    box.write(rows)
    box.start()
    until(lambda: world.count(box.id) > 0, within_s=ANSWER_WITHIN_S, what="the first batch arrives")
    return box


def now_and_then(chance: random.Random, order: Order, *, share: float = 0.3, only: str = "/v1/ingest") -> Rule:
    return lambda _, path: order if path.startswith(only) and chance.random() < share else Order()
