"""What guests say beside likes: tempo votes, reactions, polls.

The rows that name a guest call the id `guest`: by that they are found to be erased.
"""

from dataclasses import dataclass
from typing import ClassVar

from appliance.domain.events.base import Body
from appliance.domain.polls import Poll, PollEnd
from appliance.domain.voices import Reaction, Tempo, TempoTally


@dataclass(frozen=True, slots=True)
class TempoVoted:
    """A guest says how the tempo of a play feels, or takes that back. The last word counts."""

    kind: ClassVar[str] = "tempo.voted"
    play_id: str
    stage_id: str
    guest_id: str
    #: None: taken back
    vote: Tempo | None
    #: votes on the play after this one
    tally: TempoTally

    def body(self) -> Body:
        return {"play": self.play_id, "guest": self.guest_id, "vote": self.vote.value if self.vote else "none"}


@dataclass(frozen=True, slots=True)
class ReactionSent:
    """A guest says something to the DJ with one tap."""

    kind: ClassVar[str] = "reaction.sent"
    stage_id: str
    #: the set that it is for, which may be over
    session_id: str
    guest_id: str
    reaction: Reaction
    #: what was on; None between two plays
    play_id: str | None
    #: how often
    n: int = 1

    def body(self) -> Body:
        head: Body = {"stage": self.stage_id, "session": self.session_id, "guest": self.guest_id}
        return head | {"kind": self.reaction.value, "play": self.play_id, "n": self.n}


@dataclass(frozen=True, slots=True)
class PollOpened:
    """Somebody asks everybody on a stage."""

    kind: ClassVar[str] = "poll.opened"
    poll: Poll

    def body(self) -> Body:
        poll = self.poll
        head: Body = {"poll": poll.id, "stage": poll.stage_id, "session": poll.session_id, "question": poll.question}
        return head | {"options": list(poll.options), "lasts_s": poll.lasts_s}


@dataclass(frozen=True, slots=True)
class PollVoted:
    """A guest answers, answers otherwise, or takes that back. The last word counts."""

    kind: ClassVar[str] = "poll.voted"
    #: with the votes after this one
    poll: Poll
    guest_id: str
    #: the option's place, from 0; None: taken back
    option: int | None

    def body(self) -> Body:
        return {"poll": self.poll.id, "guest": self.guest_id, "option": self.option}


@dataclass(frozen=True, slots=True)
class PollClosed:
    """A poll is over. One that was taken back has no counts."""

    kind: ClassVar[str] = "poll.closed"
    poll: Poll

    def body(self) -> Body:
        poll = self.poll
        counts = [] if poll.end is PollEnd.CANCELLED else list(poll.votes)
        return {"poll": poll.id, "stage": poll.stage_id, "counts": counts, "end": poll.end.value if poll.end else None}
