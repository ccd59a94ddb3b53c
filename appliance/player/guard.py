"""Starts a player again whenever it falls; mpv plays on meanwhile.

It has read everything that a player needs, and makes each as a copy of itself: the next one is there within some
hundredths of a second, where a new program takes one or two on a small computer.
"""

import contextlib
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkProcess

#: a player's status when another one plays in its place: however long a slow machine took to find that out
NOT_HERE = 3
_ENDINGS = (signal.SIGTERM, signal.SIGINT)
_AT_ONCE_S = 3.0
#: after one that fell, after one that fell at once, and after more of those, so that a broken machine does not spin
_PAUSES_S = (0.0, 0.2, 0.5, 2.0)
#: the same where nobody watches: without mpv, say, until somebody installs it
_PATIENT_S = 20.0


class Guard:
    """One player's keeper. Whoever asks it to end asks the player."""

    def __init__(self, play: Callable[[], int], *, is_patient: bool) -> None:
        """`play` is the player; its status is the process's. One that `is_patient` does not end by itself, even when
        what it starts can't go.
        """
        self._play, self._is_patient = play, is_patient
        self._ended = threading.Event()
        self._child: ForkProcess | None = None

    def run(self) -> int:
        """Returns the player's status when it ended because it was asked to, or because it can't go."""
        for wanted in _ENDINGS:
            signal.signal(wanted, self._end)
        signal.signal(signal.SIGHUP, self._leave)
        fell = 0
        while True:
            began = time.monotonic()
            status = self._status(self._begin())
            fell_at_once = time.monotonic() - began < _AT_ONCE_S
            # What refuses at once was asked for what can't be; what falls later is to go on.
            is_over = status in {0, 2, NOT_HERE} or (status == 1 and fell_at_once)
            if self._ended.is_set() or (is_over and not self._is_patient):
                return 1 if status == NOT_HERE else status
            fell = fell + 1 if fell_at_once else 0
            pause_s = _PATIENT_S if is_over else _PAUSES_S[min(fell, len(_PAUSES_S) - 1)]
            if self._ended.wait(pause_s):
                return 0

    def _begin(self) -> ForkProcess:
        with _held():
            self._child = multiprocessing.get_context("fork").Process(target=self._as_child)
            self._child.start()
        return self._child

    def _as_child(self) -> None:
        for wanted in (*_ENDINGS, signal.SIGHUP):
            signal.signal(wanted, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDINGS)
        raise SystemExit(self._play())

    def _status(self, child: ForkProcess) -> int:
        child.join()
        return child.exitcode or 0

    def _end(self, _number: int, _frame: object) -> None:
        self._ended.set()
        if self._child is not None:
            self._child.terminate()

    def _leave(self, _number: int, _frame: object) -> None:
        """Whoever asks starts the player anew: mpv is not told, and plays on until then."""
        self._ended.set()
        if self._child is not None:
            self._child.kill()


@contextlib.contextmanager
def _held() -> Iterator[None]:
    """Nobody is asked to end between a copy's beginning and its own answer to that."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDINGS)
