"""The twin's part for the house player."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from appliance.domain.house import HouseRules, HouseTrack, TrackKey
from appliance.domain.library import LibraryTrack, Playable
from appliance.domain.models import Play
from appliance.domain.rules import identity_key
from appliance.ports.house import StageHouse, Word
from appliance.store.looking import Looking


@dataclass
class HouseTables:
    """Rows are frozen, so a shallow copy saves them."""

    #: by stage
    house_rules: dict[str, HouseRules] = field(default_factory=dict)


class MemoryHouseTransaction:
    """`ports.HouseTransaction` on dictionaries."""

    _t: HouseTables

    def house_rules(self, stage_id: str) -> HouseRules:
        return self._t.house_rules.get(stage_id, HouseRules())

    def set_house_rules(self, stage_id: str, rules: HouseRules) -> None:
        self._t.house_rules[stage_id] = rules


class _Said(Protocol):
    """What other topics' tables keep beside the house's own."""

    plays: dict[str, Play]
    retracted: dict[str, None]
    likes: dict[tuple[str, str], tuple[int, bool]]


class MemoryHouseReader(Looking):
    """`ports.HouseReader` on dictionaries."""

    _tables: _Said

    @abstractmethod
    async def library_playable(self) -> Sequence[Playable]:
        """As the library's part of the twin answers it."""

    async def house_tracks(self) -> Sequence[HouseTrack]:
        return [_as_house(one.track) for one in await self.library_playable()]

    async def house_words(self, guest_ids: Collection[str]) -> Sequence[Word]:
        kept = self._tables
        return [
            Word(guest, _key_of(kept.plays[play]), is_like=True, at_ms=at_ms)
            for (play, guest), (at_ms, counts) in kept.likes.items()
            if guest in guest_ids and counts and play not in kept.retracted
        ]

    async def stage_house(self, stage_id: str) -> StageHouse | None:
        event = self._look().event_of_stage(stage_id)
        return StageHouse(event.zone, self._look().house_rules(stage_id)) if event else None


def _as_house(track: LibraryTrack) -> HouseTrack:
    labels, sound = track.labels, track.analysis
    return HouseTrack(
        id=track.id,
        artist=labels.artist,
        title=labels.title,
        embedding=sound.embedding,
        bpm=sound.tempo.bpm if sound.tempo else None,
        genre=labels.genre,
        is_explicit=labels.is_explicit,
    )


def _key_of(play: Play) -> TrackKey:
    return identity_key(play.track.artist), identity_key(play.track.title)
