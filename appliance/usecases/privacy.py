"""What a guest may ask: to be forgotten, now."""

from collections.abc import Callable

from appliance.domain.events import GuestForgotten
from appliance.ports import Ports, Transaction
from appliance.usecases.unsaying import unsay


async def forget_guest(ports: Ports, *, guest_id: str) -> int:
    """Takes back everything a guest said; how many words that were. Durable when it returns; again changes nothing.

    That the guest wants to be forgotten is journaled too: whoever carries the journal on has to do the same. What
    nobody else can know yet is taken out of the journal here; the rest of it goes once the wish itself has been
    carried away.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> int:
        words = unsay(tx, guest_id, at=now)
        if words:
            tx.record(GuestForgotten(guest_id), at=now)
        return words

    taken_back = await ports.store.write(change)
    after: int | None = 0
    while after is not None:
        # Piece by piece, so that everybody else's hearts get in between.
        after = await ports.store.write(_erasing(guest_id, after=after))
    return taken_back


def _erasing(guest_id: str, *, after: int) -> Callable[[Transaction], int | None]:
    return lambda tx: tx.erase_in_journal(guest_id, after=after)
