"""The short form of `./box chaos cloud`: the faults that tell most, once each, with real processes and PostgreSQL."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.chaos.cloud import between, faults
from tests.chaos.cloud.audit import Fact, Held, compare
from tests.chaos.cloud.campaign import Line, run_one
from tests.chaos.cloud.round import Fault
from tests.chaos.cloud.world import World, world


@pytest.fixture(scope="module")
def here() -> Iterator[World]:
    # Not in pytest's own folder: a socket's path is short, and PostgreSQL runs as nobody.
    with TemporaryDirectory(prefix="pika-chaos-") as folder, world(Path(folder)) as found:
        yield found


@pytest.mark.parametrize(
    "fault",
    [
        faults.carrier_killed,
        between.crooked,
        faults.box_cloned,
        faults.cloud_restored,
    ],
    ids=lambda fault: fault.__name__,
)
def test_nothing_is_lost_and_nothing_doubled(here: World, fault: Fault) -> None:
    line = Line(fault.__name__, "")
    run_one(here, fault, line, seed=11)
    assert (line.lost, line.doubled, line.wrong) == (0, 0, [])
    assert line.events > 100


def _fact(number: int) -> Fact:
    return "like.given", "boot", number, 0, "{}"


def test_the_auditor_sees_what_is_missing_doubled_strange_and_full_of_holes() -> None:
    box = Counter(_fact(number) for number in range(10))
    good = Held(events=Counter(box), histories=1)
    assert compare(box, box, good).is_well
    assert compare(box, box, Held(events=box - Counter([_fact(3)]), histories=1)).lost == 1
    assert compare(box, box, Held(events=box + Counter([_fact(3)]), histories=2)).doubled == 1
    assert not compare(box, box, Held(events=box + Counter([_fact(99)]))).is_well
    assert not compare(box, box, Held(events=Counter(box), holes=["history e says 11 and holds 10 entries"])).is_well
    assert not compare(box, box, Held(events=Counter(box), aside=[("line_not_json", b"")])).is_well
