"""The twin's part for shadow bans."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from appliance.domain.audit import Actor
from appliance.domain.ballots import Ballot
from appliance.domain.bans import Ban, Weight
from appliance.domain.models import Play, Stage, Stamp
from appliance.domain.polls import Poll
from appliance.ports.house import BallotWord
from appliance.ports.voices import PollWord, ReactionWord, TempoWord

#: as in `queries.sql`
_PLAYS, _POLLS = 200, 20


@dataclass
class BansTables:
    """Rows are frozen, so a shallow copy saves them."""

    #: by number
    bans: dict[int, Ban] = field(default_factory=dict)
    #: the highest number that was given to a ban
    bans_made: dict[str, int] = field(default_factory=lambda: {"n": 0})

    def ban_in_force(self, guest_id: str) -> Ban | None:
        """The guest's ban, if one is in force."""
        return next((ban for ban in self.bans.values() if ban.guest_id == guest_id and ban.lifted is None), None)


class MemoryBansTransaction:
    """`ports.BansTransaction` on dictionaries."""

    _t: BansTables

    def ban_of(self, guest_id: str) -> Ban | None:
        return self._t.ban_in_force(guest_id)

    def add_ban(self, guest_id: str, *, event_id: str, why: str, by: Actor, at: Stamp) -> None:
        if self.ban_of(guest_id) is not None:
            raise ValueError("one ban in force for a guest")
        # A copy: what was saved before must stay as it was.
        self._t.bans_made = {"n": self._t.bans_made["n"] + 1}
        number = self._t.bans_made["n"]
        self._t.bans[number] = Ban(number, guest_id, event_id, why, by, at)

    def lift_ban(self, guest_id: str, *, at: Stamp) -> None:
        ban = self.ban_of(guest_id)
        if ban is not None:
            self._t.bans[ban.number] = replace(ban, lifted=at)

    def forget_bans(self, guest_id: str) -> None:
        for number in [ban.number for ban in self._t.bans.values() if ban.guest_id == guest_id]:
            del self._t.bans[number]


class _Said(Protocol):
    """What other topics' tables keep of what was said."""

    bans: dict[int, Ban]
    stages: dict[str, Stage]
    plays: dict[str, Play]
    polls: dict[str, Poll]
    likes: dict[tuple[str, str], tuple[int, bool]]
    tempo_votes: dict[tuple[str, str], TempoWord]
    reactions: dict[tuple[str, str], ReactionWord]
    poll_votes: dict[tuple[str, str], PollWord]
    dislikes: dict[tuple[str, str], tuple[int, bool]]
    ballots: dict[str, Ballot]
    ballot_votes: dict[tuple[str, str], BallotWord]

    def ban_in_force(self, guest_id: str) -> Ban | None: ...


#: who, what kind of word, whether it counts
_Word = tuple[str, str, bool]


class MemoryBansReader:
    """`ports.BansReader` on dictionaries."""

    _tables: _Said

    async def bans(self, event_id: str, *, before: int | None = None, limit: int) -> Sequence[Ban]:
        newest = sorted(self._tables.bans.values(), key=lambda ban: -ban.number)
        return [ban for ban in newest if ban.event_id == event_id and (before is None or ban.number < before)][:limit]

    async def banned_among(self, guest_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(guest_id for guest_id in guest_ids if self._tables.ban_in_force(guest_id))

    async def loudest(self, event_id: str, *, limit: int) -> Sequence[Weight]:
        stages = {stage.id for stage in self._tables.stages.values() if stage.event_id == event_id}
        plays = [play for play in self._tables.plays.values() if play.stage_id in stages][-_PLAYS:]
        polls = [poll for poll in self._tables.polls.values() if poll.stage_id in stages][-_POLLS:]
        words = [
            *self._words({play.id for play in plays}, {play.session_id for play in plays}, {poll.id for poll in polls})
        ]
        said = Counter(guest for guest, _, _ in words)
        heaviest = sorted(said, key=lambda guest: (-said[guest], guest))
        return [_weight(guest, words) for guest in heaviest[:limit]]

    async def weight(self, guest_id: str) -> Weight:
        sessions = {word.session_id for word in self._tables.reactions.values()}
        return _weight(guest_id, [*self._words(set(self._tables.plays), sessions, set(self._tables.polls))])

    def _words(self, plays: set[str], sessions: set[str], polls: set[str]) -> Iterator[_Word]:
        kept = self._tables
        yield from ((guest, "likes", counts) for (play, guest), (_, counts) in kept.likes.items() if play in plays)
        yield from ((guest, "tempo_votes", w.counts) for (play, guest), w in kept.tempo_votes.items() if play in plays)
        yield from (
            (guest, "reactions", w.counts) for (guest, _), w in kept.reactions.items() if w.session_id in sessions
        )
        yield from ((guest, "answers", w.counts) for (poll, guest), w in kept.poll_votes.items() if poll in polls)
        yield from ((guest, "answers", counts) for (play, guest), (_, counts) in kept.dislikes.items() if play in plays)
        asked = {ballot.id for ballot in kept.ballots.values() if ballot.play_id in plays}
        yield from ((guest, "answers", w.counts) for (one, guest), w in kept.ballot_votes.items() if one in asked)


def _weight(guest_id: str, words: Sequence[_Word]) -> Weight:
    mine = [(kind, counts) for guest, kind, counts in words if guest == guest_id]
    of_kind = Counter(kind for kind, _ in mine)
    return Weight(
        guest_id,
        likes=of_kind["likes"],
        tempo_votes=of_kind["tempo_votes"],
        reactions=of_kind["reactions"],
        answers=of_kind["answers"],
        counted=sum(counts for _, counts in mine),
    )
