"""Shadow bans: whoever shouts goes on as before, sees their own words, and moves no sum."""

from appliance.domain import rules
from appliance.domain.audit import Actor, Deed
from appliance.domain.bans import WHY_MAX
from appliance.errors import NotKnown, Refused
from appliance.ports import Ports, Transaction
from appliance.usecases.settling import settle
from appliance.usecases.stages import known_event

#: of a guest's id in the trail: enough to tell guests of one event apart
_SHOWN = 8


async def ban(ports: Ports, *, guest_id: str, event_id: str, why: str, by: Actor) -> None:
    """Lets nothing that a guest says at an event count any more, nor what was said already.

    Raises: Invalid for `why`; NotKnown with the code `event_unknown` or `guest_unknown`; Refused with the code
    `guest_banned`.
    """
    reason = rules.required_text(why, field="reason", longest=WHY_MAX)
    heard = await ports.reader.loudest(event_id, limit=10_000)
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        event = known_event(tx, event_id)
        if guest_id not in {one.guest_id for one in heard}:
            raise NotKnown("guest_unknown", "Nobody of this id has said anything lately at this event.")
        if tx.ban_of(guest_id) is not None:
            raise Refused("guest_banned", "This guest's words do not count already.", advice="Load the page again.")
        tx.add_ban(guest_id, event_id=event_id, why=reason, by=by, at=now)
        settle(tx, guest_id, counts=False, at=now)
        tx.audit(_deed("guest.banned", guest_id, event_id=event.id, detail=reason), by=by, at=now)

    await ports.store.write(change)


async def lift(ports: Ports, *, guest_id: str, event_id: str, by: Actor) -> None:
    """Takes a ban back: what the guest says and has said counts as anybody's.

    Raises: NotKnown with the code `ban_unknown`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        known = tx.ban_of(guest_id)
        if known is None or known.event_id != event_id:
            raise NotKnown("ban_unknown", "This guest is not banned.", advice="Load the page again.")
        tx.lift_ban(guest_id, at=now)
        settle(tx, guest_id, counts=True, at=now)
        tx.audit(_deed("guest.unbanned", guest_id, event_id=event_id, detail=known.why), by=by, at=now)

    await ports.store.write(change)


def _deed(act: str, guest_id: str, *, event_id: str, detail: str) -> Deed:
    return Deed(act, on=guest_id[:_SHOWN], name=guest_id[:_SHOWN], event_id=event_id, detail=detail)
