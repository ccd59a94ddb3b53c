"""Giving things up when the disk is nearly full: in an order that spares the evening, each time counted and told."""

from collections.abc import Sequence

from appliance.domain.events import BoxShed
from appliance.domain.models import Stamp
from appliance.domain.space import Step
from appliance.domain.uplink import SHED
from appliance.ports import Ports, Transaction


async def shed(ports: Ports, steps: Sequence[Step], *, logs: int = 0) -> int:
    """Gives up what these steps say; how much that was. `logs` were removed already and are only counted.

    Raises: Unavailable when not even that can be written.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> int:
        counts = {step: logs if step is Step.LOGS else tx.shed(step, at=now) for step in steps}
        for step, count in counts.items():
            note(tx, step, count, at=now)
        return sum(counts.values())

    return await ports.store.write(change)


def note(tx: Transaction, step: Step, count: int, *, at: Stamp) -> None:
    """Journals inside a transaction that so much was given up, and counts it for staff; nothing for none."""
    if count:
        tx.record(BoxShed(step.value, count), at=at)
        tx.set_meta(SHED, str(int(tx.meta(SHED) or 0) + count))
