"""Giving things up when the disk is nearly full: in an order that spares the evening, each time counted and told."""

from collections.abc import Sequence

from appliance.domain.events import BoxShed
from appliance.domain.space import Step
from appliance.domain.uplink import SHED
from appliance.ports import Ports, Transaction


async def shed(ports: Ports, steps: Sequence[Step], *, logs: int = 0) -> int:
    """Gives up what these steps say; how much that was. `logs` were removed already and are only counted.

    Raises: Unavailable when not even that can be written.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> int:
        total = 0
        for step in steps:
            count = logs if step is Step.LOGS else tx.shed(step, at=now)
            if count:
                tx.record(BoxShed(step.value, count), at=now)
                total += count
        if total:
            tx.set_meta(SHED, str(int(tx.meta(SHED) or 0) + total))
        return total

    return await ports.store.write(change)
