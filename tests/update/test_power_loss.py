"""The plug pulled at every step: whatever was reached, the next start finds a version that is whole, and an end."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from appliance.update import trial, updating
from appliance.update.record import Phase
from tests.update.workshop import ADDS, BREAKS, FIRST, Bench, Maker, serving

#: what changes something that outlives the process
_STEPS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.link", "os.chmod", "subprocess.Popen"}
_ENDS = {Phase.IDLE, Phase.CONFIRMED, Phase.ROLLED_BACK}


def _is_step(event: str, arguments: tuple[object, ...]) -> bool:
    if event == "open":
        flags = arguments[2]
        return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
    return event in _STEPS or event == "sqlite3.connect"


def _with_the_plug_pulled(act: Callable[[], object], *, at: int | None) -> list[str]:
    """Runs `act` in a process that is killed at its step number `at`; the steps it came to."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        seen = 0

        def watch(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal seen
            if _is_step(event, arguments):
                seen += 1
                os.write(writing, f"{event}\n".encode())
                if seen == at:
                    os.kill(os.getpid(), signal.SIGKILL)

        status = 1
        try:
            sys.addaudithook(watch)
            act()
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as told:
        steps = told.read().split()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) if at is not None else status == 0, f"the steps were {steps}"
    return steps


@contextmanager
def _fresh(bench: Bench, root: Path) -> Iterator[Bench]:
    """The same box once more."""
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(bench.root, root, symlinks=True)
    with serving(root, {"1.0": "ok", "1.1": "ok"}) as port:
        yield Bench(root=root, port=port, maker=bench.maker)


def _is_bootable(bench: Bench) -> bool:
    version = bench.layout.version_at(bench.layout.current)
    return version is not None and (bench.layout.release(version) / "release.json").is_file()


def _boot(bench: Bench, name: str) -> Phase:
    """A start: the decision, then the box, then the judge."""
    bench.boot = name
    trial.at_boot(bench.box())
    bench.box().service.restart()
    bench.start()
    return trial.judge(bench.box()).phase


def _update(bench: Bench, file: Path) -> None:
    updating.prepare(bench.box(), file, allow_older=False, force=True)
    bench.start()
    trial.judge(bench.box())


def _numbers(steps: list[str]) -> list[int]:
    """Every step from where the release gets its name, and some of the many before, which are all alike."""
    named = max(number for number, step in enumerate(steps, start=1) if step == "subprocess.Popen") - 1
    return [*range(1, named, 25), *range(named, len(steps) + 1)]


# A busy disk takes its time for a hundred flushes.
@pytest.mark.timeout(300)
def test_a_plug_pulled_at_any_step_of_an_update_leaves_a_box_that_starts_and_updates(
    bench: Bench, maker: Maker, tmp_path: Path
) -> None:
    file = maker.release("1.1")
    bench.heard("before")
    with _fresh(bench, tmp_path / "whole") as once:
        steps = _with_the_plug_pulled(lambda: _update(once, file), at=None)
    numbers, ends = _numbers(steps), set()
    assert len(numbers) > 20
    for number in numbers:
        with _fresh(bench, tmp_path / "again") as again:
            _with_the_plug_pulled(partial(_update, again, file), at=number)
            where = f"step {number}, {steps[number - 1]}"
            assert _is_bootable(again), where
            end = _boot(again, "second")
            assert end in _ENDS, where
            assert _is_bootable(again), where
            running = again.layout.version_at(again.layout.current)
            assert running == ("1.1" if end is Phase.CONFIRMED else "1.0"), where
            ends.add((running, end))
            assert again.remembers() == ["before"], where
            if end is Phase.IDLE and number % 4 == 0:
                _update(again, file)
                assert again.layout.version_at(again.layout.confirmed) == "1.1", where
    # The plug was pulled early and late.
    assert ends >= {("1.0", Phase.IDLE), ("1.1", Phase.CONFIRMED)}


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("step", "remembered", "told"),
    [(BREAKS, ["before"], "is not shown any more"), (ADDS, ["before", "while 1.1 ran"], "Everything that was stored")],
    ids=["it changed the schema", "it added to the schema"],
)
def test_a_plug_pulled_at_any_step_of_the_way_back_leaves_a_box_that_goes_on_with_it(
    bench: Bench, tmp_path: Path, step: str, remembered: list[str], told: str
) -> None:
    """With a schema that the older version can read and with one that it can't; at boot, so the plug comes twice."""
    bench.heard("before")
    box = bench.box()
    updating.prepare(box, bench.maker.release("1.1", schema=(FIRST, step)), allow_older=False, force=False)
    bench.start()
    bench.heard("while 1.1 ran")
    for number in range(trial.BOOTS_MOST):
        bench.boot = f"boot {number}"
        trial.at_boot(bench.box())
    bench.boot = "the last"
    with _fresh(bench, tmp_path / "whole") as once:
        once.boot = "the last"
        steps = _with_the_plug_pulled(lambda: trial.at_boot(once.box()), at=None)
    assert len(steps) >= 10
    for number in range(1, len(steps) + 1):
        with _fresh(bench, tmp_path / "again") as again:
            again.boot = "the last"
            _with_the_plug_pulled(partial(trial.at_boot, again.box()), at=number)
            where = f"step {number}, {steps[number - 1]}"
            assert _is_bootable(again), where
            assert _boot(again, "one more") in _ENDS, where
            assert again.layout.version_at(again.layout.current) == "1.0", where
            assert again.remembers() == remembered, where
            assert told in again.notices(), where
            assert "1.1" in again.box().record.load()[0].bad, where


@pytest.mark.parametrize("state", ["staged", "trying"])
def test_a_command_that_is_killed_leaves_the_decision_to_the_next_one(bench: Bench, maker: Maker, state: str) -> None:
    file = maker.release("1.1")
    updating.prepare(bench.box(), file, allow_older=False, force=False)
    if state == "staged":
        bench.layout.point(bench.layout.current, "1.0")
    trial.at_boot(bench.box())
    trial.judge(bench.box())
    assert bench.layout.version_at(bench.layout.current) == ("1.0" if state == "staged" else "1.1")
    assert updating.prepare(bench.box(), file, allow_older=False, force=False) is None or state == "staged"
