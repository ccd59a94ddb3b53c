"""A worker that takes its place in the queue, and one good file."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.analysis import Analyst
from appliance.analysis.worker import PROMPT
from appliance.domain.analysis import Analysis
from tests.analysis.files import float_wav, music

#: the worker as it is, but for its manners: the last in every queue would never be served on a busy machine
PROMPT_WORKER = (sys.executable, "-m", "appliance.analysis", PROMPT)

Hear = Callable[[Path], Analysis]


def never() -> bool:
    """A hall that has time."""
    return False


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a minute in C at 120 beats a minute."""
    return float_wav(tmp_path_factory.mktemp("good") / "good.wav", music(30))


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def analyst(loop: asyncio.Runner) -> Iterator[Analyst]:
    """One worker for all tests of a module: whatever one file does to it, the next is heard."""
    made = Analyst(should_wait=never, command=PROMPT_WORKER)
    yield made
    loop.run(made.stop())


@pytest.fixture(scope="module")
def hear(loop: asyncio.Runner, analyst: Analyst) -> Hear:
    """Hears one file by that worker."""
    return lambda path: loop.run(analyst.analyse(path))
