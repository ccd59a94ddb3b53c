"""What came of it: a progress bar while it runs, and one table at its end."""

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_WIDTH = 30


@dataclass
class Outcome:
    """One kind of chaos."""

    name: str
    rounds: int = 0
    #: answered writes looked for, over all rounds
    checked: int = 0
    #: everything that was not as it was answered
    faults: list[str] = field(default_factory=list)
    #: seconds from a start to the first answer
    starts_s: list[float] = field(default_factory=list)
    #: what else is worth saying
    notes: list[str] = field(default_factory=list)
    took_s: float = 0.0

    def row(self) -> tuple[str, ...]:
        """Its line of the table."""
        slowest = f"{max(self.starts_s):.1f} s" if self.starts_s else "-"
        return self.name, str(self.rounds), f"{self.checked:,}", str(len(self.faults)), slowest, f"{self.took_s:.0f} s"


_HEAD = ("chaos", "rounds", "answered writes looked for", "wrong", "slowest start", "took")


def as_text(outcomes: list[Outcome]) -> str:
    """The table, and below it what was wrong."""
    rows = [_HEAD, *(outcome.row() for outcome in outcomes)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    for outcome in outcomes:
        lines += [f"{outcome.name}: {note}" for note in outcome.notes]
        lines += [f"{outcome.name}: WRONG: {fault}" for fault in outcome.faults[:20]]
    return "\n".join(lines)


def progress(name: str, rounds: int, *, is_shown: bool) -> Iterator[int]:
    """Counts rounds, and shows how many are done."""
    began = time.monotonic()
    for number in range(rounds):
        if is_shown:
            _show(name, number, rounds, time.monotonic() - began)
        yield number
    if is_shown:
        _show(name, rounds, rounds, time.monotonic() - began)
        print(file=sys.stderr)


def _show(name: str, done: int, rounds: int, took_s: float) -> None:
    full = _WIDTH * done // rounds
    left = f", {took_s / done * (rounds - done):.0f} s left" if done else ""
    bar = "#" * full + "." * (_WIDTH - full)
    print(f"\r{name:<8} [{bar}] {done}/{rounds}{left}    ", end="", file=sys.stderr, flush=True)


def joined(words: Iterable[str]) -> str:
    """Words with how often they came, the most frequent first."""
    found = list(words)
    counted = sorted(((found.count(word), word) for word in set(found)), reverse=True)
    return ", ".join(f"{count} {word}" for count, word in counted)
