"""Ends what the demo has started when the demo is gone, however that went: a process of its own that outlives it.

It is told of each process and of the temporary folder through a pipe; the pipe ends with the demo, also with one that
was killed. Processes are held by the kernel's handles, so that nobody else is ever ended in their place.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_ENDS_WITHIN_S = 4.0


@dataclass(slots=True)
class Caretaker:
    """The demo's end of the pipe."""

    _pipe: IO[str]

    def watch(self, pid: int) -> None:
        """Has a process ended with the demo."""
        self._say(f"process {pid}")

    def remove(self, folder: Path) -> None:
        """Has a folder removed with the demo."""
        self._say(f"folder {folder}")

    def _say(self, line: str) -> None:
        with contextlib.suppress(OSError):  # it was ended by somebody: the demo ends its processes by itself too
            self._pipe.write(f"{line}\n")
            self._pipe.flush()


@contextmanager
def caretaker() -> Iterator[Caretaker]:
    """A caretaker until the block ends; then what it was told of is gone."""
    command = [sys.executable, "-m", "appliance.demo.caretaker"]
    # A Ctrl-C in the terminal is not for it.
    process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdin is not None
    try:
        yield Caretaker(process.stdin)
    finally:
        with contextlib.suppress(OSError):
            process.stdin.close()
        process.wait()


def _end(handles: list[int]) -> None:
    """Asks each to end, and kills those that don't."""
    for number, within_s in ((signal.SIGTERM, _ENDS_WITHIN_S), (signal.SIGKILL, 1.0)):
        for handle in handles:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, number)
        until = time.monotonic() + within_s
        # A handle can be read as soon as its process has ended.
        while handles and (left_s := until - time.monotonic()) > 0:
            over = select.select(handles, [], [], left_s)[0]
            handles = [handle for handle in handles if handle not in over]


def main() -> None:
    """Listens until the pipe ends, then puts everything away."""
    handles: list[int] = []
    folders: list[str] = []
    for line in sys.stdin:
        what, _, which = line.rstrip("\n").partition(" ")
        if what == "folder":
            folders.append(which)
        else:
            with contextlib.suppress(ProcessLookupError):
                handles.append(os.pidfd_open(int(which)))
    _end(handles)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
