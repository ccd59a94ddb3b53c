"""The worker: out of everybody's way, started again when it dies, idle while the hall needs the machine."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from appliance.analysis import Analyst, Unheard
from appliance.analysis.worker import MEMORY_BYTES
from appliance.domain.analysis import FaultCode
from tests.analysis.conftest import PROMPT_WORKER, never


def _worker_that(does: str) -> tuple[str, ...]:
    """A worker that does this with its first line, instead of hearing anything."""
    return (sys.executable, "-c", f"import os, sys, time; line = sys.stdin.readline(); {does}")


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def _code(analyst: Analyst, path: Path) -> FaultCode:
    with pytest.raises(Unheard) as trouble:
        await analyst.analyse(path)
    return trouble.value.fault.code


def _place(worker: psutil.Process) -> tuple[int, int, str]:
    """Where a process stands: niceness, scheduling class, and the niceness of its session."""
    group = Path(f"/proc/{worker.pid}/autogroup")
    session = group.read_text(encoding="ascii").split()[-1] if group.exists() else "19"
    return worker.nice(), os.sched_getscheduler(worker.pid), session


_LAST = (19, os.SCHED_IDLE, "19")


def test_it_is_the_last_in_every_queue_and_bounded_in_memory(good: Path) -> None:
    async def scenario() -> None:
        analyst = Analyst(should_wait=never)
        hearing = asyncio.create_task(analyst.analyse(good))
        while analyst.pid is None:
            await asyncio.sleep(0)
        worker, deadline = psutil.Process(analyst.pid), time.monotonic() + 60
        while _place(worker) != _LAST:
            assert not hearing.done(), (_place(worker), hearing)
            assert time.monotonic() < deadline, (_place(worker), worker.status(), worker.cpu_times())
            await asyncio.sleep(0.01)
        assert worker.rlimit(psutil.RLIMIT_DATA) == (MEMORY_BYTES, MEMORY_BYTES)
        hearing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hearing

    asyncio.run(scenario())


def test_a_worker_that_dies_is_started_again(good: Path) -> None:
    async def scenario() -> None:
        analyst = Analyst(should_wait=never, command=PROMPT_WORKER)
        await analyst.analyse(good)
        first = analyst.pid
        assert first is not None
        hearing = asyncio.create_task(analyst.analyse(good))
        await asyncio.sleep(0.05)
        os.kill(first, signal.SIGKILL)
        with pytest.raises(Unheard) as trouble:
            await hearing
        assert trouble.value.fault.code is FaultCode.CRASHED
        assert (await analyst.analyse(good)).tempo is not None
        assert analyst.pid not in {None, first}
        await analyst.stop()

    asyncio.run(scenario())


def test_a_worker_that_says_nothing_is_killed_with_all_it_started(tmp_path: Path, good: Path) -> None:
    pids = tmp_path / "pids"
    starts = "import subprocess; child = subprocess.Popen(['sleep', '60'])"
    hangs = f"{starts}; open({str(pids)!r}, 'w').write(str(child.pid)); time.sleep(60)"

    async def scenario() -> None:
        analyst = Analyst(should_wait=never, command=_worker_that(hangs), patience_s=2)
        assert await _code(analyst, good) is FaultCode.TOO_SLOW
        assert analyst.pid is None

    asyncio.run(scenario())
    child, deadline = int(pids.read_text(encoding="ascii")), time.monotonic() + 10
    while _lives(child):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    "does", ["sys.exit(3)", "os.abort()", "print('half a line', end='')", "os.kill(os.getpid(), 9)"]
)
def test_a_worker_that_ends_in_the_middle_is_a_fault_of_that_file_only(does: str, good: Path) -> None:
    async def scenario() -> None:
        analyst = Analyst(should_wait=never, command=_worker_that(does))
        assert await _code(analyst, good) is FaultCode.CRASHED
        assert await _code(analyst, good) is FaultCode.CRASHED
        await analyst.stop()

    asyncio.run(scenario())


def test_a_decoder_that_dies_is_a_fault_of_its_file_and_not_of_the_worker(tmp_path: Path, good: Path) -> None:
    """With a decoder on PATH that is killed as a crash would kill it."""
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\nkill -SEGV $$\n", encoding="ascii")
    program.chmod(0o755)

    async def scenario() -> None:
        command = ("env", f"PATH={tmp_path}:{os.environ['PATH']}", *PROMPT_WORKER)
        analyst = Analyst(should_wait=never, command=command)
        assert await _code(analyst, good) is FaultCode.BROKEN
        worker = analyst.pid
        assert await _code(analyst, good) is FaultCode.BROKEN
        assert analyst.pid == worker
        await analyst.stop()

    asyncio.run(scenario())


def test_a_decoder_that_works_without_giving_sound_is_stopped(tmp_path: Path, good: Path) -> None:
    program = tmp_path / "ffmpeg"
    # Asked for its formats it answers at once, as the real one does.
    program.write_text('#!/bin/sh\ncase "$*" in *muxer*) exit 0;; esac\nwhile :; do :; done\n', encoding="ascii")
    program.chmod(0o755)

    async def scenario() -> None:
        command = ("env", f"PATH={tmp_path}:{os.environ['PATH']}", *PROMPT_WORKER)
        analyst = Analyst(should_wait=never, command=command)
        assert await _code(analyst, good) is FaultCode.TOO_SLOW
        assert analyst.pid is not None
        used = psutil.Process(analyst.pid).cpu_times()
        assert used.children_user + used.children_system < 5
        await analyst.stop()

    asyncio.run(scenario())


def test_without_a_decoder_every_file_says_so(tmp_path: Path, good: Path) -> None:
    async def scenario() -> None:
        analyst = Analyst(should_wait=never, command=("env", f"PATH={tmp_path}", *PROMPT_WORKER))
        assert await _code(analyst, good) is FaultCode.NO_DECODER
        await analyst.stop()

    asyncio.run(scenario())


def test_nothing_is_heard_while_the_hall_needs_the_machine(good: Path) -> None:
    async def scenario() -> None:
        is_busy = True
        analyst = Analyst(should_wait=lambda: is_busy, command=PROMPT_WORKER, look_again_s=0.01)
        hearing = asyncio.create_task(analyst.analyse(good))
        await asyncio.sleep(0.3)
        assert analyst.pid is None
        is_busy = False
        assert (await hearing).tempo is not None
        await analyst.stop()

    asyncio.run(scenario())


def test_files_wait_for_each_other_and_each_gets_its_own_answer(good: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp3"
    empty.touch()

    async def scenario() -> None:
        analyst = Analyst(should_wait=never, command=PROMPT_WORKER)
        found = await asyncio.gather(*(analyst.analyse(path) for path in (good, empty, good)), return_exceptions=True)
        assert isinstance(found[1], Unheard)
        assert found[0] == found[2]
        await analyst.stop()

    asyncio.run(scenario())


def test_a_caller_that_gives_up_does_not_leave_its_answer_to_the_next(good: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp3"
    empty.touch()

    async def scenario() -> None:
        analyst = Analyst(should_wait=never, command=PROMPT_WORKER)
        hearing = asyncio.create_task(analyst.analyse(good))
        await asyncio.sleep(0.2)
        hearing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hearing
        assert await _code(analyst, empty) is FaultCode.EMPTY
        await analyst.stop()

    asyncio.run(scenario())


def test_a_name_need_not_be_text(good: Path, tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/na\xffme \n'%s.wav"))
    odd.write_bytes(good.read_bytes())

    async def scenario() -> None:
        analyst = Analyst(should_wait=never, command=PROMPT_WORKER)
        assert (await analyst.analyse(odd)).tempo is not None
        await analyst.stop()

    asyncio.run(scenario())


def test_the_worker_ends_with_the_program_that_started_it(good: Path) -> None:
    script = f"""
import asyncio, os
from pathlib import Path
from appliance.analysis import Analyst
async def main():
    analyst = Analyst(should_wait=lambda: False, command={PROMPT_WORKER!r})
    await analyst.analyse(Path({str(good)!r}))
    print(analyst.pid, flush=True)
    os._exit(0)
asyncio.run(main())
"""

    async def scenario() -> None:
        program = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
        said, _ = await program.communicate()
        worker = int(said)
        async with asyncio.timeout(10):
            while _lives(worker):
                await asyncio.sleep(0.05)

    asyncio.run(scenario())
