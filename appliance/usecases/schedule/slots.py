"""The plan of an event: slots come, change, move and go. Whoever calls has seen to it that the event is theirs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import tzinfo

from appliance.domain.audit import Actor, Deed
from appliance.domain.events import DjAssigned, SlotChanged, SlotDropped, SlotPlanned
from appliance.domain.models import Doors, Event, Phase, Stage, Stamp
from appliance.domain.schedule import slots
from appliance.domain.schedule.slots import Booking, Placed, Slot
from appliance.domain.wall_time import MINUTE_MS, WallTime, read, shown_at
from appliance.domain.zones import zone
from appliance.errors import Invalid, NotKnown, Refused
from appliance.ports import Ports, Transaction
from appliance.usecases import lineup
from appliance.usecases.stages import known_event

#: a slot is moved by at most so much at once: a mistyped year is no move
MOVE_MOST_MIN = 30 * 24 * 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """A slot as somebody writes it."""

    stage_id: str
    #: as `wall_time.read` reads them
    begins: str
    ends: str
    dj_id: str | None = None
    title: str = ""
    #: the second of two, where the clock shows the time twice
    begins_again: bool = False
    ends_again: bool = False


def known_slot(tx: Transaction, slot_id: str, *, event_id: str) -> Slot:
    """The event's slot.

    Raises: NotKnown with the code `slot_unknown`, also for one of another event.
    """
    slot = tx.slot(slot_id)
    if slot is None or slot.event_id != event_id:
        raise NotKnown("slot_unknown", "There is no such slot in this plan.", advice="Load the plan again.")
    return slot


def placed_of(slot: Slot, event: Event) -> Placed:
    """A slot of this event in time."""
    return slots.place(slot, zone(event.zone))


def placed_in(tx: Transaction, slot: Slot) -> Placed:
    """A slot in time, by its own event's zone."""
    event = tx.event(slot.event_id)
    assert event is not None  # a slot belongs to an event
    return placed_of(slot, event)


async def add_slot(ports: Ports, *, by: Actor, event_id: str, wanted: Wanted) -> Placed:
    """A new slot; its DJ, if it has one, is asked.

    Raises: NotKnown for event, stage or DJ; Invalid for times and words; Refused with the code `slot_overlaps`,
    `dj_elsewhere`, `stage_closed`, `event_over` or `slots_full`.
    """
    now, slot_id = ports.clock.now(), ports.new_id()

    def change(tx: Transaction) -> Placed:
        event = _planned_event(tx, event_id)
        if tx.count_slots(event.id) >= slots.SLOTS_MOST:
            raise Refused(
                "slots_full", f"This plan has {slots.SLOTS_MOST} slots, and no more fit.", advice="Take some away."
            )
        new = _written(tx, Slot(slot_id, event.id, "", WallTime(""), WallTime("")), wanted, zone=zone(event.zone))
        new = replace(new, booking=Booking.ASKED if new.dj else Booking.NOBODY)
        placed = _checked(tx, new, event=event)
        tx.add_slot(new)
        _let_play(tx, new, at=now)
        tx.record(SlotPlanned(placed, tx.turn_plan(event.id)), at=now)
        tx.audit(_deed("slot.planned", new), by=by, at=now)
        return placed

    return await ports.store.write(change)


async def change_slot(ports: Ports, *, by: Actor, event_id: str, slot_id: str, version: int, wanted: Wanted) -> Placed:
    """Makes a slot what is wanted. A DJ who answered is asked again if the slot is another one by that.

    Raises: as `add_slot`; NotKnown with the code `slot_unknown`; Refused with the code `slot_changed` when it is not as
    whoever asks has seen it.
    """

    def altered(tx: Transaction, slot: Slot, there: tzinfo) -> Slot:
        return _written(tx, slot, wanted, zone=there)

    return await _change(ports, by=by, event_id=event_id, slot_id=slot_id, version=version, altered=altered)


