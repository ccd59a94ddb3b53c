"""How long to wait after a failure: longer each time, and never two boxes in step. Pure."""

from collections.abc import Callable


class Backoff:
    """Decorrelated jitter: each wait is a random one between the least and three times the last."""

    def __init__(self, *, least_s: float, most_s: float, choose: Callable[[float, float], float]) -> None:
        """`choose` gives a random number between two, such as `random.uniform`."""
        self._least_s, self._most_s, self._choose = least_s, most_s, choose
        self._last_s = least_s

    def next_s(self) -> float:
        """The next wait, seconds."""
        self._last_s = min(self._most_s, self._choose(self._least_s, self._last_s * 3))
        return self._last_s

    def reset(self) -> None:
        """Things went well, or are different now: the next failure is a first one."""
        self._last_s = self._least_s
