"""A part of the box under its name for staff."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """Something the box is made of: `ports.PartState`."""

    name: str
    ask: Callable[[], str | None]

    def problem(self) -> str | None:
        return self.ask()