async def move_slot(
    ports: Ports,
    *,
    by: Actor,
    event_id: str,
    slot_id: str,
    version: int,
    by_min: int = 0,
    stage_id: str | None = None,
) -> Placed:
    """Moves a slot by so many minutes as they go by, and to another stage.

    Raises: as `change_slot`; Invalid with the code `move_out_of_range`.
    """
    if abs(by_min) > MOVE_MOST_MIN:
        raise Invalid("move_out_of_range", "A slot can be moved by 30 days at most.", advice="Change its times.")

    def altered(tx: Transaction, slot: Slot, there: tzinfo) -> Slot:
        del tx
        was = slots.place(slot, there)
        begins, ends = (shown_at(ms + by_min * MINUTE_MS, there) for ms in (was.begins_ms, was.ends_ms))
        return replace(slot, begins=begins, ends=ends, stage_id=stage_id or slot.stage_id)

    return await _change(ports, by=by, event_id=event_id, slot_id=slot_id, version=version, altered=altered)


async def drop_slot(ports: Ports, *, by: Actor, event_id: str, slot_id: str, version: int) -> None:
    """Takes a slot out of the plan.

    Raises: NotKnown; Refused with the code `slot_changed`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        slot = known_slot(tx, slot_id, event_id=event_id)
        slots.check_version(slot, version)
        tx.drop_slot(slot.id)
        tx.record(SlotDropped(slot, tx.turn_plan(event_id)), at=now)
        tx.audit(_deed("slot.dropped", slot), by=by, at=now)

    await ports.store.write(change)


Altered = Callable[[Transaction, Slot, tzinfo], Slot]


async def _change(ports: Ports, *, by: Actor, event_id: str, slot_id: str, version: int, altered: Altered) -> Placed:
    now = ports.clock.now()

    def change(tx: Transaction) -> Placed:
        event = _planned_event(tx, event_id)
        slot = known_slot(tx, slot_id, event_id=event.id)
        slots.check_version(slot, version)
        new = altered(tx, slot, zone(event.zone))
        booking = slots.answer_after(slot, new)
        new = replace(new, booking=booking, word=slot.word if booking is slot.booking else "")
        if new == slot:
            return placed_of(slot, event)
        new = replace(new, version=slot.version + 1)
        placed = _checked(tx, new, event=event)
        tx.set_slot(new)
        _let_play(tx, new, at=now)
        tx.record(SlotChanged(placed, tx.turn_plan(event.id)), at=now)
        tx.audit(_deed("slot.changed", new), by=by, at=now)
        return placed

    return await ports.store.write(change)


def _let_play(tx: Transaction, slot: Slot, *, at: Stamp) -> None:
    """Whoever is planned for an event may play there."""
    if slot.dj is not None and tx.assign(slot.event_id, dj_id=slot.dj.id):
        tx.record(DjAssigned(slot.event_id, slot.dj), at=at)


def _deed(act: str, slot: Slot) -> Deed:
    name = slot.dj.name if slot.dj else slot.title
    detail = f"{slot.stage_id}, {slot.begins.shown} to {slot.ends.shown}"
    return Deed(act, on=slot.id, name=name, event_id=slot.event_id, detail=detail)


def _planned_event(tx: Transaction, event_id: str) -> Event:
    event = known_event(tx, event_id)
    if event.phase is Phase.ENDED:
        raise Refused("event_over", "This event is over; its plan stays as it was.", advice="Plan another event.")
    return event


def _written(tx: Transaction, slot: Slot, wanted: Wanted, *, zone: tzinfo) -> Slot:
    """The slot as it was written, each field read by itself."""
    dj = lineup.known_dj(tx, wanted.dj_id) if wanted.dj_id else None
    return replace(
        slot,
        stage_id=wanted.stage_id,
        begins=read(wanted.begins, zone, again=wanted.begins_again, field="begins"),
        ends=read(wanted.ends, zone, again=wanted.ends_again, field="ends"),
        dj=dj,
        title=slots.checked_words(wanted.title, dj=dj),
    )


def _open_stage(tx: Transaction, stage_id: str, *, event: Event) -> Stage:
    stage = tx.stage(stage_id)
    if stage is None or stage.event_id != event.id:
        raise NotKnown("stage_unknown", "There is no such stage at this event.", advice="Choose one of the list.")
    if stage.doors is Doors.CLOSED:
        raise Refused("stage_closed", "This stage is closed.", advice="Choose another one, or open it first.")
    return stage


def _checked(tx: Transaction, slot: Slot, *, event: Event) -> Placed:
    _open_stage(tx, slot.stage_id, event=event)
    placed = slots.checked_length(slot, zone(event.zone))
    slots.check_within(placed, starts_ms=event.starts_ms, ends_ms=event.ends_ms)
    slots.check_free(placed, [placed_in(tx, other) for other in tx.slots_near(slot)])
    return placed
