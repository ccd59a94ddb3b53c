"""Processes of the bench: on which CPU they run, what they use, how they start and end.

Owns affinity, `/proc`, and the rule that a load generator has a process to itself. Must not know what is served.
"""

import contextlib
import gc
import multiprocessing
import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

import psutil

#: what 1,000 phones, their server and the interpreter need, with room to spare
OPEN_FILES = 4096
_READY_WITHIN_S = 20.0
_ENDS_WITHIN_S = 15.0

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Broken(RuntimeError):
    """The bench could not measure: a program did not start, or answered something that is not a result."""


@dataclass(frozen=True, slots=True)
class Cpus:
    """Which CPUs the server and the load generator may use."""

    #: where whatever is measured runs
    server: frozenset[int]
    #: where phones are played
    load: frozenset[int]

    @classmethod
    def here(cls) -> Self:
        """One CPU each where there are two; otherwise they share, and the figures say less."""
        allowed = sorted(os.sched_getaffinity(0))
        if len(allowed) < 2:
            return cls(server=frozenset(allowed), load=frozenset(allowed))
        return cls(server=frozenset(allowed[:1]), load=frozenset(allowed[1:2]))

    def in_words(self) -> str:
        """Who runs where, for the line under the table."""
        if self.server == self.load:
            return "server and generator share the only CPU"
        return f"server on CPU {min(self.server)}, generator on CPU {min(self.load)}"


@contextlib.contextmanager
def on_cpus(cpus: frozenset[int]) -> Iterator[None]:
    """What is started in this block runs there: a child inherits its parent's CPUs."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def raise_open_files(wanted: int = OPEN_FILES) -> int:
    """The number of files this process and its children may open, raised to `wanted` where that is allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else soft


def cpu_ms(pid: int) -> float:
    """CPU time that all threads of a process have used, from the scheduler; `/proc/PID/stat` rounds it to 10 ms."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text(encoding="ascii").split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue  # a thread of a pool ended between listing and reading
    return total / 1e6


def rss_bytes(pid: int) -> int:
    """Memory of a process that is in RAM. Socket buffers are the kernel's and not in it."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise Broken(f"/proc/{pid}/status has no VmRSS: the process is ending.")


def age_s(pid: int) -> float:
    """How long ago a process was started, in seconds, to a hundredth."""
    # The name may hold spaces; it ends with the last bracket (proc(5)).
    words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(words[19]) / os.sysconf("SC_CLK_TCK")


def _prepare(cpus: frozenset[int]) -> None:
    os.sched_setaffinity(0, cpus)
    raise_open_files()
    # A collection in the middle of an event would be measured as the server's delay.
    gc.disable()


def in_own_process(cpus: frozenset[int], work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Runs `work` in a fresh process on `cpus` and returns its result; what it raises is raised here."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, initializer=_prepare, initargs=(cpus,)) as pool:
        return pool.submit(work, *args, **kwargs).result()


class Program:
    """A server under test. It ends with the `with` block, whatever happened in it."""

    def __init__(
        self, command: Sequence[str], *, cpus: frozenset[int], log: Path, environment: Mapping[str, str]
    ) -> None:
        self._log = log
        self._name = " ".join(command[-3:])
        #: when it was started, on the monotonic clock
        self.started_ns = time.monotonic_ns()
        with on_cpus(cpus), log.open("wb") as sink:
            self._process = subprocess.Popen(
                list(command), stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, env={**os.environ, **environment}
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Asks `ready` every few milliseconds until it says yes.

        Raises: Broken, with the end of the program's log, when it ended or took too long.
        """
        until = time.monotonic() + _READY_WITHIN_S
        while not ready():
            if self._process.poll() is not None:
                raise Broken(f"`{self._name}` ended with {self._process.returncode}.\n{self.said()[-2000:]}")
            if time.monotonic() > until:
                raise Broken(f"`{self._name}` was not ready within {_READY_WITHIN_S:g} s.\n{self.said()[-2000:]}")
            time.sleep(0.005)

    def end(self) -> None:
        """Asks it to end, and makes it end."""
        if self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Ends it and all it started without a chance to tidy up, as a pulled plug would for processes."""
        if self._process.poll() is not None:
            return
        tree = psutil.Process(self._process.pid)
        # Parents first: a supervisor must not start again what just ended.
        for each in [tree, *tree.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        self._process.wait()

    def said(self) -> str:
        """What it printed."""
        return self._log.read_text(encoding="utf-8", errors="replace")
