"""What is asked of the store about what guests say beside likes: tempo votes, reactions, polls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from appliance.domain.models import Play, Stamp
from appliance.domain.polls import Poll, PollEnd
from appliance.domain.voices import Reaction, Reactions, Tempo, TempoTally


@dataclass(frozen=True, slots=True)
class TempoWord:
    """A guest's last word on the tempo of a play."""

    play_id: str
    vote: Tempo
    #: whether it is in the sums
    counts: bool


@dataclass(frozen=True, slots=True)
class PollWord:
    """A guest's last answer in a poll."""

    poll_id: str
    option: int
    #: whether it is in the sums
    counts: bool


@dataclass(frozen=True, slots=True)
class ReactionWord:
    """One tap for the DJ."""

    #: the phone's own id for it
    id: str
    stage_id: str
    session_id: str
    #: what was on; None between two plays
    play_id: str | None
    reaction: Reaction
    #: whether it is in the sums
    counts: bool


@dataclass(frozen=True, slots=True)
class PlayTally:
    """What was said of a play: what counts is in the play, and beside it what does not."""

    play: Play
    #: likes that are kept and do not count
    likes: int = 0
    #: tempo votes that are kept and do not count
    tempo: TempoTally = field(default_factory=TempoTally)


class VoicesTransaction(Protocol):
    """What guests say inside one write transaction. Words that do not count are kept, and are in no sum."""

    def tempo_vote(self, play_id: str, *, guest_id: str) -> TempoWord | None: ...
    def set_tempo_vote(self, play_id: str, *, guest_id: str, vote: Tempo | None, counts: bool) -> None:
        """A guest's last word, or none any more."""
        ...

    def tempo_votes_by(self, guest_id: str) -> Sequence[TempoWord]: ...

    def add_reaction(self, word: ReactionWord, *, guest_id: str) -> bool:
        """Whether it is new: the same id of the same guest is one."""
        ...

    def settle_reaction(self, reaction_id: str, *, guest_id: str, counts: bool) -> None:
        """Lets one count, or not, from now on."""
        ...

    def reactions_by(self, guest_id: str) -> Sequence[ReactionWord]: ...
    def remove_reactions(self, guest_id: str) -> None: ...

    def add_poll(self, poll: Poll) -> None: ...
    def poll(self, poll_id: str) -> Poll | None: ...
    def running_poll(self, stage_id: str) -> Poll | None: ...
    def running_polls(self) -> Sequence[Poll]: ...
    def last_poll(self, stage_id: str, *, session_id: str | None) -> Poll | None:
        """The newest of a set; without a set, the newest of the organisers' on the stage."""
        ...

    def end_poll(self, poll_id: str, *, end: PollEnd, at: Stamp) -> None: ...
    def poll_vote(self, poll_id: str, *, guest_id: str) -> PollWord | None: ...
    def set_poll_vote(self, poll_id: str, *, guest_id: str, option: int | None, counts: bool) -> None:
        """A guest's last answer, or none any more."""
        ...

    def poll_votes_by(self, guest_id: str) -> Sequence[PollWord]: ...


class VoicesReader(Protocol):
    """Questions that pages ask about what guests say. Each raises Unavailable when the store can't be read."""

    async def tempo_votes_among(self, guest_id: str, play_ids: Sequence[str]) -> Mapping[str, Tempo]:
        """A guest's own votes on some plays."""
        ...

    async def poll(self, poll_id: str) -> Poll | None: ...
    async def poll_vote(self, poll_id: str, guest_id: str) -> int | None:
        """A guest's own answer."""
        ...

    async def polls_of_stage(self, stage_id: str, *, limit: int) -> Sequence[Poll]:
        """Newest first."""
        ...

    async def polls_of_session(self, session_id: str) -> Sequence[Poll]:
        """The polls of a set, the first first."""
        ...

    async def running_polls(self) -> Sequence[Poll]: ...
    async def unheard(self, *, limit: int) -> Sequence[str]:
        """Guests of whom something is kept that does not count, without those who are banned."""
        ...

    async def tallies(self, stage_id: str, *, limit: int) -> Sequence[PlayTally]:
        """The newest plays of a stage, of sets that everybody may see, with all that was said of them."""
        ...

    async def raw_votes(self, poll_ids: Sequence[str]) -> Mapping[str, Mapping[int, int]]:
        """Answers that are kept and do not count, by poll and option."""
        ...

    async def reactions_of(self, session_id: str) -> Reactions:
        """As they count."""
        ...
