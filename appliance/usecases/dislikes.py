"""What a dancer would rather not hear: said of the house's plays only, because no DJ shall be told so.

It pushes the dancer's taste, gently. Others never see it; managers see how many there are.
"""

from dataclasses import dataclass

from appliance.domain.events import DislikesCounted, LikeRemoved
from appliance.domain.models import Play, Stamp
from appliance.errors import Refused
from appliance.ports import Ports, Transaction
from appliance.usecases.speaking import check_room, is_banned, known_play


@dataclass(frozen=True, slots=True)
class Disliked:
    """The outcome of a tap."""

    play_id: str
    #: whether the guest would rather not hear it now
    disliked: bool
    #: whether the guest liked it until then: whoever dislikes it likes it no more
    was_liked: bool


async def set_dislike(ports: Ports, *, guest_id: str, play_id: str, disliked: bool, there: bool = True) -> Disliked:
    """Makes a guest dislike a play of the house, or not. Durable when it returns; again changes nothing.

    It counts only of guests who are known to be `there`.

    Raises: NotKnown with the code `play_unknown`; Refused with the code `not_the_house`; Unavailable with the code
    `disk_full`.
    """
    check_room(ports)
    now = ports.clock.now()

    def change(tx: Transaction) -> Disliked:
        play = known_play(tx, play_id)
        if not disliked:
            drop(tx, play, guest_id=guest_id, at=now)
            return Disliked(play_id, disliked=False, was_liked=False)
        if tx.ballot_of_play(play_id) is None:
            raise Refused("not_the_house", "That can be said of what the house plays only, and this was a DJ's.")
        liked = tx.remove_like(play_id, guest_id=guest_id)
        if liked:
            tx.record(LikeRemoved(play_id, play.stage_id, guest_id, likes=tx.likes_of(play_id)), at=now)
        counts = there and not is_banned(tx, guest_id)
        if tx.add_dislike(play_id, guest_id=guest_id, at_ms=now.wall_ms, counts=counts) and counts:
            _tell(tx, play, guest_id=guest_id, disliked=True, at=now)
        return Disliked(play_id, disliked=True, was_liked=liked is not None)

    return await ports.store.write(change)


def drop(tx: Transaction, play: Play, *, guest_id: str, at: Stamp) -> None:
    """A guest dislikes a play no more, if they did."""
    if tx.remove_dislike(play.id, guest_id=guest_id):
        _tell(tx, play, guest_id=guest_id, disliked=False, at=at)


def settle(tx: Transaction, guest_id: str, *, counts: bool, at: Stamp) -> None:
    """Lets a guest's dislikes count from now on, or not."""
    for play_id in tx.settle_dislikes(guest_id, counts=counts):
        _tell(tx, known_play(tx, play_id), guest_id=guest_id, disliked=counts, at=at)


def forget(tx: Transaction, guest_id: str, *, at: Stamp) -> int:
    """Takes back everything that a guest disliked; how many words that were."""
    disliked = tx.dislikes_by(guest_id)
    for play_id in disliked:
        play = tx.play(play_id)
        assert play is not None  # a word belongs to a play
        drop(tx, play, guest_id=guest_id, at=at)
    return len(disliked)


def _tell(tx: Transaction, play: Play, *, guest_id: str, disliked: bool, at: Stamp) -> None:
    counted = DislikesCounted(play.id, play.stage_id, tx.dislikes_of(play.id), guest_id=guest_id, disliked=disliked)
    tx.record(counted, at=at)
