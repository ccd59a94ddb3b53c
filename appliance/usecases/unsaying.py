"""Takes back everything that a guest said, as the guest would have done it: so the sums on all pages follow."""

from appliance.domain.events import LikeRemoved, PollVoted, TempoVoted
from appliance.domain.models import Play, Stamp
from appliance.ports import Transaction
from appliance.usecases import ballots, dislikes
from appliance.usecases.schedule import stars


def unsay(tx: Transaction, guest_id: str, *, at: Stamp) -> int:
    """How many words that were. Of reactions only the rows go: the DJ has heard them. PINs that were tried go too,
    and where the guest is."""
    tx.forget_bans(guest_id)
    tx.forget_tries(guest_id)
    reactions = len(tx.reactions_by(guest_id))
    tx.remove_reactions(guest_id)
    said = _unlike(tx, guest_id, at=at) + _unvote(tx, guest_id, at=at) + _unanswer(tx, guest_id, at=at)
    said += dislikes.forget(tx, guest_id, at=at) + ballots.forget(tx, guest_id, at=at)
    tx.drop_check_in(guest_id)
    return reactions + said + stars.forget(tx, guest_id, at=at)


def _spoken_of(tx: Transaction, play_id: str) -> Play:
    play = tx.play(play_id)
    assert play is not None  # a word belongs to a play
    return play


def _unlike(tx: Transaction, guest_id: str, *, at: Stamp) -> int:
    liked = tx.likes_by(guest_id)
    for play_id in liked:
        if tx.remove_like(play_id, guest_id=guest_id):
            play = _spoken_of(tx, play_id)
            tx.record(LikeRemoved(play_id, play.stage_id, guest_id, likes=play.likes), at=at)
    return len(liked)


def _unvote(tx: Transaction, guest_id: str, *, at: Stamp) -> int:
    words = tx.tempo_votes_by(guest_id)
    for word in words:
        tx.set_tempo_vote(word.play_id, guest_id=guest_id, vote=None, counts=False)
        if word.counts:
            play = _spoken_of(tx, word.play_id)
            tx.record(TempoVoted(play.id, play.stage_id, guest_id, vote=None, tally=play.tempo), at=at)
    return len(words)


def _unanswer(tx: Transaction, guest_id: str, *, at: Stamp) -> int:
    words = tx.poll_votes_by(guest_id)
    for word in words:
        tx.set_poll_vote(word.poll_id, guest_id=guest_id, option=None, counts=False)
        poll = tx.poll(word.poll_id)
        if word.counts and poll is not None:
            tx.record(PollVoted(poll, guest_id, option=None), at=at)
    return len(words)
