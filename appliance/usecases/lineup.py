"""Who may play at which event: decided by its organisers, and by staff when they hand a DJ a key."""

from appliance.domain.audit import Actor, Deed
from appliance.domain.events import DjAssigned, DjUnassigned
from appliance.domain.models import Dj, Event, Phase, Stamp
from appliance.errors import NotAllowed, NotKnown, Refused
from appliance.ports import Ports, Transaction
from appliance.usecases.stages import known_event


def known_dj(tx: Transaction, dj_id: str) -> Dj:
    """Somebody who plays, inside a transaction; a house player is nobody.

    Raises: NotKnown with the code `dj_unknown`.
    """
    dj = tx.dj(dj_id)
    if dj is None or tx.player_of_dj(dj.id) is not None:
        raise NotKnown("dj_unknown", "The box knows no such DJ.", advice="Choose one from the list.")
    return dj


def check_person(tx: Transaction, dj: Dj) -> None:
    """Whether a name is free for people: under a house player's no person plays, inside a transaction.

    Raises: Refused with the code `dj_is_house`.
    """
    if tx.player_of_dj(dj.id) is not None:
        raise Refused("dj_is_house", f"{dj.name} is what the house plays as.", advice="Choose another name.")


def check_assigned(tx: Transaction, event: Event, dj: Dj) -> None:
    """Whether a DJ may play at an event, inside a transaction.

    Raises: NotAllowed with the code `dj_not_assigned`.
    """
    if not tx.is_assigned(event.id, dj_id=dj.id):
        raise NotAllowed(
            "dj_not_assigned", f"{dj.name} is not among the DJs of {event.name}.", advice="Ask its organisers."
        )


def assign_to_live(tx: Transaction, dj: Dj, *, at: Stamp) -> None:
    """Lets a DJ play at every event that is going on, inside a transaction."""
    for event in tx.events():
        if event.phase is Phase.PUBLISHED and tx.assign(event.id, dj_id=dj.id):
            tx.record(DjAssigned(event.id, dj), at=at)


def _deed(act: str, dj: Dj, event: Event) -> Deed:
    return Deed(act, on=dj.id, name=dj.name, event_id=event.id)


async def assign(ports: Ports, *, event_id: str, dj_id: str, by: Actor) -> Dj:
    """Lets a DJ play at an event. Again changes nothing.

    Raises: NotKnown with the code `event_unknown` or `dj_unknown`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Dj:
        event, dj = known_event(tx, event_id), known_dj(tx, dj_id)
        if tx.assign(event.id, dj_id=dj.id):
            tx.record(DjAssigned(event.id, dj), at=now)
            tx.audit(_deed("dj.assigned", dj, event), by=by, at=now)
        return dj

    return await ports.store.write(change)


async def unassign(ports: Ports, *, event_id: str, dj_id: str, by: Actor) -> None:
    """Lets a DJ play at an event no more; a set that runs goes on. Again changes nothing.

    Raises: NotKnown with the code `event_unknown` or `dj_unknown`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        event, dj = known_event(tx, event_id), known_dj(tx, dj_id)
        if tx.unassign(event.id, dj_id=dj.id):
            tx.record(DjUnassigned(event.id, dj), at=now)
            tx.audit(_deed("dj.unassigned", dj, event), by=by, at=now)

    await ports.store.write(change)
