"""What shall the house play next? A few tracks to choose from while one is on, one vote for each phone. Pure.

A ballot belongs to a play of the house. There is one for every such play, also where nothing is to be chosen from: by
that dancers' pages know that the house plays, and why it plays this.
"""

from collections.abc import Collection
from dataclasses import dataclass

from appliance.domain.house import Reason
from appliance.errors import Invalid, Refused

#: so many tracks may be chosen from
CANDIDATES = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A track that may come next."""

    #: the library's id
    track_id: str
    #: empty when nobody said
    artist: str
    title: str
    #: why the house thought of it
    why: Reason


@dataclass(frozen=True, slots=True)
class Ballot:
    """What is asked while a play is on."""

    #: short random id
    id: str
    stage_id: str
    #: the play during which it is asked
    play_id: str
    #: the one that fits best first; fewer than two: nothing is asked
    candidates: tuple[Candidate, ...]
    #: votes for each candidate, as they count
    votes: tuple[int, ...]
    #: why the house plays what is on; None when it is not known
    why: Reason | None = None
    is_open: bool = True
    #: the place of what comes next; None while that is open, and when nothing of it could be played
    won: int | None = None

    @property
    def asks(self) -> bool:
        """Whether there is something to choose from."""
        return len(self.candidates) > 1


def winner(ballot: Ballot, *, playable: Collection[str]) -> int | None:
    """The place of the candidate with the most votes that may be played; of several the one that fits best."""
    places = [place for place, one in enumerate(ballot.candidates) if one.track_id in playable]
    return max(places, key=lambda place: (ballot.votes[place], -place), default=None)


def check_choice(ballot: Ballot, place: int) -> None:
    """Raises: Refused with the code `ballot_over`; Invalid with the code `option_unknown`."""
    if not ballot.is_open:
        raise Refused("ballot_over", "What comes next is chosen already, so the vote is not counted.")
    if not 0 <= place < len(ballot.candidates):
        raise Invalid("option_unknown", "That is not one of the tracks to choose from.", advice="Choose one of them.")
