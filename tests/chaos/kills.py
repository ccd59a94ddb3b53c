"""Everything is killed at once, at random moments under load; after each restart all that was answered is there."""

import random
import time
from contextlib import suppress
from pathlib import Path

import psutil

from tests.chaos.ledger import faults
from tests.chaos.load import Evening
from tests.chaos.report import Outcome, progress
from tests.support.real_box import RealBox, running_box


def kill_everything(box: RealBox) -> None:
    """As a pulled plug does it to programs: all of them, and nobody is told."""
    run = psutil.Process(box.process.pid)
    # supervisord would start the others again, so it goes with the first.
    for process in [run, *run.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    box.process.wait(10)


def kills(data: Path, *, rounds: int, seed: int, is_shown: bool = False) -> Outcome:
    """So many times: start, look, load, kill."""
    chance, evening, outcome = random.Random(seed), Evening(), Outcome("kill -9")
    began = time.monotonic()
    for _ in progress(outcome.name, rounds, is_shown=is_shown):
        started = time.monotonic()
        with running_box(data) as box:
            outcome.starts_s.append(time.monotonic() - started)
            _look(box, evening, outcome)
            evening.begin(box)
            with evening.under_load(box):
                time.sleep(chance.uniform(0.02, 0.6))
                kill_everything(box)
        outcome.rounds += 1
    with running_box(data) as box:
        _look(box, evening, outcome)
    outcome.took_s = time.monotonic() - began
    return outcome


def _look(box: RealBox, evening: Evening, outcome: Outcome) -> None:
    answered = evening.ledger.so_far()
    outcome.checked += answered.count()
    outcome.faults += faults(box.data / "box.db", answered)
    health = box.visitor().get("/health").json
    outcome.faults += [f"/health: {part}" for part in ("store", "live", "portal") if "problem" in health["parts"][part]]
    if (box.data / "notices.json").exists():
        outcome.faults.append(f"staff were told: {(box.data / 'notices.json').read_text(encoding='utf-8')}")
