"""One table for people, and the same numbers as JSON for programs.

Owns how a figure is summed up and compared with its target. Must not measure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

_HEAD = ("figure", "measured: median [min-max]", "target", "", "Mosquitto", "ceiling")


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should be."""

    limit: float
    #: whether more is better; otherwise less is
    at_least: bool = False
    #: whether each single run counts, not the median
    always: bool = False

    def met_by(self, values: Sequence[float]) -> bool:
        """Whether the runs reach it."""
        judged = values if self.always else [median(values)]
        return all(value >= self.limit if self.at_least else value <= self.limit for value in judged)

    def in_words(self, unit: str) -> str:
        """For the table."""
        return f"{'>=' if self.at_least else '<='} {_short(self.limit)} {unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: one number for each run."""

    #: stable name for programs
    key: str
    #: what was measured, for people
    name: str
    unit: str
    values: Sequence[float]
    goal: Goal | None = None
    #: what Mosquitto did in the same runs; empty where it does nothing comparable
    peer: Sequence[float] = field(default=())
    #: what the generator measured against a server that does nothing; empty where that says nothing
    ceiling: Sequence[float] = field(default=())

    def verdict(self) -> str:
        """`met`, `missed`, or nothing where no target is set."""
        if self.goal is None:
            return ""
        return "met" if self.goal.met_by(self.values) else "missed"

    def as_json(self) -> dict[str, object]:
        """The raw numbers."""
        return {
            "key": self.key,
            "name": self.name,
            "unit": self.unit,
            "values": list(self.values),
            "median": median(self.values),
            "target": self.goal.in_words(self.unit) if self.goal else None,
            "verdict": self.verdict() or None,
            "mosquitto": list(self.peer),
            "ceiling": list(self.ceiling),
        }


def _short(value: float) -> str:
    """Three figures are more than any of this is worth."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 1:
        return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
    return f"{value:.3g}"


def _spread(values: Sequence[float], unit: str) -> str:
    if not values:
        return "-"
    middle = f"{_short(median(values))} {unit}".rstrip()
    if len(values) == 1:
        return middle
    return f"{middle} [{_short(min(values))}-{_short(max(values))}]"


def _row(figure: Figure) -> tuple[str, ...]:
    return (
        figure.name,
        _spread(figure.values, figure.unit),
        figure.goal.in_words(figure.unit) if figure.goal else "-",
        figure.verdict(),
        _spread(figure.peer, figure.unit),
        _spread(figure.ceiling, figure.unit),
    )


def as_text(figures: Sequence[Figure]) -> str:
    """The table, in columns as wide as their widest cell."""
    rows = [_HEAD, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)
