"""The worker: hears one file after another, out of everybody's way. Started by `Analyst`, ended by closing its input.

It is the last to get the processor and the disk, may not grow, and may be killed at any moment.
"""

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from appliance.analysis.protocol import Answer, Job, line, read_job
from appliance.analysis.trouble import Unheard
from appliance.domain.analysis import Analysis, FaultCode
from appliance.sums import on_one_thread

#: what the worker, and each decoder it starts, may hold at most
MEMORY_BYTES = 400 << 20
_NICEST = 19
#: given to a worker that somebody waits for, as in a test: it takes its place in the queue
PROMPT = "--prompt"


def main() -> int:
    """Takes jobs from standard input and answers on standard output until the input ends."""
    bound_memory()
    if PROMPT not in sys.argv:
        step_back()
    # The answers' pipe is kept apart, so that nothing that a library prints gets between them.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    # Heavy, so after stepping back, and before the first job.
    from appliance.analysis.pipeline import analyse  # noqa: PLC0415

    serve(sys.stdin.buffer, answers, analyse=analyse)
    return 0


def serve(jobs: BinaryIO, answers: BinaryIO, *, analyse: Callable[[Path], Analysis]) -> None:
    """Answers each job in turn."""
    for asked in jobs:
        job = read_job(asked)
        try:
            answers.write(line(_answered(job, analyse)))
        except BrokenPipeError:
            return


def _answered(job: Job, analyse: Callable[[Path], Analysis]) -> Answer:
    try:
        return Answer(id=job.id, analysis=analyse(Path(os.fsdecode(job.path))))
    except Unheard as trouble:
        return Answer(id=job.id, fault=trouble.fault.code)
    except MemoryError:
        return Answer(id=job.id, fault=FaultCode.TOO_BIG)


def bound_memory() -> None:
    """Bounds what this process, and each it starts, may hold."""
    on_one_thread()
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not on every system

        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        bound = MEMORY_BYTES if most == resource.RLIM_INFINITY else min(MEMORY_BYTES, most)
        resource.setrlimit(resource.RLIMIT_DATA, (bound, bound))


def step_back() -> None:
    """Makes this process, and what it starts, the last in every queue."""
    if sys.platform != "win32":
        # Set and not added: whoever started this may have put itself in front.
        os.setpriority(os.PRIO_PROCESS, 0, _NICEST)
    if sys.platform == "linux":
        # Niceness counts within a session only, where the kernel shares out by sessions; not every kernel does.
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(_NICEST), encoding="ascii")
        # Idle for the disk, too: Linux takes that from the scheduling class.
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
