"""Starts a player again whenever it falls; mpv plays on meanwhile."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence

#: a player's status when another one plays in its place: however long a slow machine took to find that out
NOT_HERE = 3
_AGAIN_S = 0.2
_AT_ONCE_S = 3.0
#: after one that fell at once, so that a broken machine does not spin
_AGAIN_LATER_S = 2.0
#: the same where nobody watches: without mpv, say, until somebody installs it
_PATIENT_S = 20.0


class Guard:
    """One player's keeper. Whoever asks it to end asks the player."""

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str], is_patient: bool) -> None:
        """One that `is_patient` does not end by itself, even when what it starts can't go."""
        self._command, self._is_patient = command, is_patient
        self._environment = {**os.environ, **environment}
        self._ended = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None

    def run(self) -> int:
        """Returns the player's status when it ended because it was asked to, or because it can't go."""
        for wanted in (signal.SIGTERM, signal.SIGINT):
            signal.signal(wanted, self._end)
        while True:
            began = time.monotonic()
            self._child = subprocess.Popen(self._command, env=self._environment)
            if self._ended.is_set():
                self._child.terminate()
            status = self._child.wait()
            fell_at_once = time.monotonic() - began < _AT_ONCE_S
            # What refuses at once was asked for what can't be; what falls later is to go on.
            is_over = status in {0, 2, NOT_HERE} or (status == 1 and fell_at_once)
            if self._ended.is_set() or (is_over and not self._is_patient):
                return 1 if status == NOT_HERE else status
            pause_s = _PATIENT_S if is_over else _AGAIN_LATER_S if fell_at_once else _AGAIN_S
            if self._ended.wait(pause_s):
                return 0

    def _end(self, _number: int, _frame: object) -> None:
        self._ended.set()
        if self._child is not None:
            self._child.terminate()
