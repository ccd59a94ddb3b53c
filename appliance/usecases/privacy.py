"""What a guest may ask: to be forgotten, now."""

from appliance.domain.events import GuestForgotten, LikeRemoved
from appliance.ports import Ports, Transaction


async def forget_guest(ports: Ports, *, guest_id: str) -> int:
    """Takes back everything a guest said; how many likes that were. Durable when it returns; again changes nothing.

    Each like is taken back as the guest would have done it, so that the counts on all pages follow. That the guest
    wants to be forgotten is journaled too: whoever carries the journal on has to do the same.
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

    return await ports.store.write(change)
