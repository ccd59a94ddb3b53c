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
    #: a browser that was logged in with the very account before: nobody else's guesses lock its owner out
    known: Rate


LOGINS = Rates(browser=(10, 1 / 60), address=(100, 1.0), account=(20, 1 / 30), hall=(300, 3.0), known=(10, 1 / 60))
REGISTRATIONS = Rates(
    browser=(3, 1 / 300), address=(150, 0.5), account=(3, 1 / 300), hall=(300, 1.0), known=(3, 1 / 300)
)


@dataclass(frozen=True, slots=True)
class Trier:
    """Who tries, as far as the box can tell."""

    #: digest of where they are
    address: str
    #: the id in the browser's cookie, if it has a good one
    browser: str | None
    #: digest of the account that is tried
    account: str
    #: a phone that has been here for a while: no flood of strangers behind its address keeps it out
    has_stayed: bool = False
    #: digest of the account that this browser was logged in with last
    known_by: str | None = None


class Tries:
    """The tries of this run, for one kind of door."""

    def __init__(self, rates: Rates, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._browsers, self._addresses, self._accounts, self._hall, self._known = (
            Buckets(burst=burst, per_s=per_s, monotonic=monotonic)
            for burst, per_s in (rates.browser, rates.address, rates.account, rates.hall, rates.known)
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
        if who.known_by == who.account:
            return [(self._known, who.account)]
        counted = [(self._accounts, who.account)]
        if who.browser:
            counted.append((self._browsers, who.browser))
        if not (who.browser and who.has_stayed):
            counted += [(self._addresses, who.address), (self._hall, _HALL)]
        return counted
