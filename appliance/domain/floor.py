"""How alive a floor is: one number from 0 to 100, from who is there and what they say, minute by minute. Pure.

Two things make it: whether people answer (likes, reactions, tempo votes, for each phone that is there), and whether
they stay (phones now against the most there were lately). A full hall that says nothing is no more than a third alive;
nobody is told a number for a handful of phones, because one of them would make it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: what people said counts for so many minutes: about the length of a track
WINDOW = 5
#: how far back the graph reaches, and what the number of phones is measured against
REACH = 30
#: with fewer phones the number would be about persons
GUESTS_LEAST = 5
#: a vote says less than a like, and that something is wrong with the tempo less than that it is right
REACTION_WEIGHT, PERFECT_WEIGHT, TEMPO_WEIGHT = 0.5, 0.5, 0.25
#: answers for each phone and minute at which a floor is two thirds alive: every third phone, once a track
LIVELY = 0.08
#: how much of the number is what people say; the rest is that they are there
ANSWERS_SHARE = 0.65


@dataclass(frozen=True, slots=True)
class Minute:
    """What one minute on a stage was. Counts only."""

    #: phones that were there
    guests: int = 0
    #: likes that were given
    likes: int = 0
    #: reactions that were sent
    reactions: int = 0
    #: tempo votes for what is on as it is
    perfect: int = 0
    #: tempo votes for another tempo
    other: int = 0

    @property
    def answers(self) -> float:
        """What people said, weighed."""
        votes = PERFECT_WEIGHT * self.perfect + TEMPO_WEIGHT * self.other
        return self.likes + REACTION_WEIGHT * self.reactions + votes


#: minutes one after the other, the oldest first; None where nobody counted
Minutes = Sequence[Minute | None]


def energy(minutes: Minutes) -> int | None:
    """The energy at the end of these minutes; None when too few phones are there to say, or nobody counted."""
    window = [minute for minute in minutes[-WINDOW:] if minute is not None]
    if max((minute.guests for minute in window), default=0) < GUESTS_LEAST:
        return None
    present = sum(minute.guests for minute in window)
    most = max(minute.guests for minute in minutes[-REACH:] if minute is not None)
    answers = 1 - math.exp(-sum(minute.answers for minute in window) / present / LIVELY)
    stays = present / len(window) / most
    return round(100 * (ANSWERS_SHARE * answers + (1 - ANSWERS_SHARE) * stays))


def curve(minutes: Minutes) -> list[int | None]:
    """The energy at the end of each of the last minutes, the oldest first."""
    first = max(0, len(minutes) - REACH)
    return [energy(minutes[: end + 1]) for end in range(first, len(minutes))]
