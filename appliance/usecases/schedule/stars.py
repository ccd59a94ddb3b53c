"""Guests star the slots that they want to be at, and take stars back. Both can be repeated without harm."""

from appliance.domain.events import SlotStarred, SlotUnstarred
from appliance.domain.models import Phase, Stamp
from appliance.domain.schedule.slots import STARS_MOST
from appliance.domain.space import Room
from appliance.errors import NotKnown, Refused, Unavailable
from appliance.ports import Ports, Transaction
from appliance.usecases.schedule.slots import known_slot


async def set_star(ports: Ports, *, guest_id: str, event_id: str, slot_id: str, starred: bool) -> None:
    """Makes a guest star a slot, or not. Durable when it returns.

    Raises: NotKnown with the code `slot_unknown`; Refused with the code `stars_full`; Unavailable with the code
    `disk_full` when what room there is on the disk is for the music.
    """
    if ports.room() is Room.SCARCE:
        raise Unavailable(
            "disk_full", "The box's disk is full: stars can't be kept now; the music goes on.", advice="Tell the staff."
        )
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        slot = known_slot(tx, slot_id, event_id=event_id)
        event = tx.event(slot.event_id)
        if event is None or event.phase is Phase.DRAFT:
            raise NotKnown("slot_unknown", "There is no such slot in this plan.", advice="Load the plan again.")
        if not starred:
            if tx.remove_star(slot.id, guest_id=guest_id):
                tx.record(SlotUnstarred(slot.id, event.id, guest_id), at=now)
            return
        mine = {one.id for one in tx.stars_by(guest_id)}
        if slot.id not in mine and len(mine) >= STARS_MOST:
            raise Refused(
                "stars_full", f"You starred {STARS_MOST} slots, and no more fit.", advice="Take some stars back first."
            )
        if tx.add_star(slot.id, guest_id=guest_id, at_ms=now.wall_ms):
            tx.record(SlotStarred(slot.id, event.id, guest_id), at=now)

    await ports.store.write(change)


def forget(tx: Transaction, guest_id: str, *, at: Stamp) -> int:
    """Takes every star of a guest back, as the guest would have done it; how many."""
    mine = tx.stars_by(guest_id)
    for slot in mine:
        tx.remove_star(slot.id, guest_id=guest_id)
        tx.record(SlotUnstarred(slot.id, slot.event_id, guest_id), at=at)
    return len(mine)
