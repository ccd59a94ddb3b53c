"""A guest takes the night along: a link that works later, online, and ties this evening's likes to a subscription.

The link's secret is made from the guest's id and the event's key, so the same phone gets the same link and nothing new
is kept; the journal carries only its digest, by which the cloud knows the link without being able to make one.
"""

import hashlib
import hmac

from appliance.domain.events import ClaimMade
from appliance.domain.guests import guest_at
from appliance.errors import NotKnown
from appliance.ports import Ports, Transaction
from appliance.usecases.stages import known_event, known_stage

_SECRET_HEX = 40


def secret_of(guest_id: str, *, key: bytes) -> str:
    """What the guest's link holds: 160 bits, hexadecimal."""
    return hmac.new(key, f"claim\0{guest_id}".encode(), hashlib.sha256).hexdigest()[:_SECRET_HEX]


async def claim(ports: Ports, *, phone: str, event_id: str, stage_id: str | None = None) -> str:
    """The secret of a phone's link for one event; the cloud will know it. `stage_id` is where the guest is, if told.

    Raises: NotKnown with the code `event_unknown` or `stage_unknown`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> str:
        event = known_event(tx, event_id)
        if stage_id is not None and known_stage(tx, stage_id).event_id != event.id:
            raise NotKnown("stage_unknown", "There is no such stage here.", advice="Choose one of the stages.")
        guest_id = guest_at(phone, key=event.guest_key)
        secret = secret_of(guest_id, key=event.guest_key)
        digest = hashlib.sha256(secret.encode()).hexdigest()
        tx.record(ClaimMade(guest_id=guest_id, event_id=event.id, stage_id=stage_id, digest=digest), at=now)
        return secret

    return await ports.store.write(change)
