"""What a transaction on SQLite does with what guests say: `ports.VoicesTransaction`."""

from collections.abc import Sequence

from appliance.domain.models import Stamp
from appliance.domain.polls import Poll, PollEnd
from appliance.domain.voices import Tempo, TempoTally
from appliance.ports.voices import PollWord, ReactionWord, TempoWord
from appliance.store.running import Running
from appliance.store.stamps import stamp_parameters
from appliance.store.statements import Parameters
from appliance.store.voices import rows


class VoicesWriting(Running):
    """Lives on the writer's thread. Sums move with their rows."""

    def tempo_vote(self, play_id: str, *, guest_id: str) -> TempoWord | None:
        row = self._one("tempo_vote", {"play_id": play_id, "guest_id": guest_id})
        return rows.tempo_word(row) if row else None

    def set_tempo_vote(self, play_id: str, *, guest_id: str, vote: Tempo | None, counts: bool) -> None:
        where: Parameters = {"play_id": play_id, "guest_id": guest_id}
        before, moved = self.tempo_vote(play_id, guest_id=guest_id), TempoTally()
        if before is not None and before.counts:
            moved = moved.moved(before.vote, -1)
        if vote is None:
            self._run("remove_tempo_vote", where)
        else:
            self._run("set_tempo_vote", where | {"vote": vote.value, "counts": counts})
            moved = moved.moved(vote, int(counts))
        steps = {"slower": moved.slower, "perfect": moved.perfect, "faster": moved.faster}
        self._run("count_tempo", {"play_id": play_id, **steps})

    def tempo_votes_by(self, guest_id: str) -> Sequence[TempoWord]:
        return [rows.tempo_word(row) for row in self._run("tempo_votes_by", {"guest_id": guest_id})]

    def add_reaction(self, word: ReactionWord, *, guest_id: str) -> bool:
        values: Parameters = {"guest_id": guest_id, "id": word.id, "session_id": word.session_id}
        values |= {"play_id": word.play_id, "kind": word.reaction.value, "counts": word.counts}
        return self._run("add_reaction", values).rowcount == 1

    def settle_reaction(self, reaction_id: str, *, guest_id: str, counts: bool) -> None:
        self._run("settle_reaction", {"guest_id": guest_id, "id": reaction_id, "counts": counts})

    def reactions_by(self, guest_id: str) -> Sequence[ReactionWord]:
        return [rows.reaction_word(row) for row in self._run("reactions_by", {"guest_id": guest_id})]

    def remove_reactions(self, guest_id: str) -> None:
        self._run("remove_reactions", {"guest_id": guest_id})

    def add_poll(self, poll: Poll) -> None:
        self._run("add_poll", rows.poll_parameters(poll))
        for place, text in enumerate(poll.options):
            self._run("add_poll_option", {"poll_id": poll.id, "place": place, "text": text})

    def poll(self, poll_id: str) -> Poll | None:
        row = self._one("poll", {"id": poll_id})
        return rows.poll(row) if row else None

    def _poll_of(self, name: str, parameters: Parameters) -> Poll | None:
        row = self._one(name, parameters)
        return self.poll(row["id"]) if row else None

    def running_poll(self, stage_id: str) -> Poll | None:
        return self._poll_of("running_poll", {"stage_id": stage_id})

    def running_polls(self) -> Sequence[Poll]:
        found = [self.poll(row["id"]) for row in self._run("running_polls", {}).fetchall()]
        return [poll for poll in found if poll is not None]

    def last_poll(self, stage_id: str, *, session_id: str | None) -> Poll | None:
        return self._poll_of("last_poll", {"stage_id": stage_id, "session_id": session_id})

    def end_poll(self, poll_id: str, *, end: PollEnd, at: Stamp) -> None:
        self._run("end_poll", {"id": poll_id, "reason": end.value, **stamp_parameters(at)})

    def poll_vote(self, poll_id: str, *, guest_id: str) -> PollWord | None:
        row = self._one("poll_vote", {"poll_id": poll_id, "guest_id": guest_id})
        return rows.poll_word(row) if row else None

    def set_poll_vote(self, poll_id: str, *, guest_id: str, option: int | None, counts: bool) -> None:
        where: Parameters = {"poll_id": poll_id, "guest_id": guest_id}
        before = self.poll_vote(poll_id, guest_id=guest_id)
        if before is not None and before.counts:
            self._run("count_poll_vote", {"poll_id": poll_id, "place": before.option, "step": -1})
        if option is None:
            self._run("remove_poll_vote", where)
            return
        self._run("set_poll_vote", where | {"place": option, "counts": counts})
        if counts:
            self._run("count_poll_vote", {"poll_id": poll_id, "place": option, "step": 1})

    def poll_votes_by(self, guest_id: str) -> Sequence[PollWord]:
        return [rows.poll_word(row) for row in self._run("poll_votes_by", {"guest_id": guest_id})]
