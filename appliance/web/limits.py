"""How much one phone may ask for. In memory only: nothing about who asked is kept.

Time comes from the monotonic clock, so no clock change locks anybody out.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from appliance.errors import BoxError, Unavailable
from appliance.limits import LimitsSection

_GUESTS_MOST = 20_000
#: what a house player may ask at once, and each second: it says how it is every two, and fetches a song in parts
PLAYERS_BURST, PLAYERS_PER_S = 60, 10


class TooMany(BoxError):
    """Asked too often; `wait_s` says how long to wait."""

    def __init__(self, code: str, detail: str, *, wait_s: float) -> None:
        super().__init__(code, detail, advice="Wait a moment.", wait_s=max(1, round(wait_s)))


class Buckets:
    """A token bucket per guest (burst, then a rate); the least recently seen guests are forgotten."""

    def __init__(self, *, burst: int, per_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._per_s, self._monotonic = float(burst), float(per_s), monotonic
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str) -> None:
        """Takes one.

        Raises: TooMany with the code `too_many_requests`.
        """
        now = self._monotonic()
        level, at = self._levels.pop(who, (self._burst, now))
        level = min(self._burst, level + (now - at) * self._per_s)
        if level < 1:
            self._levels[who] = (level, now)
            raise TooMany("too_many_requests", "This phone asks too often.", wait_s=(1 - level) / self._per_s)
        self._levels[who] = (level - 1, now)
        if len(self._levels) > _GUESTS_MOST:
            self._levels.popitem(last=False)

    def give_back(self, who: str) -> None:
        """One that was taken did no harm."""
        if who in self._levels:
            level, at = self._levels[who]
            self._levels[who] = (level + 1, at)


@dataclass(frozen=True, slots=True)
class Paces:
    """How much guests may say beside what each of them may like and vote."""

    #: what each guest tells DJs
    reactions: Buckets
    #: what everybody at an address says
    addresses: Buckets
    #: what is said at an address by guests whom nobody has seen
    unseen: Buckets


def words_of(limits: LimitsSection) -> Buckets:
    """For likes and votes of each guest."""
    return Buckets(burst=limits.guest_burst, per_s=limits.guest_per_s)


def paces_of(limits: LimitsSection) -> Paces:
    """For all the rest."""
    return Paces(
        reactions=Buckets(burst=limits.reaction_burst, per_s=limits.reactions_per_min / 60),
        addresses=Buckets(burst=limits.address_burst, per_s=limits.address_per_s),
        unseen=Buckets(burst=limits.unseen_burst, per_s=limits.unseen_per_s),
    )


class Throttle:
    """Slows guessing down: some tries are free, then the wait doubles with each failure.

    It is one for everybody, so the longest wait is short: a guest who keeps guessing must not keep staff out, and ten
    seconds a try are for ever against 50 bits.
    """

    def __init__(
        self, *, free: int = 5, longest_s: float = 10, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._free, self._longest_s, self._monotonic = free, longest_s, monotonic
        self._failures = 0
        self._open_at = 0.0

    def check(self) -> None:
        """Raises: TooMany with the code `too_many_tries` while waiting."""
        wait = self._open_at - self._monotonic()
        if wait > 0:
            raise TooMany("too_many_tries", "Too many wrong tries.", wait_s=wait)

    def failed(self) -> None:
        """Counts a wrong try."""
        self._failures += 1
        over = self._failures - self._free
        if over >= 0:
            self._open_at = self._monotonic() + min(self._longest_s, 2.0 ** min(over, 16))

    def succeeded(self) -> None:
        """Forgets the failures."""
        self._failures = 0


def too_large(limit: int) -> BoxError:
    """The error for a body beyond the limit."""
    return BodyTooLarge("body_too_large", f"The body is larger than {limit} bytes.", advice="Send less at once.")


class BodyTooLarge(Unavailable):
    """A request body beyond the limit."""
