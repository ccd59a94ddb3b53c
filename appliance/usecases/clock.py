"""The clock: set it from somebody's phone, and remember that over restarts.

A setting is kept as an anchor (at this boot time it was that wall time), stored and journaled with the old and the new
reading, so that whoever reads the journal later can put earlier stamps right. The clock itself follows the commit.
"""

import json

from appliance.domain import timekeeping
from appliance.domain.audit import Actor, Deed
from appliance.domain.events import ClockSet
from appliance.domain.models import Stamp
from appliance.domain.timekeeping import FROM_STAFF, Anchor
from appliance.ports import Ports, Transaction


def _written(anchor: Anchor, source: str) -> str:
    fields = {"boot": anchor.boot, "boot_ms": anchor.boot_ms, "wall_ms": anchor.wall_ms, "trust": anchor.trust.value}
    return json.dumps({**fields, "source": source})


async def known(ports: Ports) -> tuple[Anchor | None, Stamp | None]:
    """What a start should know: the last setting, of whichever boot, and the newest stamp that was stored."""
    anchor = timekeeping.read_anchor(await ports.reader.meta(timekeeping.ANCHOR))
    return anchor, await ports.reader.newest_stamp()


async def set_from_phone(ports: Ports, *, wall_ms: int, by: Actor) -> Stamp:
    """Goes by a phone's wall time from now on; this moment as it is told then. `wall_ms` is UTC, milliseconds.

    Raises: Invalid, Refused: see `timekeeping.set_by_device`.
    """
    before = ports.clock.now()
    anchor = timekeeping.set_by_device(wall_ms, now=before)
    after = Stamp(boot=before.boot, boot_ms=before.boot_ms, wall_ms=wall_ms, trust=anchor.trust)

    def change(tx: Transaction) -> None:
        tx.set_meta(timekeeping.ANCHOR, _written(anchor, FROM_STAFF))
        # Under the new reading: the newest stamp is what a start goes on from.
        tx.record(ClockSet(anchor=anchor, before=before, source=FROM_STAFF), at=after)
        tx.audit(Deed("clock.set"), by=by, at=after)

    await ports.store.write(change)
    return after
