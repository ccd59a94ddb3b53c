"""Lets everything that a guest has said count, or not, from now on: so the sums on all pages follow.

For the journal it is as if the guest had taken back what counted, or said it again: whoever reads it later has the
same sums. What a guest says while it does not count is kept in the store and told to nobody.
"""

from appliance.domain.events import LikeGiven, LikeRemoved, PollVoted, ReactionSent, TempoVoted
from appliance.domain.models import Stamp
from appliance.ports import Ports, Transaction
from appliance.usecases import ballots, dislikes
from appliance.usecases.speaking import is_banned, known_play


async def let_count(ports: Ports, *, guest_id: str) -> None:
    """Lets count what a guest said before the box knew that they are there; nothing of a banned one.

    Raises: Unavailable when that can't be stored now.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        if is_banned(tx, guest_id):
            return
        unheard = [word for word in tx.reactions_by(guest_id) if not word.counts]
        settle(tx, guest_id, counts=True, at=now)
        for word in unheard:
            # The DJ has not heard these yet.
            sent = ReactionSent(word.stage_id, word.session_id, guest_id, reaction=word.reaction, play_id=word.play_id)
            tx.record(sent, at=now)

    await ports.store.write(change)


def settle(tx: Transaction, guest_id: str, *, counts: bool, at: Stamp) -> None:
    """Moves every sum that the guest's words are in. Of polls and ballots only those that run: the others are over."""
    event = LikeGiven if counts else LikeRemoved
    for play_id in tx.settle_likes(guest_id, counts=counts):
        play = known_play(tx, play_id)
        tx.record(event(play_id, play.stage_id, guest_id, likes=play.likes), at=at)
    _settle_tempo(tx, guest_id, counts=counts, at=at)
    _settle_answers(tx, guest_id, counts=counts, at=at)
    dislikes.settle(tx, guest_id, counts=counts, at=at)
    ballots.settle(tx, guest_id, counts=counts, at=at)
    for word in tx.reactions_by(guest_id):
        # The DJ has heard them; only what is summed up later can still leave them out.
        tx.settle_reaction(word.id, guest_id=guest_id, counts=counts)


def _settle_tempo(tx: Transaction, guest_id: str, *, counts: bool, at: Stamp) -> None:
    for word in tx.tempo_votes_by(guest_id):
        if word.counts is not counts:
            tx.set_tempo_vote(word.play_id, guest_id=guest_id, vote=word.vote, counts=counts)
            play = known_play(tx, word.play_id)
            vote = word.vote if counts else None
            tx.record(TempoVoted(play.id, play.stage_id, guest_id, vote=vote, tally=play.tempo), at=at)


def _settle_answers(tx: Transaction, guest_id: str, *, counts: bool, at: Stamp) -> None:
    for word in tx.poll_votes_by(guest_id):
        poll = tx.poll(word.poll_id)
        if poll is None or poll.end is not None or word.counts is counts:
            continue
        tx.set_poll_vote(word.poll_id, guest_id=guest_id, option=word.option, counts=counts)
        moved = tx.poll(word.poll_id)
        assert moved is not None  # it was there a moment ago
        tx.record(PollVoted(moved, guest_id, word.option if counts else None), at=at)
