"""How long to wait after a failure: decorrelated jitter, so that many senders cut off together do not return together.

Marc Brooker, "Exponential Backoff And Jitter" (2015): each wait is drawn between the base and three times the last.
Forgotten only after a success that lasted: a link that works for a second every minute stays in its place.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Backoff:
    """The state of one sender's waits. Seconds throughout."""

    base_s: float = 1.0
    most_s: float = 60.0
    #: how long things must go well until failures are forgotten
    stable_s: float = 30.0
    last_s: float = 0.0
    #: since when things go well, by a monotonic clock; None while they don't
    well_since_s: float | None = None

    def failed(self, *, draw: Callable[[float, float], float]) -> "Backoff":
        """After a failure: `last_s` of the result is how long to wait. `draw` is `random.uniform` or a test's."""
        wait = draw(self.base_s, max(self.base_s, self.last_s) * 3)
        return replace(self, last_s=min(self.most_s, wait), well_since_s=None)

    def succeeded(self, *, now_s: float) -> "Backoff":
        """After a success at `now_s`."""
        since = now_s if self.well_since_s is None else self.well_since_s
        last = 0.0 if now_s - since >= self.stable_s else self.last_s
        return replace(self, last_s=last, well_since_s=since)

    def forgotten(self) -> "Backoff":
        """Things are different now: the next failure is a first one."""
        return replace(self, last_s=0.0, well_since_s=None)
