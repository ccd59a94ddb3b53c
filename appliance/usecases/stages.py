"""Stages, and the first start that makes a new box usable."""

import secrets
from collections.abc import Sequence

from appliance.domain import rules
from appliance.domain.events import EventOpened, StageOpened
from appliance.domain.models import Event, Phase, Stage, Stamp
from appliance.errors import NotKnown, Refused
from appliance.ports import Ports, Transaction

DEFAULT_EVENT = "Tonight"
DEFAULT_STAGE = "Main Floor"
#: the event that the journal knows of
_TOLD = "event_told"


def known_event(tx: Transaction, event_id: str) -> Event:
    """The event.

    Raises: NotKnown with the code `event_unknown`.
    """
    event = tx.event(event_id)
    if event is None:
        raise NotKnown("event_unknown", "There is no such event here.", advice="Choose one from the list of events.")
    return event


def known_stage(tx: Transaction, stage_id: str) -> Stage:
    """The stage.

    Raises: NotKnown with the code `stage_unknown`.
    """
    stage = tx.stage(stage_id)
    if stage is None:
        raise NotKnown("stage_unknown", "There is no such stage here.", advice="Choose one from the list of stages.")
    return stage


async def open_doors(ports: Ports) -> None:
    """Makes the default event with its one stage, if this box has none yet: published, so that dancers find it at once.

    One that was made before events were journaled is journaled now, once.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        known = tx.events()
        if known:
            if tx.meta(_TOLD) is None:
                _tell(tx, known[0], now=now)
            return
        event = Event(id=ports.new_id(), name=DEFAULT_EVENT, guest_key=secrets.token_bytes(32))
        stage = Stage(id=rules.slug(DEFAULT_STAGE), event_id=event.id, name=DEFAULT_STAGE)
        tx.add_event(event)
        _tell(tx, event, now=now)
        tx.add_stage(stage)
        tx.record(StageOpened(stage), at=now)

    await ports.store.write(change)


def _tell(tx: Transaction, event: Event, *, now: Stamp) -> None:
    """Journals that the first event exists."""
    tx.set_meta(_TOLD, event.id)
    tx.record(EventOpened(event), at=now)


def meant_event(events: Sequence[Event]) -> Event:
    """The event that is meant where nobody names one: the newest that dancers find, or the newest at all.

    Raises: NotKnown with the code `event_unknown` where there is none at all.
    """
    if not events:
        raise NotKnown("event_unknown", "This box has no event yet.", advice="Make one first.")
    return next((event for event in reversed(events) if event.phase is Phase.PUBLISHED), events[-1])


def _free_address(tx: Transaction, wanted: str) -> str:
    """`wanted`, or with a number: another event may have a stage of the same name, and addresses last."""
    found, number = wanted, 2
    while tx.stage(found) is not None:
        found, number = f"{wanted[:42].rstrip('-')}-{number}", number + 1
    return found


async def add_stage(ports: Ports, *, name: str, event_id: str | None = None) -> Stage:
    """A new stage of an event, with an address made from its name; of the newest event where none is named.

    Raises: Invalid for the name; NotKnown; Refused with the code `stage_exists`.
    """
    now = ports.clock.now()
    cleaned = rules.required_text(name, field="name", longest=rules.NAME_MAX)
    wanted = rules.slug(cleaned)

    def change(tx: Transaction) -> Stage:
        event = known_event(tx, event_id) if event_id is not None else meant_event(tx.events())
        if wanted in {rules.slug(stage.name) for stage in tx.stages_of(event.id)}:
            raise Refused("stage_exists", "There is a stage with this address already.", advice="Choose another name.")
        stage = Stage(id=_free_address(tx, wanted), event_id=event.id, name=cleaned)
        tx.add_stage(stage)
        tx.record(StageOpened(stage), at=now)
        return stage

    return await ports.store.write(change)
