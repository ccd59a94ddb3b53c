"""DJs answer: they play a slot that they were asked for, or they don't."""

from dataclasses import replace

from appliance.domain.events import BookingAnswered
from appliance.domain.models import Dj
from appliance.domain.schedule import slots
from appliance.domain.schedule.slots import Booking, Placed
from appliance.errors import NotKnown
from appliance.ports import Ports, Transaction
from appliance.usecases.schedule.slots import placed_in


async def answer(ports: Ports, *, dj: Dj, slot_id: str, version: int, confirmed: bool, word: str = "") -> Placed:
    """Says yes or no to a slot, with a word for its organisers. The same answer again changes nothing.

    Raises: NotKnown with the code `slot_unknown`, also for another DJ's slot; Invalid with the code `word_too_long`;
    Refused with the code `slot_changed`, or `slot_overlaps` or `dj_elsewhere` for a yes to a time that is taken by now.
    """
    now, said = ports.clock.now(), slots.checked_word(word)

    def change(tx: Transaction) -> Placed:
        slot = tx.slot(slot_id)
        if slot is None or slot.dj_id != dj.id:
            raise NotKnown("slot_unknown", "You have no such booking.", advice="Load your bookings again.")
        new = replace(slot, booking=Booking.CONFIRMED if confirmed else Booking.DECLINED, word=said)
        if new == slot:
            return placed_in(tx, slot)
        slots.check_version(slot, version)
        placed = placed_in(tx, replace(new, version=slot.version + 1))
        slots.check_free(placed, [placed_in(tx, other) for other in tx.slots_near(new)])
        tx.set_slot(placed.slot)
        tx.record(BookingAnswered(placed, tx.turn_plan(slot.event_id)), at=now)
        return placed

    return await ports.store.write(change)
