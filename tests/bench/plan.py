"""How much is measured: the full run of about four minutes, and the quick one that only shows that it works.

Owns the sizes. The targets stand beside the figures.
"""

from dataclasses import dataclass
from pathlib import Path

from tests.bench.audience import Crowd
from tests.bench.process import Cpus


@dataclass(frozen=True, slots=True)
class Plan:
    """One run of the bench."""

    #: who runs where
    cpus: Cpus
    #: for databases, logs and configuration; removed afterwards
    folder: Path
    #: the fan-out's crowd
    crowd: Crowd
    #: fresh servers of each kind for the fan-out, and closed loops of likes
    repetitions: int
    #: fresh servers for the herd, memory and start
    restarts: int
    #: kept-alive connections that like
    clients: int
    #: for so long, in each repetition
    likes_s: float
    #: guests that are let in before
    guests: int
    #: plays for each repetition: guests x plays is the most that can be liked
    plays: int
    #: phones that come by DHCP on a network of their own, and within how many seconds
    joining: int
    joining_s: float

    #: plays of each DJ program for the link, and every how manieth program
    link_plays: int
    link_every: int
    #: for so long the link's CPU time is looked at
    link_idle_s: float

    #: whether to leave time for what is better measured in peace; without it servers are killed, not stopped
    patient: bool

    @property
    def phones(self) -> int:
        """How many people are in the hall."""
        return self.crowd.phones


def full(cpus: Cpus, folder: Path) -> Plan:
    """1,000 phones, every figure several times."""
    return Plan(
        cpus=cpus,
        folder=folder,
        crowd=Crowd(phones=1000, paced=25, burst=100),
        repetitions=5,
        restarts=3,
        clients=100,
        likes_s=3.0,
        guests=2000,
        plays=20,
        joining=300,
        joining_s=60.0,
        link_plays=9,
        link_every=1,
        link_idle_s=60.0,
        patient=True,
    )


def quick(cpus: Cpus, folder: Path) -> Plan:
    """100 phones, once: for the test suite."""
    return Plan(
        cpus=cpus,
        folder=folder,
        crowd=Crowd(phones=100, paced=5, burst=10),
        repetitions=1,
        restarts=1,
        clients=20,
        likes_s=0.5,
        guests=200,
        plays=40,
        joining=12,
        joining_s=2.0,
        link_plays=1,
        link_every=4,
        link_idle_s=1.0,
        patient=False,
    )
