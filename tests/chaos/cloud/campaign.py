"""`./box chaos cloud`: every fault so many times, each with another seed, and one table at the end."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.cloud import between, faults, unplugged
from tests.chaos.cloud.round import Fault, Round
from tests.chaos.cloud.world import World, world
from tests.chaos.report import progress

#: name, the reference's points, what does it
FAULTS: dict[str, tuple[str, Fault]] = {
    "the carrier is killed": ("F2 F3 F7 F23", faults.carrier_killed),
    "the cloud's process is killed": ("F4 F5", faults.receiver_killed),
    "the cloud's process is told to end": ("F23", faults.receiver_stopped),
    "PostgreSQL is killed": ("F20", faults.postgres_killed),
    "answers are lost after the commit": ("F5 F6", between.answers_lost),
    "requests are cut in the middle": ("F3", between.requests_cut),
    "a bit of an answer turns over": ("F6", between.answers_flipped),
    "a bit of a request turns over": ("F15", between.requests_flipped),
    "requests come again, in any order": ("F14", between.replayed),
    "a portal says 200 to everything": ("F17", between.portal),
    "429 and 503": ("F19", between.storm),
    "no answer and no end": ("F16", between.hung),
    "the wall clock jumps by 10 years": ("F10", faults.turned_clock),
    "rows that nobody would write": ("F21 F22", faults.poisoned),
    "the box's database is an older one": ("F11", faults.box_restored),
    "the card is cloned, both go on": ("F13", faults.box_cloned),
    "the cloud's database is an older one": ("F12", faults.cloud_restored),
    "the box's disk is full": ("F8 F9", faults.full_disk),
    "nobody knows the name, or lies": ("F18", between.names_gone),
    "power cut of the box": ("F24", unplugged.box_unplugged),
    "power cut of PostgreSQL": ("F24 F20", unplugged.cloud_unplugged),
    "a megabyte that unpacks to gigabytes": ("F25", faults.zip_bomb),
    "all of it between the two": ("F3-F6 F14-F19", between.crooked),
    "everybody killed, answers lost": ("F1-F7 F14 F20", faults.everything),
}
_SETTLES_WITHIN_S = 90.0


@dataclass
class Line:
    """One line of the table."""

    name: str
    points: str
    rounds: int = 0
    events: int = 0
    lost: int = 0
    doubled: int = 0
    forks: int = 0
    recovered_s: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def row(self) -> tuple[str, ...]:
        """In words."""
        numbers = (self.rounds, self.events, self.lost, self.doubled, self.forks)
        slowest = f"{max(self.recovered_s):.1f} s" if self.recovered_s else "-"
        return self.name, self.points, *(f"{number:,}" for number in numbers), slowest, str(len(self.wrong))

    @property
    def is_well(self) -> bool:
        """0 lost, 0 doubled, nothing else wrong."""
        return not (self.lost or self.doubled or self.wrong)


_HEAD = ("what went wrong", "points", "runs", "events", "lost", "doubled", "forks", "slowest recovery", "wrong")


def run_one(here: World, fault: Fault, line: Line, *, seed: int) -> None:
    """Once, and what came of it into the line."""
    chance = random.Random(seed)
    here.front.chance = random.Random(seed)
    found = Round([])
    try:
        found = fault(here, chance)
        verdict, took_s = (found.world or here).settle(*found.boxes, within_s=_SETTLES_WITHIN_S)
        line.events += verdict.events
        line.lost += verdict.lost
        line.doubled += verdict.doubled
        line.forks += verdict.forks
        line.recovered_s.append(took_s)
        line.wrong += [*verdict.wrong, *found.wrong]
        if found.wants_fork and not verdict.forks:
            line.wrong.append(f"seed {seed}: nobody noticed")
        if verdict.forks and not found.wants_fork:
            line.wrong.append(f"seed {seed}: a history was begun anew without need")
    except AssertionError as error:
        line.wrong.append(f"seed {seed}: {error}")
    finally:
        here.heal()
        for box in here.made:
            box.end()
        here.made.clear()
        here.after.close()
    line.rounds += 1


def campaign(folder: Path, *, names: Sequence[str], rounds: int, seed: int, is_shown: bool = False) -> list[Line]:
    """Every fault so many times."""
    lines = []
    with world(folder, receivers=2) as here:
        for name in names:
            points, fault = FAULTS[name]
            line = Line(name, points)
            for number in progress(name[:30], rounds, is_shown=is_shown):
                run_one(here, fault, line, seed=seed * 1000 + number)
            lines.append(line)
    return lines


#: what no machine can do to itself, or another campaign does
ELSEWHERE = (
    "F1, killed before the commit: ./box chaos kills the whole box under load, and nothing answered is missing.",
    "What a card's own controller loses at a power cut is in nobody's reach here.",
)


def as_text(lines: Sequence[Line], *, took_s: float) -> str:
    """The table, and below it what was wrong."""
    rows = [_HEAD, *(line.row() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    for line in lines:
        shown += [f"{line.name}: WRONG: {words}" for words in line.wrong[:10]]
    shown += [*ELSEWHERE, f"Took {took_s:.0f} s."]
    return "\n".join(shown)


def main(*, only: str, rounds: int, seed: int, folder: Path, is_shown: bool) -> int:
    """Runs what was chosen and prints the table; 1 when anything was lost, doubled or wrong."""
    names = [name for name, (points, fault) in FAULTS.items() if only in {"", fault.__name__, *points.split()}]
    if not names:
        print(f"No fault is called {only!r}.")
        return 1
    began = time.monotonic()
    lines = campaign(folder, names=names, rounds=rounds, seed=seed, is_shown=is_shown)
    print(as_text(lines, took_s=time.monotonic() - began))
    return 0 if all(line.is_well for line in lines) else 1
