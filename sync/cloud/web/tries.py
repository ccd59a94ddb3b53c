"""Guessing made slow: each who guesses wrong waits, and longer each time. In memory; nothing about who asked is kept.

Time comes from the monotonic clock, so no clock change locks anybody out.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from sync.cloud.spreading import TooOften

_FREE = 5
_LONGEST_S = 900.0
_FORGOTTEN_AFTER_S = 3600.0
_KNOWN_MOST = 20_000


class Tries:
    """Wrong tries by who made them, such as an access key's id; forgotten after an hour without one."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def check(self, who: str) -> None:
        """Raises: TooOften with the code `too_many_tries` while `who` must wait."""
        count, last = self._wrong.get(who, (0, 0.0))
        if count < _FREE:
            return
        wait = last + min(_LONGEST_S, 2.0 ** min(count - _FREE, 16)) - self._monotonic()
        if wait > 0:
            raise TooOften("too_many_tries", "Too many wrong tries.", wait_s=max(1, round(wait)))

    def failed(self, who: str) -> None:
        """A wrong try."""
        now = self._monotonic()
        while self._wrong and next(iter(self._wrong.values()))[1] < now - _FORGOTTEN_AFTER_S:
            self._wrong.popitem(last=False)
        count, _ = self._wrong.pop(who, (0, 0.0))
        self._wrong[who] = (count + 1, now)
        if len(self._wrong) > _KNOWN_MOST:
            self._wrong.popitem(last=False)

    def succeeded(self, who: str) -> None:
        """Forgets what went wrong before."""
        self._wrong.pop(who, None)
