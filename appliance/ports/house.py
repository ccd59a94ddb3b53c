"""What is asked for the house player: of the store, and of whoever chooses what comes next."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from appliance.domain.ballots import Ballot, Candidate
from appliance.domain.house import CheckIn, HouseRules, HouseTrack, Reason, TrackKey
from appliance.domain.library import Playable
from appliance.domain.models import Play
from appliance.domain.rules import identity_key


@dataclass(frozen=True, slots=True)
class Word:
    """What a guest said of a play, whoever played it."""

    guest_id: str
    play_id: str
    #: liked, or disliked
    is_like: bool


@dataclass(frozen=True, slots=True)
class KnownPlay:
    """A play, and which recording it was."""

    play: Play
    #: the library's id of the first track that is the same recording; None where only the play's words can tell
    group: str | None

    @property
    def key(self) -> TrackKey:
        """By artist and title, as plays know tracks."""
        return identity_key(self.play.track.artist), identity_key(self.play.track.title)


@dataclass(frozen=True, slots=True)
class StageHouse:
    """What the house goes by on a stage."""

    #: of the event's times, as the IANA database names it
    zone: str
    rules: HouseRules


@dataclass(frozen=True, slots=True)
class BallotWord:
    """A guest's last vote in a ballot."""

    ballot_id: str
    place: int
    #: whether it is in the sums
    counts: bool


@dataclass(frozen=True, slots=True)
class KeptChoice:
    """What the house chose once."""

    stage_id: str
    #: the library's id
    track_id: str
    #: by artist and title, as plays know tracks
    key: TrackKey
    why: Reason


@dataclass(frozen=True, slots=True)
class Chosen:
    """What comes next."""

    playable: Playable
    why: Reason


@dataclass(frozen=True, slots=True)
class Fitting:
    """What a stage's rules leave of the library."""

    #: recordings that can be played and that the rules allow, at whatever time
    allowed: int
    #: recordings that can be played
    playable: int


class Chooser(Protocol):
    """Whoever chooses what the house plays. Takes the event loop no time."""

    async def next_track(self, stage: str, *, after: tuple[str, ...]) -> Chosen | None:
        """What comes next on a stage; None when nothing can be played there by the manager's rules.

        `after`: the library's ids of what the player has or will have played by then and nobody was told of yet, the
        latest last. The same question gets the same answer as long as nobody said anything new.

        Raises: NotKnown with the code `stage_unknown`; Refused with the code `house_closed` outside of the hours in
        which the house plays; Unavailable.
        """
        ...

    async def candidates(self, stage: str) -> list[Candidate]:
        """A few tracks that could come next, the one that fits best first; none when there are not two.

        Raises: as `next_track`.
        """
        ...

    async def fitting(self, stage: str) -> Fitting:
        """What the rules of a stage leave to choose from. Raises: Unavailable."""
        ...


class HouseTransaction(Protocol):
    """What the house goes by, inside one write transaction."""

    def house_rules(self, stage_id: str) -> HouseRules:
        """What the manager wants there."""
        ...

    def set_house_rules(self, stage_id: str, rules: HouseRules) -> None: ...

    def put_check_ins(self, check_ins: Sequence[CheckIn], *, valid_from_ms: int) -> None:
        """Keeps where guests are, one place for each, and drops what is older than `valid_from_ms` of up-time."""
        ...

    def drop_check_in(self, guest_id: str) -> None: ...

    def add_dislike(self, play_id: str, *, guest_id: str, at_ms: int, counts: bool) -> bool:
        """Whether it is new. One that does not count is kept, and is in no sum."""
        ...

    def remove_dislike(self, play_id: str, *, guest_id: str) -> bool | None:
        """Whether it counted; None when there was none."""
        ...

    def settle_dislikes(self, guest_id: str, *, counts: bool) -> Sequence[str]:
        """Lets a guest's dislikes count, or not, from now on; the plays whose sums that moved."""
        ...

    def dislikes_of(self, play_id: str) -> int:
        """As they count."""
        ...

    def dislikes_by(self, guest_id: str) -> Sequence[str]:
        """The plays that a guest would rather not hear."""
        ...

    def add_ballot(self, ballot: Ballot) -> None: ...
    def ballot(self, ballot_id: str) -> Ballot | None: ...
    def ballot_of_play(self, play_id: str) -> Ballot | None: ...
    def newest_ballot(self, stage_id: str) -> Ballot | None:
        """The newest of a stage, open or not."""
        ...

    def close_ballot(self, ballot_id: str, *, won: int | None) -> None: ...
    def ballot_word(self, ballot_id: str, *, guest_id: str) -> BallotWord | None: ...
    def set_ballot_word(self, ballot_id: str, *, guest_id: str, place: int | None, counts: bool) -> None:
        """A guest's last vote, or none any more. Sums move along."""
        ...

    def ballot_words_by(self, guest_id: str) -> Sequence[BallotWord]: ...
    def add_choice(self, choice: KeptChoice) -> None:
        """Notes what was chosen. Of each stage some hundred are kept."""
        ...

    def choices(self, stage_id: str, *, limit: int) -> Sequence[KeptChoice]:
        """What was chosen for a stage, newest first."""
        ...


class HouseReader(Protocol):
    """What the house goes by. Each raises Unavailable when the store can't be read."""

    async def house_tracks(self, *, after: str = "", limit: int = 1000) -> Sequence[HouseTrack]:
        """What can be played here and now and has an embedding: one of each recording, by recording, behind `after`."""
        ...

    async def house_tracks_like(self, track_ids: Collection[str]) -> Sequence[HouseTrack]:
        """The same, of those recordings alone that these tracks are or were the first of."""
        ...

    async def house_words(self, guest_ids: Collection[str]) -> Sequence[Word]:
        """What these guests like and dislike, of plays on any stage, as far as it counts."""
        ...

    async def known_plays(self, play_ids: Collection[str]) -> Sequence[KnownPlay]:
        """These plays, but for those that were taken back."""
        ...

    async def check_ins(self) -> Sequence[CheckIn]:
        """Where guests are, as it was kept last; some have run out."""
        ...

    async def disliked_among(self, guest_id: str, play_ids: Sequence[str]) -> frozenset[str]: ...
    async def dislikes_of_plays(self, play_ids: Sequence[str]) -> Mapping[str, int]:
        """As they count; plays without any are missing."""
        ...

    async def newest_ballot(self, stage_id: str) -> Ballot | None: ...
    async def newest_ballots(self) -> Sequence[Ballot]:
        """Each stage's newest, open or not."""
        ...

    async def ballot_word(self, ballot_id: str, guest_id: str) -> int | None:
        """A guest's own vote."""
        ...

    async def choices(self, stage_id: str, *, limit: int) -> Sequence[KeptChoice]:
        """What was chosen for a stage, newest first."""
        ...

    async def stage_house(self, stage_id: str) -> StageHouse | None:
        """None for a stage that is not there."""
        ...
