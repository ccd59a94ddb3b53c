"""The trail of privileged acts that change nothing in the store: written down before they are done."""

import logging

from appliance.domain.audit import Actor, Deed
from appliance.errors import Unavailable
from appliance.ports import Ports

log = logging.getLogger(__name__)


async def note(ports: Ports, deed: Deed, *, by: Actor) -> None:
    """Records an act that has no transaction of its own.

    A box whose store takes nothing must still be cared for: then the act is in the log only.
    """
    now = ports.clock.now()
    try:
        await ports.store.write(lambda tx: tx.audit(deed, by=by, at=now))
    except Unavailable:
        log.warning("Not in the trail, for the store takes nothing: %s %s by %s.", deed.act, deed.on, by.kind.value)
