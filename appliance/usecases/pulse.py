"""The box's own heartbeat in the database: one small fact, written as durably as everything else."""

from appliance.ports import Ports, Transaction

_PULSE = "pulse"


async def beat(ports: Ports) -> None:
    """Returns once the moment is on the disk. It is no event of the evening, so it is not journaled.

    Raises: Unavailable when it can't be stored.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        tx.set_meta(_PULSE, f"{now.boot}:{now.boot_ms}")

    await ports.store.write(change)
