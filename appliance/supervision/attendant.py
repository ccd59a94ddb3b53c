"""Stays beside a box that serves: says what happens to its programs, tests them, starts them anew, feeds the watchdog.

Owns the loop; what is right to do is `keeper.py`'s. It ends when told to, or when it gives up: then `run` ends with a
failure, and systemd starts the whole box again.
"""

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from appliance.supervision.keeper import GiveUp, Keeper, Step
from appliance.supervision.notify import Notifier
from appliance.supervision.patience import WatchdogSection
from appliance.supervision.self_test import Round, SelfTest
from appliance.supervision.starts import Record
from appliance.supervision.watch import Process, Supervisor

_LOOK_EVERY_S = 1.0
_WORDS = {
    "server": "phones wait and come back by themselves",
    "broker": "lights and displays wait, phones go on",
    "player": "the house's music may stop, the evening goes on",
    "sync": "the cloud waits, the evening goes on",
}
_FULL = "The disk is full: tracks are shown, but nothing more is saved. Free some space or change the card."


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended."""

    #: the exit status
    status: int
    #: what gave up, or empty when it was told to end
    part: str = ""
    #: why
    words: str = ""


def say(words: str) -> None:
    """To whoever watches: a terminal, or systemd's journal."""
    print(f"box: {words}", file=sys.stderr, flush=True)


class Attendant:
    """One run's watch."""

    def __init__(
        self,
        supervisor: Supervisor,
        *,
        self_test: SelfTest,
        section: WatchdogSection,
        notifier: Notifier,
        record: Record | None,
        starts_anew: Callable[[], bool],
    ) -> None:
        """`record` is where the start is written down, if it is; `starts_anew` tells an end that was asked for."""
        self._supervisor = supervisor
        self._self_test = self_test
        self._section = section
        self._notifier = notifier
        self._record = record
        self._starts_anew = starts_anew
        self._keeper = Keeper(section, gives_up=notifier.is_heard)
        self._known: dict[str, int] = {}
        self._away: set[str] = set()
        # The processes at the last self-test: one that is another by now has ended in between.
        self._tested: dict[str, int] = {}
        self._is_full = False
        self._well_since: float | None = None
        self._has_served = False
        self._is_settled = False

    def stay(self, *, stopped: Callable[[], bool]) -> Ending:
        """Until `stopped`, or until nothing helps."""
        self._self_test.start()
        try:
            while not stopped():
                status = self._supervisor.ended()
                if status is not None and self._starts_anew():
                    return Ending(0)
                if status is not None:
                    say("supervisord ended by itself; the box is down. Start it again.")
                    return Ending(status or 1, part="supervisord", words="supervisord ended by itself")
                processes = self._supervisor.processes()
                self._tell(processes)
                for step in self._steps(processes):
                    if isinstance(step, GiveUp):
                        return self._given_up(step)
                    self._restart(step.program, step.words)
                _pause(_LOOK_EVERY_S, stopped=stopped)
        finally:
            self._self_test.stop()
        return Ending(0)

    def _tell(self, processes: Mapping[str, Process]) -> None:
        for name, process in processes.items():
            if name not in self._away and self._known.get(name) and process.pid != self._known[name]:
                say(f"the {name} stopped and is started again; {_WORDS[name]}.")
                self._away.add(name)
            if process.pid and name in self._away:
                say(f"the {name} is back.")
                self._away.discard(name)
            self._known[name] = process.pid

    def _steps(self, processes: Mapping[str, Process]) -> Iterable[Step]:
        for name, process in processes.items():
            if process.is_given_up:
                yield from self._keeper.after_end(name, "it ends as soon as it is started")
        while (found := self._self_test.next_round()) is not None:
            found = self._with_deaths(found, processes)
            self._note(found)
            # Also those that supervisord does not tell of, because it does not answer.
            yield from self._keeper.after_round(found, programs=dict.fromkeys([*processes, *found.problems]))

    def _with_deaths(self, found: Round, processes: Mapping[str, Process]) -> Round:
        """A program that dies between the tests and is up again for each of them does not work."""
        died = {
            name: "it stopped by itself"
            for name, process in processes.items()
            if self._tested.get(name, process.pid) != process.pid
        }
        self._tested = {name: process.pid for name, process in processes.items() if process.pid}
        return replace(found, problems={**died, **found.problems})

    def _note(self, found: Round) -> None:
        """What a round means for the watchdog, for this start's record and for `systemctl status`."""
        if found.is_full and not self._is_full:
            say(_FULL)
        self._is_full = found.is_full
        if not found.is_good:
            self._well_since = None
            self._notifier.status("; ".join(f"{name}: {words}" for name, words in found.problems.items()))
            return
        self._notifier.feed()
        self._notifier.status(_FULL if found.is_full else "Everything works.")
        if self._record is not None:
            self._write_down(self._record)

    def _write_down(self, record: Record) -> None:
        now = time.monotonic()
        if self._well_since is None:
            self._well_since = now
        if not self._has_served:
            self._has_served = True
            record.serves()
        if not self._is_settled and now - self._well_since >= self._section.settled_s:
            self._is_settled = True
            record.settled()

    def _restart(self, name: str, words: str) -> None:
        say(f"the {name} failed its tests ({words}); it is killed and started again.")
        self._tested.pop(name, None)
        self._supervisor.restart(name)

    def _given_up(self, step: GiveUp) -> Ending:
        say(f"the {step.program} does not work ({step.words}), and starting it anew did not help; the box starts anew.")
        return Ending(1, part=step.program, words=step.words)


def _pause(seconds: float, *, stopped: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not stopped() and time.monotonic() < deadline:
        time.sleep(0.05)
