"""What a guest may ask: to be forgotten, now."""

from collections.abc import Callable, Sequence

from appliance.domain.events import GuestForgotten
from appliance.domain.guests import guest_at
from appliance.ports import Ports, Transaction
from appliance.usecases.unsaying import unsay


async def forget_phone(ports: Ports, *, phone: str) -> int:
    """Takes back what a phone said as any event's guest; how many words that were. Durable when it returns.

    Again changes nothing. What nobody else can know yet is taken out of the journal here; the rest of it goes once the
    wish itself has been carried away.
    """
    guest_ids = [guest_at(phone, key=event.guest_key) for event in await ports.reader.events()]
    taken_back = 0
    for guest_id in guest_ids:
        # Event by event: nothing that is stored says that these guests were one phone.
        taken_back += await forget_guest(ports, guest_id=guest_id)
    after: int | None = 0
    while after is not None:
        # Piece by piece, so that everybody else's hearts get in between.
        after = await ports.store.write(_erasing(guest_ids, after=after))
    return taken_back


async def forget_guest(ports: Ports, *, guest_id: str) -> int:
    """Takes back everything that a guest said at one event; how many words that were. Again changes nothing.

    That the guest wants to be forgotten is journaled too: whoever carries the journal on has to do the same.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> int:
        words = unsay(tx, guest_id, at=now)
        if words:
            tx.record(GuestForgotten(guest_id), at=now)
        return words

    return await ports.store.write(change)


def _erasing(guest_ids: Sequence[str], *, after: int) -> Callable[[Transaction], int | None]:
    return lambda tx: tx.erase_in_journal(guest_ids, after=after)
