"""Asks the worker, and keeps it alive: started at need, killed when it hangs, started again when it died."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from appliance.analysis.protocol import LONGEST_LINE, Job, line, read_answer
from appliance.analysis.trouble import Unheard
from appliance.domain.analysis import Analysis, FaultCode

_COMMAND = (sys.executable, "-m", "appliance.analysis")
_CHECKOUT = Path(__file__).parents[2]
_LOOK_AGAIN_S = 1.0
# Windows takes it at the start; elsewhere the worker steps back by itself.
if sys.platform == "win32":
    _STEPS_BACK = subprocess.IDLE_PRIORITY_CLASS
else:
    _STEPS_BACK = 0
# The worker kills its own decoder after seconds; this is for a worker that hangs itself. A slow board that has other
# things to do needs most of it for twenty minutes of music.
_PATIENCE_S = 150.0


class Analyst:
    """One worker, one file at a time; calls wait for each other."""

    def __init__(
        self,
        *,
        should_wait: Callable[[], bool],
        command: Sequence[str] = _COMMAND,
        patience_s: float = _PATIENCE_S,
        look_again_s: float = _LOOK_AGAIN_S,
    ) -> None:
        """`should_wait` says whether the hall needs the machine now; it is asked before each file."""
        self._should_wait = should_wait
        self._command = tuple(command)
        self._patience_s = patience_s
        self._look_again_s = look_again_s
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._asked = 0

    @property
    def pid(self) -> int | None:
        """The worker's process id; None while there is none."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def analyse(self, path: Path) -> Analysis:
        """Hears a file, when its turn comes and the hall can spare the machine.

        Raises: Unheard with what is wrong with the file, or with the worker.
        """
        async with self._turn:
            # What the hall needs is a reading, not an event that somebody could set.
            while self._should_wait():  # noqa: ASYNC110
                await asyncio.sleep(self._look_again_s)
            try:
                async with asyncio.timeout(self._patience_s):
                    return await self._ask(path)
            except TimeoutError:
                await self._kill()
                raise Unheard(FaultCode.TOO_SLOW) from None
            except asyncio.CancelledError:
                # Its answer would be taken for the next file's.
                await self._kill()
                raise

    async def stop(self) -> None:
        """Ends the worker, whatever it does."""
        await self._kill()

    async def _ask(self, path: Path) -> Analysis:
        process = await self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        self._asked += 1
        answer = b""
        with contextlib.suppress(ConnectionError):
            process.stdin.write(line(Job(id=self._asked, path=os.fsencode(path))))
            await process.stdin.drain()
            answer = await process.stdout.readline()
        if not answer.endswith(b"\n"):
            await self._kill()
            raise Unheard(FaultCode.CRASHED)
        found = read_answer(answer)
        if found.analysis is None:
            raise Unheard(found.fault or FaultCode.CRASHED)
        return found.analysis

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=LONGEST_LINE,
                cwd=_CHECKOUT,
                # A session of its own, so that its decoder goes when it is killed.
                start_new_session=True,
                creationflags=_STEPS_BACK,
            )
        return self._process

    async def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
