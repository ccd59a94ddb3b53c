"""What is asked for the house player: of the store, and of whoever chooses what comes next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from appliance.domain.house import HouseRules, HouseTrack, Reason, TrackKey
from appliance.domain.library import Playable


@dataclass(frozen=True, slots=True)
class Word:
    """What a guest said of a track, whoever played it."""

    guest_id: str
    #: by artist and title, as plays know tracks
    key: TrackKey
    #: liked, or disliked
    is_like: bool
    #: when, milliseconds since 1970 UTC as believed then
    at_ms: int


@dataclass(frozen=True, slots=True)
class StageHouse:
    """What the house goes by on a stage."""

    #: of the event's times, as the IANA database names it
    zone: str
    rules: HouseRules


@dataclass(frozen=True, slots=True)
class Chosen:
    """What comes next."""

    playable: Playable
    why: Reason


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


class HouseTransaction(Protocol):
    """What the house goes by, inside one write transaction."""

    def house_rules(self, stage_id: str) -> HouseRules:
        """What the manager wants there."""
        ...

    def set_house_rules(self, stage_id: str, rules: HouseRules) -> None: ...


class HouseReader(Protocol):
    """What the house goes by. Each raises Unavailable when the store can't be read."""

    async def house_tracks(self) -> Sequence[HouseTrack]:
        """Everything that can be played here and now and has an embedding: one of each recording, by id."""
        ...

    async def house_words(self, guest_ids: Collection[str]) -> Sequence[Word]:
        """What these guests like, of plays on any stage, as far as it counts."""
        ...

    async def stage_house(self, stage_id: str) -> StageHouse | None:
        """None for a stage that is not there."""
        ...
