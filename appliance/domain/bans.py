"""Shadow bans: a guest whose words are kept and shown to themselves, and count in no sum. Who is banned is not told."""

from dataclasses import dataclass

from appliance.domain.audit import Actor
from appliance.domain.models import Stamp

WHY_MAX = 200


@dataclass(frozen=True, slots=True)
class Ban:
    """One guest's, at the guest's event."""

    #: the order in which bans were made; never used twice
    number: int
    #: the guest's id, which is of one event
    guest_id: str
    event_id: str
    #: for whoever looks at it later
    why: str
    #: who did it
    by: Actor
    since: Stamp
    #: when it was taken back; None while it is in force
    lifted: Stamp | None = None


@dataclass(frozen=True, slots=True)
class Weight:
    """What a guest has said at an event, in numbers."""

    guest_id: str
    likes: int = 0
    tempo_votes: int = 0
    reactions: int = 0
    answers: int = 0
    #: how many of all these are in the sums
    counted: int = 0

    @property
    def said(self) -> int:
        """Everything together."""
        return self.likes + self.tempo_votes + self.reactions + self.answers

    @property
    def discounted(self) -> int:
        """What is kept and in no sum."""
        return self.said - self.counted
