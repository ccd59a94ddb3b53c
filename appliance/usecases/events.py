"""Events: made as a draft, published when dancers may find them, ended when nothing is played any more."""

import secrets
from dataclasses import replace

from appliance.domain import happenings
from appliance.domain.audit import Actor, Deed
from appliance.domain.events import EventChanged, EventOpened
from appliance.domain.happenings import EventDraft
from appliance.domain.models import EndReason, Event, Logo, Phase, Stamp
from appliance.ports import Ports, Transaction
from appliance.usecases import announcement_ends, sessions
from appliance.usecases.stages import known_event


def _deed(act: str, event: Event, *, detail: str = "") -> Deed:
    return Deed(act, on=event.id, name=event.name, event_id=event.id, detail=detail)


async def add_event(ports: Ports, *, draft: EventDraft, by: Actor, account_id: str | None = None) -> Event:
    """A new event, as a draft without a stage; it belongs to an organiser's account, or to the box's staff.

    Raises: Invalid for a field; Refused with the code `events_many`.
    """
    now = ports.clock.now()
    blank = Event(id=ports.new_id(), name="", guest_key=secrets.token_bytes(32), phase=Phase.DRAFT)
    event = happenings.described(blank, draft)

    def change(tx: Transaction) -> Event:
        happenings.room_for_event(tx.events())
        tx.add_event(event)
        if account_id is not None:
            tx.own_event(event.id, account_id=account_id)
        tx.record(EventOpened(event), at=now)
        tx.audit(_deed("event.made", event), by=by, at=now)
        return event

    return await ports.store.write(change)


def _store(tx: Transaction, before: Event, event: Event, *, at: Stamp) -> None:
    """Keeps what became of an event, and ends the sets of one that is over, and what is said there."""
    tx.set_event(event)
    tx.record(EventChanged(event), at=at)
    if event.phase is not Phase.ENDED or before.phase is Phase.ENDED:
        return
    for stage in tx.stages_of(event.id):
        running = tx.active_session(stage.id)
        if running is not None:
            sessions.end(tx, running, reason=EndReason.CLOSED, at=at)
    announcement_ends.end_of_event(tx, event, at=at)


async def edit_event(ports: Ports, *, event_id: str, draft: EventDraft, by: Actor) -> Event:
    """Describes an event anew. The same again changes nothing.

    Raises: NotKnown with the code `event_unknown`; Invalid for a field.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Event:
        event = known_event(tx, event_id)
        changed = happenings.described(event, draft)
        if changed != event:
            _store(tx, event, changed, at=now)
            tx.audit(_deed("event.edited", changed), by=by, at=now)
        return changed

    return await ports.store.write(change)


async def set_phase(ports: Ports, *, event_id: str, phase: Phase, by: Actor) -> Event:
    """Publishes an event or ends it, and with it the sets that run and what is said. The same again changes nothing.

    Raises: NotKnown with the code `event_unknown`; Refused with the code `phase_impossible` or `event_without_stage`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Event:
        event = known_event(tx, event_id)
        changed = happenings.in_phase(event, phase, stages=tx.stages_of(event.id))
        if changed != event:
            _store(tx, event, changed, at=now)
            tx.audit(_deed(f"event.{phase.value}", changed), by=by, at=now)
        return changed

    return await ports.store.write(change)


async def set_logo(ports: Ports, *, event_id: str, logo: Logo | None, name: str | None, by: Actor) -> Event:
    """Gives an event another picture under another name, or none.

    Raises: NotKnown with the code `event_unknown`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Event:
        event = known_event(tx, event_id)
        changed = replace(event, logo=name)
        if changed != event:
            tx.set_logo(event.id, logo)
            _store(tx, event, changed, at=now)
            tx.audit(_deed("event.edited", changed, detail="picture"), by=by, at=now)
        return changed

    return await ports.store.write(change)
