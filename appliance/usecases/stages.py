"""Stages, and the first start that makes a new box usable."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace

from appliance.domain import happenings, rules
from appliance.domain.audit import BOX, Actor, Deed
from appliance.domain.events import EventOpened, StageChanged, StageOpened, StagesOrdered
from appliance.domain.happenings import StageDraft
from appliance.domain.models import Event, Phase, Stage, Stamp
from appliance.errors import NotKnown
from appliance.ports import Ports, Transaction

DEFAULT_EVENT = "Tonight"
DEFAULT_STAGE = "Main Floor"
#: what no stage's address is: pages of the box itself stand there, such as /screen/status
RESERVED = frozenset({"status"})
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
        raise _unknown()
    return stage


def _unknown() -> NotKnown:
    return NotKnown("stage_unknown", "There is no such stage here.", advice="Choose one from the list of stages.")


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
    while found in RESERVED or tx.stage(found) is not None:
        found, number = f"{wanted[:42].rstrip('-')}-{number}", number + 1
    return found


def _deed(act: str, stage: Stage) -> Deed:
    return Deed(act, on=stage.id, name=stage.name, event_id=stage.event_id)


async def add_stage(
    ports: Ports, *, name: str, event_id: str | None = None, capacity: int | None = None, by: Actor = BOX
) -> Stage:
    """A new stage of an event, with an address made from its name; of the newest event where none is named.

    Raises: Invalid for a field; NotKnown; Refused with the code `stage_exists`, `stages_many` or `event_over`.
    """
    now = ports.clock.now()
    blank = happenings.renamed(Stage(id="", event_id="", name=""), StageDraft(name=name, capacity=capacity))
    wanted = rules.slug(blank.name)

    def change(tx: Transaction) -> Stage:
        event = known_event(tx, event_id) if event_id is not None else meant_event(tx.events())
        happenings.room_for_stage(event, tx.stages_of(event.id), name=blank.name)
        stage = replace(blank, id=_free_address(tx, wanted), event_id=event.id)
        tx.add_stage(stage)
        tx.record(StageOpened(stage), at=now)
        tx.audit(_deed("stage.made", stage), by=by, at=now)
        return stage

    return await ports.store.write(change)


async def _change(ports: Ports, stage_id: str, act: str, *, by: Actor, to: Callable[[Stage], Stage]) -> Stage:
    now = ports.clock.now()

    def change(tx: Transaction) -> Stage:
        stage = known_stage(tx, stage_id)
        changed = to(stage)
        if changed != stage:
            tx.set_stage(changed)
            tx.record(StageChanged(changed), at=now)
            tx.audit(_deed(act, changed), by=by, at=now)
        return changed

    return await ports.store.write(change)


async def edit_stage(ports: Ports, *, stage_id: str, draft: StageDraft, by: Actor) -> Stage:
    """Names a stage anew; its address stays, because it is printed on walls. The same again changes nothing.

    Raises: NotKnown with the code `stage_unknown`; Invalid for a field.
    """
    return await _change(ports, stage_id, "stage.edited", by=by, to=lambda stage: happenings.renamed(stage, draft))


async def order_stages(ports: Ports, *, event_id: str, stage_ids: Sequence[str], by: Actor) -> Sequence[str]:
    """Puts an event's stages in order. The same again changes nothing.

    Raises: NotKnown with the code `event_unknown`; Invalid with the code `order_incomplete`.
    """
    return await _order(ports, event_id, by=by, to=lambda stages: happenings.ordered(stages, stage_ids))


async def move_stage(ports: Ports, *, stage_id: str, by_places: int, by: Actor) -> Sequence[str]:
    """Moves a stage up (-1) or down (1) among its event's; at the end it stays.

    Raises: NotKnown with the code `stage_unknown`.
    """
    found = next((stage for stage in await ports.reader.stages() if stage.id == stage_id), None)
    if found is None:
        raise _unknown()
    return await _order(
        ports, found.event_id, by=by, to=lambda stages: happenings.moved(stages, stage_id, by=by_places)
    )


async def _order(
    ports: Ports, event_id: str, *, by: Actor, to: Callable[[Sequence[Stage]], Sequence[str]]
) -> Sequence[str]:
    now = ports.clock.now()

    def change(tx: Transaction) -> Sequence[str]:
        event, stages = known_event(tx, event_id), tx.stages_of(event_id)
        order = to(stages)
        if list(order) != [stage.id for stage in stages]:
            tx.set_order(order)
            tx.record(StagesOrdered(event.id, tuple(order)), at=now)
            tx.audit(Deed("stages.ordered", on=event.id, name=event.name, event_id=event.id), by=by, at=now)
        return order

    return await ports.store.write(change)
