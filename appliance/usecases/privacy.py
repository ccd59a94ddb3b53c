"""What a guest may ask: to be forgotten, now."""

from collections.abc import Callable

from appliance.domain.events import GuestForgotten, LikeRemoved
from appliance.ports import Ports, Transaction


async def forget_guest(ports: Ports, *, guest_id: str) -> int:
    """Takes back everything a guest said; how many likes that were. Durable when it returns; again changes nothing.

    Each like is taken back as the guest would have done it, so that the counts on all pages follow. That the guest
    wants to be forgotten is journaled too: whoever carries the journal on has to do the same. What nobody else can
    know yet is taken out of the journal here; the rest of it goes once the wish itself has been carried away.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> int:
        liked = tx.likes_by(guest_id)
        for play_id in liked:
            play = tx.play(play_id)
            assert play is not None  # a like belongs to a play
            tx.remove_like(play_id, guest_id=guest_id)
            event = LikeRemoved(play_id=play_id, stage_id=play.stage_id, guest_id=guest_id, likes=play.likes - 1)
            tx.record(event, at=now)
        if liked:
            tx.record(GuestForgotten(guest_id), at=now)
        return len(liked)

    taken_back = await ports.store.write(change)
    after: int | None = 0
    while after is not None:
        # Piece by piece, so that everybody else's hearts get in between.
        after = await ports.store.write(_erasing(guest_id, after=after))
    return taken_back


def _erasing(guest_id: str, *, after: int) -> Callable[[Transaction], int | None]:
    return lambda tx: tx.erase_in_journal(guest_id, after=after)
