"""What is known of one night, as records in the order in which things happened. Pure; made from tables by `derive`.

Times are milliseconds of Unix time, true as far as anybody knows; None where a boot of the box has no anchor at all, so
that its order is known and its hour is not. Nothing here tells one guest from another but `guest`, an id that is random
for each event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StageRecord:
    """A place with music."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class SetRecord:
    """One DJ's session."""

    id: str
    stage: str
    dj: str
    dj_name: str
    #: place in the night's order
    order: int
    began_ms: int | None
    #: None while it runs, or where nobody knows
    ended_ms: int | None


@dataclass(frozen=True, slots=True)
class PlayRecord:
    """One track heard."""

    id: str
    session: str
    stage: str
    artist: str
    title: str
    order: int
    #: when it began; already less by the age that it was told with
    began_ms: int | None
    #: when the next began or the set ended; None where nobody knows
    ended_ms: int | None
    bpm: float | None = None
    key: str | None = None
    #: how many would rather not have heard it; only the house's plays are asked about
    dislikes: int = 0


@dataclass(frozen=True, slots=True)
class LikeRecord:
    """A like that still stands."""

    play: str
    guest: str
    order: int
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class PresenceRecord:
    """Who was there in one span of five minutes on one stage; made by the box."""

    stage: str
    #: the span's end
    at_ms: int | None
    span_ms: int
    order: int
    #: distinct phones in each minute
    minutes: Sequence[int]
    #: distinct phones in the span
    guests: int
    #: those of them who liked, voted or reacted
    active: int
    arrived: int
    left: int
    #: how many were on which other stage in the span before
    came_from: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HandoverRecord:
    """How many stayed when one DJ followed another."""

    stage: str
    from_session: str
    to_session: str
    #: distinct guests in the 15 minutes before
    before: int
    #: those of them who were there 15 minutes after
    stayed: int


@dataclass(frozen=True, slots=True)
class TempoVoteRecord:
    """A guest's last word on a play's tempo."""

    play: str
    guest: str
    #: slower, perfect or faster
    vote: str
    order: int
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class ReactionRecord:
    """Hearts or thanks from one guest."""

    stage: str
    play: str | None
    #: heart or thanks
    kind: str
    n: int
    order: int
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class PollRecord:
    """A question to a stage and what became of it."""

    id: str
    stage: str
    question: str
    options: Sequence[str]
    #: votes for each option
    counts: Sequence[int]
    opened_ms: int | None
    closed_ms: int | None


@dataclass(frozen=True, slots=True)
class Night:
    """One event on one box."""

    box: str
    event: str
    name: str
    stages: Sequence[StageRecord] = ()
    sets: Sequence[SetRecord] = ()
    plays: Sequence[PlayRecord] = ()
    likes: Sequence[LikeRecord] = ()
    presence: Sequence[PresenceRecord] = ()
    handovers: Sequence[HandoverRecord] = ()
    tempo_votes: Sequence[TempoVoteRecord] = ()
    reactions: Sequence[ReactionRecord] = ()
    polls: Sequence[PollRecord] = ()
    #: the DJs' ids under which house players play
    house: frozenset[str] = frozenset()
    #: boots of the box whose hours nobody knows
    unknown_boots: int = 0
    #: how exact times are, milliseconds: the worst of the boots that count
    error_ms: int | None = None
