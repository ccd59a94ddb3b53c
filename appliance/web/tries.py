"""How often one may try to log in or to register: by the browser, by where it is, by the account, and by the hall.

Sized for a thousand phones behind one address: what counts are wrong passwords and new accounts, and a hall has few
of either in a minute. In memory only, under keys that say nothing of anybody; time is the monotonic clock's.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from appliance.web.limits import Buckets, TooMany

#: how many at once, and then how many a second
Rate = tuple[int, float]
_HALL = "the hall"


@dataclass(frozen=True, slots=True)
class Rates:
    """What is let through."""

    #: one browser, by its guest's cookie: whoever throws that away is counted by the address
    browser: Rate
    #: one address, behind which a whole hall may be
    address: Rate
    #: one account, whoever tries it
    account: Rate
    #: everybody together
    hall: Rate


LOGINS = Rates(browser=(10, 1 / 60), address=(100, 1.0), account=(20, 1 / 30), hall=(300, 3.0))
REGISTRATIONS = Rates(browser=(3, 1 / 300), address=(150, 0.5), account=(3, 1 / 300), hall=(300, 1.0))


@dataclass(frozen=True, slots=True)
class Trier:
    """Who tries, as far as the box can tell."""

    #: digest of where they are
    address: str
    #: the id in the browser's cookie, if it has a good one
    browser: str | None
    #: digest of the account that is tried
    account: str


class Tries:
    """The tries of this run, for one kind of door."""

    def __init__(self, rates: Rates, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._browsers, self._addresses, self._accounts, self._hall = (
            Buckets(burst=burst, per_s=per_s, monotonic=monotonic)
            for burst, per_s in (rates.browser, rates.address, rates.account, rates.hall)
        )

    def take(self, who: Trier) -> None:
        """Counts a try before it is made: many at the same moment are many too.

        Raises: TooMany with the code `too_many_requests`.
        """
        taken: list[tuple[Buckets, str]] = []
        for buckets, key in self._counted(who):
            try:
                buckets.take(key)
            except TooMany:
                for earlier, earlier_key in taken:
                    earlier.give_back(earlier_key)
                raise
            taken.append((buckets, key))

    def give_back(self, who: Trier) -> None:
        """The try was right: nobody was guessing."""
        for buckets, key in self._counted(who):
            buckets.give_back(key)

    def _counted(self, who: Trier) -> list[tuple[Buckets, str]]:
        counted = [(self._addresses, who.address), (self._accounts, who.account), (self._hall, _HALL)]
        return [(self._browsers, who.browser), *counted] if who.browser else counted
