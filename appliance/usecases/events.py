"""Events: made as a draft, published when dancers may find them, ended when nothing is played or said any more."""

import secrets
from dataclasses import replace

from appliance.domain import rules
from appliance.domain.events import EventChanged, EventOpened
from appliance.domain.models import Event, Phase
from appliance.ports import Ports, Transaction
from appliance.usecases.stages import known_event


async def add_event(ports: Ports, *, name: str, account_id: str | None = None) -> Event:
    """A new event, as a draft without a stage; of an organiser's account, or of the box's staff.

    Raises: Invalid for the name.
    """
    now = ports.clock.now()
    event = Event(
        id=ports.new_id(),
        name=rules.required_text(name, field="name", longest=rules.NAME_MAX),
        guest_key=secrets.token_bytes(32),
        phase=Phase.DRAFT,
    )

    def change(tx: Transaction) -> Event:
        tx.add_event(event)
        if account_id is not None:
            tx.own_event(event.id, account_id=account_id)
        tx.record(EventOpened(event), at=now)
        return event

    return await ports.store.write(change)


async def set_phase(ports: Ports, *, event_id: str, phase: Phase) -> Event:
    """Publishes an event, ends it, or takes that back. The same again changes nothing.

    Raises: NotKnown with the code `event_unknown`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Event:
        event = known_event(tx, event_id)
        if event.phase is phase:
            return event
        changed = replace(event, phase=phase)
        tx.set_event(changed)
        tx.record(EventChanged(changed), at=now)
        return changed

    return await ports.store.write(change)
