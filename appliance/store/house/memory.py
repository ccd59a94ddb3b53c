"""The twin's part for the house player."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from appliance.domain.ballots import Ballot
from appliance.domain.house import CheckIn, HouseRules, HouseTrack
from appliance.domain.identity import Identity
from appliance.domain.library import LibraryTrack
from appliance.domain.models import Play
from appliance.ports.house import BallotWord, KeptChoice, KnownPlay, StageHouse, Word
from appliance.store.looking import Looking


@dataclass
class HouseTables:
    """Rows are frozen, so a shallow copy saves them."""

    #: by stage
    house_rules: dict[str, HouseRules] = field(default_factory=dict)
    #: by guest
    check_ins: dict[str, CheckIn] = field(default_factory=dict)
    #: by play and guest
    dislikes: dict[tuple[str, str], tuple[int, bool]] = field(default_factory=dict)
    ballots: dict[str, Ballot] = field(default_factory=dict)
    #: by ballot and guest
    ballot_votes: dict[tuple[str, str], BallotWord] = field(default_factory=dict)
    #: by number
    house_choices: dict[int, KeptChoice] = field(default_factory=dict)


class MemoryHouseTransaction:
    """`ports.HouseTransaction` on dictionaries."""

    _t: HouseTables

    def house_rules(self, stage_id: str) -> HouseRules:
        return self._t.house_rules.get(stage_id, HouseRules())

    def set_house_rules(self, stage_id: str, rules: HouseRules) -> None:
        self._t.house_rules[stage_id] = rules

    def put_check_ins(self, check_ins: Sequence[CheckIn], *, valid_from_ms: int) -> None:
        kept = self._t.check_ins | {one.dancer: one for one in check_ins}
        self._t.check_ins = {guest: one for guest, one in kept.items() if one.at_ms >= valid_from_ms}

    def drop_check_in(self, guest_id: str) -> None:
        self._t.check_ins.pop(guest_id, None)

    def add_dislike(self, play_id: str, *, guest_id: str, at_ms: int, counts: bool) -> bool:
        is_new = (play_id, guest_id) not in self._t.dislikes
        self._t.dislikes.setdefault((play_id, guest_id), (at_ms, counts))
        return is_new

    def remove_dislike(self, play_id: str, *, guest_id: str) -> bool | None:
        removed = self._t.dislikes.pop((play_id, guest_id), None)
        return removed[1] if removed else None

    def settle_dislikes(self, guest_id: str, *, counts: bool) -> Sequence[str]:
        found = [key for key, (_, counted) in self._t.dislikes.items() if key[1] == guest_id and counted is not counts]
        for key in found:
            self._t.dislikes[key] = (self._t.dislikes[key][0], counts)
        return [play_id for play_id, _ in found]

    def dislikes_of(self, play_id: str) -> int:
        return sum(play == play_id and counts for (play, _), (_, counts) in self._t.dislikes.items())

    def dislikes_by(self, guest_id: str) -> Sequence[str]:
        return [play_id for play_id, guest in self._t.dislikes if guest == guest_id]

    def add_ballot(self, ballot: Ballot) -> None:
        self._t.ballots[ballot.id] = ballot

    def ballot(self, ballot_id: str) -> Ballot | None:
        return self._t.ballots.get(ballot_id)

    def ballot_of_play(self, play_id: str) -> Ballot | None:
        return next((one for one in self._t.ballots.values() if one.play_id == play_id), None)

    def newest_ballot(self, stage_id: str) -> Ballot | None:
        return next((one for one in reversed(self._t.ballots.values()) if one.stage_id == stage_id), None)

    def close_ballot(self, ballot_id: str, *, won: int | None) -> None:
        ballot = self._t.ballots[ballot_id]
        if ballot.is_open:
            self._t.ballots[ballot_id] = replace(ballot, is_open=False, won=won)

    def ballot_word(self, ballot_id: str, *, guest_id: str) -> BallotWord | None:
        return self._t.ballot_votes.get((ballot_id, guest_id))

    def set_ballot_word(self, ballot_id: str, *, guest_id: str, place: int | None, counts: bool) -> None:
        before, ballot = self._t.ballot_votes.pop((ballot_id, guest_id), None), self._t.ballots[ballot_id]
        votes = list(ballot.votes)
        if before is not None and before.counts:
            votes[before.place] -= 1
        if place is not None:
            self._t.ballot_votes[ballot_id, guest_id] = BallotWord(ballot_id, place, counts)
            votes[place] += int(counts)
        self._t.ballots[ballot_id] = replace(ballot, votes=tuple(votes))

    def ballot_words_by(self, guest_id: str) -> Sequence[BallotWord]:
        return [word for (_, guest), word in self._t.ballot_votes.items() if guest == guest_id]

    def add_choice(self, choice: KeptChoice) -> None:
        self._t.house_choices[len(self._t.house_choices)] = choice

    def choices(self, stage_id: str, *, limit: int) -> Sequence[KeptChoice]:
        newest = reversed(self._t.house_choices.values())
        return [one for one in newest if one.stage_id == stage_id][:limit]


class _Said(Protocol):
    """What other topics' tables keep beside the house's own."""

    plays: dict[str, Play]
    retracted: dict[str, None]
    likes: dict[tuple[str, str], tuple[int, bool]]
    check_ins: dict[str, CheckIn]
    dislikes: dict[tuple[str, str], tuple[int, bool]]
    ballots: dict[str, Ballot]
    ballot_votes: dict[tuple[str, str], BallotWord]
    play_tracks: dict[str, Identity]
    library_tracks: dict[str, LibraryTrack]


class MemoryHouseReader(Looking):
    """`ports.HouseReader` on dictionaries."""

    _tables: _Said

    @abstractmethod
    def _sounding(self) -> list[LibraryTrack]:
        """As the library's part of the twin answers it."""

    async def house_tracks(self, *, after: str = "", limit: int = 1000) -> Sequence[HouseTrack]:
        return [_as_house(one) for one in self._sounding() if one.group > after][:limit]

    async def house_tracks_like(self, track_ids: Collection[str]) -> Sequence[HouseTrack]:
        known = self._tables.library_tracks
        groups = {*track_ids, *(known[one].group for one in track_ids if one in known)}
        return [_as_house(one) for one in self._sounding() if one.group in groups]

    async def house_words(self, guest_ids: Collection[str]) -> Sequence[Word]:
        kept = self._tables
        return [
            Word(guest, play, is_like)
            for is_like, said in ((True, kept.likes), (False, kept.dislikes))
            for (play, guest), (_, counts) in said.items()
            if guest in guest_ids and counts
        ]

    async def known_plays(self, play_ids: Collection[str]) -> Sequence[KnownPlay]:
        kept = self._tables
        return [KnownPlay(kept.plays[one], self._group_of(one)) for one in play_ids
                if one in kept.plays and one not in kept.retracted]  # fmt: skip

    def _group_of(self, play_id: str) -> str | None:
        one = self._tables.play_tracks.get(play_id)
        track = self._tables.library_tracks.get(one.track_id or "") if one and one.is_applied else None
        return track.group if track else None

    async def stage_house(self, stage_id: str) -> StageHouse | None:
        event = self._look().event_of_stage(stage_id)
        return StageHouse(event.zone, self._look().house_rules(stage_id)) if event else None

    async def check_ins(self) -> Sequence[CheckIn]:
        return sorted(self._tables.check_ins.values(), key=lambda one: (one.at_ms, one.dancer))

    async def disliked_among(self, guest_id: str, play_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(play_id for play_id in play_ids if (play_id, guest_id) in self._tables.dislikes)

    async def dislikes_of_plays(self, play_ids: Sequence[str]) -> Mapping[str, int]:
        counted = {play_id: self._look().dislikes_of(play_id) for play_id in play_ids}
        return {play_id: n for play_id, n in counted.items() if n}

    async def newest_ballot(self, stage_id: str) -> Ballot | None:
        return self._look().newest_ballot(stage_id)

    async def newest_ballots(self) -> Sequence[Ballot]:
        newest = {one.stage_id: one for one in self._tables.ballots.values()}
        return [one for one in self._tables.ballots.values() if one in newest.values()]

    async def ballot_word(self, ballot_id: str, guest_id: str) -> int | None:
        word = self._tables.ballot_votes.get((ballot_id, guest_id))
        return word.place if word else None

    async def choices(self, stage_id: str, *, limit: int) -> Sequence[KeptChoice]:
        return self._look().choices(stage_id, limit=limit)


def _as_house(track: LibraryTrack) -> HouseTrack:
    labels, sound = track.labels, track.analysis
    return HouseTrack(
        id=track.id,
        group=track.group,
        artist=labels.artist,
        title=labels.title,
        embedding=sound.embedding,
        bpm=sound.tempo.bpm if sound.tempo else None,
        genre=labels.genre,
        is_explicit=labels.is_explicit,
    )
