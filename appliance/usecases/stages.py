"""Stages, and the first start that makes a new box usable."""

import secrets

from appliance.domain import rules
from appliance.domain.events import EventOpened, StageOpened
from appliance.domain.models import Event, Stage, Stamp
from appliance.errors import NotKnown, Refused
from appliance.ports import Ports, Transaction

DEFAULT_EVENT = "Tonight"
DEFAULT_STAGE = "Main Floor"
#: the event that the journal knows of
_TOLD = "event_told"


def known_stage(tx: Transaction, stage_id: str) -> Stage:
    """The stage.

    Raises: NotKnown with the code `stage_unknown`.
    """
    stage = tx.stage(stage_id)
    if stage is None:
        raise NotKnown("stage_unknown", "There is no such stage here.", advice="Choose one from the list of stages.")
    return stage


async def open_doors(ports: Ports) -> None:
    """Makes the default event with its one stage, if this box has none yet.

    One that was made before events were journaled is journaled now, once.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        known = tx.event()
        if known is not None:
            _tell(tx, known, now=now)
            return
        event = Event(id=ports.new_id(), name=DEFAULT_EVENT, guest_key=secrets.token_bytes(32))
        stage = Stage(id=rules.slug(DEFAULT_STAGE), event_id=event.id, name=DEFAULT_STAGE)
        tx.add_event(event)
        _tell(tx, event, now=now)
        tx.add_stage(stage)
        tx.record(StageOpened(stage), at=now)

    await ports.store.write(change)


def _tell(tx: Transaction, event: Event, *, now: Stamp) -> None:
    """Journals that an event exists, unless that was done."""
    if tx.meta(_TOLD) != event.id:
        tx.set_meta(_TOLD, event.id)
        tx.record(EventOpened(event), at=now)


async def add_stage(ports: Ports, *, name: str) -> Stage:
    """A new stage of the event, with an address made from its name.

    Raises: Invalid for the name; Refused with the code `stage_exists`.
    """
    now = ports.clock.now()
    cleaned = rules.required_text(name, field="name", longest=rules.NAME_MAX)
    stage_id = rules.slug(cleaned)

    def change(tx: Transaction) -> Stage:
        event = tx.event()
        assert event is not None  # the doors were opened before anybody can ask
        if tx.stage(stage_id) is not None:
            raise Refused("stage_exists", "There is a stage with this address already.", advice="Choose another name.")
        stage = Stage(id=stage_id, event_id=event.id, name=cleaned)
        tx.add_stage(stage)
        tx.record(StageOpened(stage), at=now)
        return stage

    return await ports.store.write(change)
