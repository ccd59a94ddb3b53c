"""What time guests' phones agree on. Pure. It annotates the night for later; no clock is ever set by it.

Each guest has one vote. Phones that lie or are wrong by hours move the result by no more than honest ones differ among
themselves, as long as they are fewer than half.
"""

from collections.abc import Collection
from statistics import median

from appliance.domain import timekeeping
from appliance.domain.models import ClockTrust
from appliance.domain.timekeeping import Anchor, Hint

PHONES_LEAST = 5
VOTES_MOST = 2_000
#: phones set by their networks differ by less from each other; nobody so close is left out
HONEST_MS = 2_000
#: a vote's way to the box, which nobody measures
WAY_MS = 500
#: a median of absolute deviations as a standard deviation, three times
_MAD = 3 * 1.4826


class Votes:
    """Guests' wall times against this boot's time, one for each guest."""

    def __init__(self, *, most: int = VOTES_MOST) -> None:
        self._most = most
        #: guest: the wall time at the start of the boot as that phone sees it
        self._votes: dict[str, int] = {}

    def cast(self, guest: str, *, wall_ms: int, boot_ms: int) -> None:
        """A guest's phone says what time it is; the newest counts. Times that can't be are not taken."""
        if timekeeping.is_plausible(wall_ms) and (guest in self._votes or len(self._votes) < self._most):
            self._votes[guest] = wall_ms - boot_ms

    def forget(self, guest: str) -> None:
        """Takes a guest's vote out."""
        self._votes.pop(guest, None)

    def keep_only(self, guests: Collection[str]) -> None:
        """Forgets the votes of all others: who asks once and is gone is no guest."""
        self._votes = {guest: vote for guest, vote in self._votes.items() if guest in guests}

    def agreed(self, *, boot: str, boot_ms: int) -> Hint | None:
        """The time at this moment; None while too few phones said one, or too few of them the same."""
        votes = sorted(self._votes.values())
        if len(votes) < PHONES_LEAST:
            return None
        middle = median(votes)
        spread = max(HONEST_MS, _MAD * median(abs(vote - middle) for vote in votes))
        kept = [vote for vote in votes if abs(vote - middle) <= spread]
        if len(kept) < PHONES_LEAST or 2 * len(kept) <= len(votes):
            return None
        best = round(median(kept))
        error_ms = WAY_MS + round(_MAD * median(abs(vote - best) for vote in kept))
        anchor = Anchor(boot, boot_ms, best + boot_ms, ClockTrust.GUESTS)
        return Hint(anchor, error_ms, "guests")
