"""Wire formats of what the house asks and goes by. As `wire`, whose part this is."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from appliance.domain import house
from appliance.domain.ballots import Ballot
from appliance.domain.house import HouseRules, Reason

Minute = Annotated[int, msgspec.Meta(ge=0, lt=24 * 60)]
Beats = Annotated[float, msgspec.Meta(gt=0)]


class ChoiceIn(msgspec.Struct, frozen=True, kw_only=True):
    """A dancer votes for what shall come next."""

    #: the candidate's place, from 0
    option: int


class RulesBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a manager wants of the house on a stage; what is absent is no wish."""

    #: only these, in any case; empty for all
    genres: list[str] = []
    #: whether tracks may be heard that are known to be explicit
    explicit: bool = True
    #: beats a minute; while one is given, tracks of unknown tempo are left out
    bpm_from: Beats | UnsetType = UNSET
    bpm_until: Beats | UnsetType = UNSET
    #: minutes of the day in the event's zone; equal for always, and they may span midnight
    opens_min: Minute = 0
    closes_min: Minute = 0

    def rules(self) -> HouseRules:
        """As they are kept."""
        return HouseRules(
            genres=frozenset(self.genres),
            allows_explicit=self.explicit,
            bpm_from=self.bpm_from if isinstance(self.bpm_from, float) else None,
            bpm_until=self.bpm_until if isinstance(self.bpm_until, float) else None,
            opens_min=self.opens_min,
            closes_min=self.closes_min,
        )


class BallotOut(msgspec.Struct, frozen=True, kw_only=True):
    """What the house asks, as it changes: titles are on the page and at `/ballot`."""

    id: str
    #: the play during which it is asked
    play: str
    open: bool
    #: for each candidate; empty where there is nothing to choose from
    votes: list[int]
    #: the place of what comes next, once that is decided
    won: int | UnsetType = UNSET


class BallotLaneOut(msgspec.Struct, frozen=True, kw_only=True):
    """What the house asks; without `ballot` while it does not play."""

    v: int
    stage: str
    ballot: BallotOut | UnsetType = UNSET


class ReasonOut(msgspec.Struct, frozen=True, kw_only=True):
    """Why the house thought of a track."""

    why: house.Why
    #: dancers that it speaks of
    dancers: int
    #: what they liked; empty where it names nothing
    about: str
    #: in English
    text: str


class CandidateOut(msgspec.Struct, frozen=True, kw_only=True):
    """A track that may come next."""

    track: str
    title: str
    artist: str
    votes: int
    why: ReasonOut


class AskedOut(msgspec.Struct, frozen=True, kw_only=True):
    """What the house asks on a stage, with titles."""

    ballot: str
    play: str
    open: bool
    candidates: list[CandidateOut]
    #: why the house plays what is on; absent when it is not known
    why: ReasonOut | UnsetType = UNSET
    won: int | UnsetType = UNSET
    #: this phone's vote
    mine: int | UnsetType = UNSET


class VotedOut(msgspec.Struct, frozen=True, kw_only=True):
    """A vote that was kept."""

    ballot: BallotOut
    #: this phone's vote; absent when it was taken back
    option: int | UnsetType = UNSET


class DislikeOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a guest would rather not hear, or would again."""

    play: str
    disliked: bool


class HereOut(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a guest counts as being at a stage."""

    stage: str
    here: bool


def ballot_out(ballot: Ballot) -> BallotOut:
    """What changes of a ballot."""
    won = ballot.won if ballot.won is not None else UNSET
    return BallotOut(id=ballot.id, play=ballot.play_id, open=ballot.is_open, votes=list(ballot.votes), won=won)


def reason_out(reason: Reason) -> ReasonOut:
    """A reason for programs and managers."""
    return ReasonOut(why=reason.why, dancers=reason.dancers, about=reason.about, text=reason.text)


def asked_out(ballot: Ballot, *, mine: int | None) -> AskedOut:
    """All of a ballot, for a guest with this vote."""
    return AskedOut(
        ballot=ballot.id,
        play=ballot.play_id,
        open=ballot.is_open,
        candidates=[
            CandidateOut(track=one.track_id, title=one.title, artist=one.artist, votes=votes, why=reason_out(one.why))
            for one, votes in zip(ballot.candidates, ballot.votes, strict=True)
        ],
        why=reason_out(ballot.why) if ballot.why else UNSET,
        won=ballot.won if ballot.won is not None else UNSET,
        mine=mine if mine is not None else UNSET,
    )


def rules_body(rules: HouseRules) -> RulesBody:
    """Rules as they were given."""
    return RulesBody(
        genres=sorted(rules.genres),
        explicit=rules.allows_explicit,
        bpm_from=rules.bpm_from if rules.bpm_from is not None else UNSET,
        bpm_until=rules.bpm_until if rules.bpm_until is not None else UNSET,
        opens_min=rules.opens_min,
        closes_min=rules.closes_min,
    )
