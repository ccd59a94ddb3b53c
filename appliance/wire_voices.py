"""Wire formats of what dancers say beside likes: tempo votes, reactions, polls. As `wire`, whose part this is."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from appliance.domain import polls, rules
from appliance.domain.models import Stamp
from appliance.domain.polls import Poll
from appliance.domain.voices import Reaction, Reactions, TempoTally


class TempoIn(msgspec.Struct, frozen=True, kw_only=True):
    """A dancer says how the tempo of a track feels."""

    #: `none` takes the vote back
    vote: Literal["slower", "perfect", "faster", "none"]


class ReactionIn(msgspec.Struct, frozen=True, kw_only=True):
    """A dancer says something to the DJ with one tap."""

    #: the phone's own id: the same id again is the same reaction
    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]
    kind: Reaction
    #: whose set it was tapped in; absent for that of `play`, or for the one that runs
    session: str | None = None
    #: what was on when it was tapped; absent between two tracks
    play: str | None = None


class PollIn(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asks everybody on a stage."""

    question: Annotated[str, msgspec.Meta(description=f"At most {polls.QUESTION_MAX} characters.")]
    options: Annotated[list[str], msgspec.Meta(description="2 to 10, each of at most 80 characters, no two alike.")]
    #: 30 to 300 seconds; absent until somebody ends it
    lasts_s: int | None = None

    def draft(self) -> polls.PollDraft:
        """As it may be asked. Raises: Invalid."""
        return polls.draft(self.question, self.options, lasts_s=self.lasts_s)


class PollEndIn(msgspec.Struct, frozen=True, kw_only=True):
    """A poll is to end."""

    #: which; not needed while one runs
    poll: str | None = None


class PollVoteIn(msgspec.Struct, frozen=True, kw_only=True):
    """A dancer answers a poll."""

    #: the option's place, from 0
    option: int


class TempoOut(msgspec.Struct, frozen=True, kw_only=True):
    """How the tempo of a track feels, each guest's last word."""

    slower: int
    perfect: int
    faster: int


class PollOut(msgspec.Struct, frozen=True, kw_only=True):
    """A poll as everybody sees it, the DJ like the dancers."""

    id: str
    question: str
    options: list[str]
    #: for each option
    votes: list[int]
    open: bool
    #: absent for one that somebody ends by hand, and when it is over; phones count down from this
    left_ms: int | UnsetType = UNSET
    #: how long ago it was over, milliseconds; absent while it runs
    over_ms: int | UnsetType = UNSET
    #: places of the options with the most votes once it is over: several that tie, or none when nobody voted
    winners: list[int] | UnsetType = UNSET


class TempoLaneOut(msgspec.Struct, frozen=True, kw_only=True):
    """How the tempo of the current play feels; without `play` when nothing is on."""

    v: int
    stage: str
    play: str | UnsetType = UNSET
    tempo: TempoOut | UnsetType = UNSET


class PollLaneOut(msgspec.Struct, frozen=True, kw_only=True):
    """The poll that runs, or the last one's result for a while; else without `poll`."""

    v: int
    stage: str
    poll: PollOut | UnsetType = UNSET


class PollVotesOut(msgspec.Struct, frozen=True, kw_only=True):
    """Votes in the poll that runs; without `poll` when none does."""

    v: int
    stage: str
    poll: str | UnsetType = UNSET
    votes: list[int] | UnsetType = UNSET


class ReactionsOut(msgspec.Struct, frozen=True, kw_only=True):
    """All that the DJ was told in this session so far, by kind: what is more than before came since then."""

    v: int
    stage: str
    session: str | UnsetType = UNSET
    reactions: dict[str, int] = {}


def tempo_out(tally: TempoTally) -> TempoOut:
    """Tempo votes for phones."""
    return TempoOut(slower=tally.slower, perfect=tally.perfect, faster=tally.faster)


def poll_out(poll: Poll, at: Stamp) -> PollOut:
    """A poll for phones and DJs, as seen at `at`."""
    is_open = not polls.is_over(poll, at)
    left = polls.left_ms(poll, at)
    return PollOut(
        id=poll.id,
        question=poll.question,
        options=list(poll.options),
        votes=list(poll.votes),
        open=is_open,
        left_ms=left if is_open and left is not None else UNSET,
        over_ms=UNSET if is_open else rules.since_ms(poll.ended, at) if poll.ended else 0,
        winners=UNSET if is_open else list(polls.winners(poll)),
    )


def reactions_out(reactions: Reactions) -> dict[str, int]:
    """How many of each kind."""
    return {kind.value: n for kind, n in reactions.items()}
