"""What is asked and said while the house plays. No guest is named in any of it: outside of the box it is counts."""

from dataclasses import dataclass
from typing import ClassVar

from appliance.domain.ballots import Ballot
from appliance.domain.events.base import Body


@dataclass(frozen=True, slots=True)
class BallotOpened:
    """A play of the house is on, and dancers are asked what shall come after it."""

    kind: ClassVar[str] = "ballot.opened"
    ballot: Ballot

    def body(self) -> Body:
        ballot = self.ballot
        titles = [one.title for one in ballot.candidates]
        artists = [one.artist for one in ballot.candidates]
        head: Body = {"ballot": ballot.id, "stage": ballot.stage_id, "play": ballot.play_id}
        return head | {"titles": titles, "artists": artists, "why": ballot.why.why.value if ballot.why else None}


@dataclass(frozen=True, slots=True)
class BallotCounted:
    """The votes in a ballot are other ones now."""

    kind: ClassVar[str] = "ballot.counted"
    #: with the votes as they are now
    ballot: Ballot

    def body(self) -> Body:
        return {"ballot": self.ballot.id, "counts": list(self.ballot.votes)}


@dataclass(frozen=True, slots=True)
class BallotClosed:
    """What comes next is decided."""

    kind: ClassVar[str] = "ballot.closed"
    ballot: Ballot

    def body(self) -> Body:
        return {"ballot": self.ballot.id, "counts": list(self.ballot.votes), "won": self.ballot.won}


@dataclass(frozen=True, slots=True)
class DislikesCounted:
    """So many guests would rather not hear a play."""

    kind: ClassVar[str] = "dislikes.counted"
    play_id: str
    stage_id: str
    dislikes: int
    #: whose word moved the sum, and whether that guest would rather not hear it now: not for the journal
    guest_id: str
    disliked: bool

    def body(self) -> Body:
        return {"play": self.play_id, "stage": self.stage_id, "dislikes": self.dislikes}
