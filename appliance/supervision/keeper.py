"""What is done about a program that fails: kill it and start it anew, a bounded number of times, then give up. Pure.

A single failed self-test is nothing: a hall that joins at once can hold the server for a moment. `rounds` of them in a
row are. Starting anew has a bound only where somebody starts the whole box again (systemd): a box that a person started
in a terminal goes on trying, with growing waits, as nobody would start it again.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from appliance.supervision.patience import WatchdogSection
from appliance.supervision.self_test import Round

_WAIT_MOST_S = 10.0


@dataclass(frozen=True, slots=True)
class Restart:
    """Kill the program, if it lives, and start it anew."""

    program: str
    #: why
    words: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Starting this program anew did not help."""

    program: str
    #: why
    words: str


Step = Restart | GiveUp


@dataclass(slots=True)
class _Trouble:
    #: failed rounds in a row, since the last restart
    rounds: int = 0
    #: restarts since the last good round
    restarts: int = 0
    #: monotonic time before which nothing is done
    not_before: float = field(default=float("-inf"))


class Keeper:
    """The memory of what failed and what was tried."""

    def __init__(
        self, section: WatchdogSection, *, gives_up: bool, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._section = section
        self._gives_up = gives_up
        self._monotonic = monotonic
        self._troubles: dict[str, _Trouble] = {}

    def after_round(self, found: Round, *, programs: Iterable[str]) -> list[Step]:
        """What to do after a self-test."""
        steps = []
        for program in programs:
            words = found.problems.get(program)
            if words is None:
                self._troubles.pop(program, None)
                continue
            trouble = self._troubles.setdefault(program, _Trouble())
            trouble.rounds += 1
            if trouble.rounds >= self._section.rounds:
                steps += self._again(program, words)
        return steps

    def after_end(self, program: str, words: str) -> list[Step]:
        """What to do about a program that supervisord has given up; asked again as long as that is so."""
        return self._again(program, words)

    def _again(self, program: str, words: str) -> list[Step]:
        trouble = self._troubles.setdefault(program, _Trouble())
        now = self._monotonic()
        if now < trouble.not_before:
            return []
        if self._gives_up and trouble.restarts >= self._section.restarts:
            return [GiveUp(program, words)]
        trouble.rounds = 0
        trouble.restarts += 1
        trouble.not_before = now + min(_WAIT_MOST_S, 2.0 ** min(trouble.restarts, 16))
        return [Restart(program, words)]
