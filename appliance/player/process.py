"""A process that this one need not have started, without mistaking another one with its number for it."""

import contextlib
import os
import signal
import socket
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Self

#: of Linux's states: stopped, traced, dead but not yet buried
_DOES_NOTHING = frozenset("TtZXx")


@dataclass(frozen=True, slots=True)
class Process:
    """Held by the kernel's own handle, so its number can't come to mean another one."""

    pid: int
    _handle: int

    @classmethod
    def at(cls, line: socket.socket) -> Self:
        """Whoever listens at the other end of a Unix socket. Raises: OSError when it is gone."""
        said = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid, _, _ = struct.unpack("3i", said)
        return cls(pid, os.pidfd_open(pid))

    def is_down(self) -> bool:
        """Whether it can't do anything: it is stopped, or gone."""
        try:
            # The name, in parentheses, may hold anything; the state comes after it.
            state = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
        except OSError:
            return True
        return state.split()[0] in _DOES_NOTHING

    def kill(self) -> None:
        """Ends it, if it is there."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def forget(self) -> None:
        """Gives the handle back."""
        with contextlib.suppress(OSError):
            os.close(self._handle)
