"""One word is not enough for a fork: between the cloud and the box stands who ends TLS, and a bit may turn over there.

A history begun anew without need tells some rows twice, so the cloud is asked again first. A real fork says the same
thing again; where somebody else writes the other history meanwhile, it says so again and again. Pure.
"""

from sync.journal.answers import Outcome
from sync.journal.entries import Position

#: words against the own history in a row that are believed even when no two are the same
_WORDS_MOST = 4


class Doubt:
    """What was said against the own history, with nothing said for it since."""

    def __init__(self) -> None:
        self._last: Position | None = None
        self._words = 0

    def is_believed(self, outcome: Outcome) -> bool:
        """Whether one more word against the own history settles it."""
        position: Position | None = getattr(outcome, "position", None)
        self._words += 1
        settled = (position is not None and position == self._last) or self._words >= _WORDS_MOST
        self._last = position
        if settled:
            self.dispel()
        return settled

    def dispel(self) -> None:
        """The cloud went on with the own history, or another one was begun."""
        self._last, self._words = None, 0
