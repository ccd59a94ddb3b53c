"""The twin's part for what guests say beside likes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from appliance.domain.models import Play, Stamp
from appliance.domain.polls import Poll, PollEnd
from appliance.domain.voices import Reactions, Tempo, TempoTally
from appliance.ports.house import BallotWord
from appliance.ports.voices import PlayTally, PollWord, ReactionWord, TempoWord
from appliance.store.looking import Looking


@dataclass
class VoicesTables:
    """Rows are frozen, so a shallow copy saves them."""

    plays: dict[str, Play] = field(default_factory=dict)
    likes: dict[tuple[str, str], tuple[int, bool]] = field(default_factory=dict)
    retracted: dict[str, None] = field(default_factory=dict)
    #: by play and guest
    tempo_votes: dict[tuple[str, str], TempoWord] = field(default_factory=dict)
    #: by guest and id
    reactions: dict[tuple[str, str], ReactionWord] = field(default_factory=dict)
    polls: dict[str, Poll] = field(default_factory=dict)
    #: by poll and guest
    poll_votes: dict[tuple[str, str], PollWord] = field(default_factory=dict)
    #: the house's, by play and guest, and by ballot and guest
    dislikes: dict[tuple[str, str], tuple[int, bool]] = field(default_factory=dict)
    ballot_votes: dict[tuple[str, str], BallotWord] = field(default_factory=dict)


class MemoryVoicesTransaction:
    """`ports.VoicesTransaction` on dictionaries."""

    _t: VoicesTables

    def tempo_vote(self, play_id: str, *, guest_id: str) -> TempoWord | None:
        return self._t.tempo_votes.get((play_id, guest_id))

    def set_tempo_vote(self, play_id: str, *, guest_id: str, vote: Tempo | None, counts: bool) -> None:
        before, play = self._t.tempo_votes.pop((play_id, guest_id), None), self._t.plays[play_id]
        tally = play.tempo.moved(before.vote, -1) if before and before.counts else play.tempo
        if vote is not None:
            self._t.tempo_votes[play_id, guest_id] = TempoWord(play_id, vote, counts)
            tally = tally.moved(vote, int(counts))
        self._t.plays[play_id] = replace(play, tempo=tally)

    def tempo_votes_by(self, guest_id: str) -> Sequence[TempoWord]:
        return [word for (_, guest), word in self._t.tempo_votes.items() if guest == guest_id]

    def add_reaction(self, word: ReactionWord, *, guest_id: str) -> bool:
        if (guest_id, word.id) in self._t.reactions:
            return False
        self._t.reactions[guest_id, word.id] = word
        return True

    def settle_reaction(self, reaction_id: str, *, guest_id: str, counts: bool) -> None:
        word = self._t.reactions[guest_id, reaction_id]
        self._t.reactions[guest_id, reaction_id] = replace(word, counts=counts)

    def reactions_by(self, guest_id: str) -> Sequence[ReactionWord]:
        return [word for (guest, _), word in self._t.reactions.items() if guest == guest_id]

    def remove_reactions(self, guest_id: str) -> None:
        for word in self.reactions_by(guest_id):
            del self._t.reactions[guest_id, word.id]

    def add_poll(self, poll: Poll) -> None:
        if self.running_poll(poll.stage_id) is not None:
            raise ValueError("at most one poll runs on a stage")
        self._t.polls[poll.id] = poll

    def poll(self, poll_id: str) -> Poll | None:
        return self._t.polls.get(poll_id)

    def running_poll(self, stage_id: str) -> Poll | None:
        return next((poll for poll in self.running_polls() if poll.stage_id == stage_id), None)

    def running_polls(self) -> Sequence[Poll]:
        return [poll for poll in self._t.polls.values() if poll.end is None]

    def last_poll(self, stage_id: str, *, session_id: str | None) -> Poll | None:
        wanted = (stage_id, session_id)
        newest = reversed(self._t.polls.values())
        return next((poll for poll in newest if (poll.stage_id, poll.session_id) == wanted), None)

    def end_poll(self, poll_id: str, *, end: PollEnd, at: Stamp) -> None:
        poll = self._t.polls[poll_id]
        if poll.end is None:
            self._t.polls[poll_id] = replace(poll, end=end, ended=at)

    def poll_vote(self, poll_id: str, *, guest_id: str) -> PollWord | None:
        return self._t.poll_votes.get((poll_id, guest_id))

    def set_poll_vote(self, poll_id: str, *, guest_id: str, option: int | None, counts: bool) -> None:
        before, poll = self._t.poll_votes.pop((poll_id, guest_id), None), self._t.polls[poll_id]
        votes = list(poll.votes)
        if before is not None and before.counts:
            votes[before.option] -= 1
        if option is not None:
            self._t.poll_votes[poll_id, guest_id] = PollWord(poll_id, option, counts)
            votes[option] += int(counts)
        self._t.polls[poll_id] = replace(poll, votes=tuple(votes))

    def poll_votes_by(self, guest_id: str) -> Sequence[PollWord]:
        return [word for (_, guest), word in self._t.poll_votes.items() if guest == guest_id]


class MemoryVoicesReader(Looking):
    """`ports.VoicesReader` on dictionaries."""

    _tables: VoicesTables

    async def tempo_votes_among(self, guest_id: str, play_ids: Sequence[str]) -> Mapping[str, Tempo]:
        votes = self._tables.tempo_votes
        return {play: votes[play, guest_id].vote for play in play_ids if (play, guest_id) in votes}

    async def poll(self, poll_id: str) -> Poll | None:
        return self._tables.polls.get(poll_id)

    async def poll_vote(self, poll_id: str, guest_id: str) -> int | None:
        word = self._tables.poll_votes.get((poll_id, guest_id))
        return word.option if word else None

    async def polls_of_stage(self, stage_id: str, *, limit: int) -> Sequence[Poll]:
        return [poll for poll in reversed(self._tables.polls.values()) if poll.stage_id == stage_id][:limit]

    async def polls_of_session(self, session_id: str) -> Sequence[Poll]:
        return [poll for poll in self._tables.polls.values() if poll.session_id == session_id]

    async def running_polls(self) -> Sequence[Poll]:
        return self._look().running_polls()

    async def unheard(self, *, limit: int) -> Sequence[str]:
        tables, look = self._tables, self._look()
        found = [guest for (_, guest), (_, counted) in tables.likes.items() if not counted]
        found += [guest for (_, guest), word in tables.tempo_votes.items() if not word.counts]
        found += [guest for (guest, _), word in tables.reactions.items() if not word.counts]
        found += [guest for (_, guest), word in tables.poll_votes.items() if not word.counts]
        found += [guest for (_, guest), (_, counted) in tables.dislikes.items() if not counted]
        found += [guest for (_, guest), choice in tables.ballot_votes.items() if not choice.counts]
        return [guest for guest in dict.fromkeys(found) if look.ban_of(guest) is None][:limit]

    async def tallies(self, stage_id: str, *, limit: int) -> Sequence[PlayTally]:
        plays = [play for play in reversed(self._tables.plays.values()) if play.stage_id == stage_id]
        return [self._tally(play) for play in plays if self._is_listed(play)][:limit]

    def _tally(self, play: Play) -> PlayTally:
        likes = sum(one == play.id and not counted for (one, _), (_, counted) in self._tables.likes.items())
        tempo = TempoTally()
        for (play_id, _), word in self._tables.tempo_votes.items():
            if play_id == play.id and not word.counts:
                tempo = tempo.moved(word.vote, 1)
        return PlayTally(play, likes, tempo)

    def _is_listed(self, play: Play) -> bool:
        session = self._look().session(play.session_id)
        return play.id not in self._tables.retracted and session is not None and session.lock is None

    async def raw_votes(self, poll_ids: Sequence[str]) -> Mapping[str, Mapping[int, int]]:
        raw: dict[str, Counter[int]] = {}
        for (poll_id, _), word in self._tables.poll_votes.items():
            if poll_id in poll_ids and not word.counts:
                raw.setdefault(poll_id, Counter())[word.option] += 1
        return raw

    async def reactions_of(self, session_id: str) -> Reactions:
        words = self._tables.reactions.values()
        return Counter(word.reaction for word in words if word.session_id == session_id and word.counts)
