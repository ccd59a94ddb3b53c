"""How long the box has been up, in all its boots; and writing that down now and then."""

from appliance.domain.models import Stamp
from appliance.domain.uptime import UPTIME, mark, read_uptime
from appliance.ports import Ports, Transaction


def up_ms_in(tx: Transaction, now: Stamp) -> int:
    """The up-time at `now`, for whoever is writing."""
    return read_uptime(tx.meta(UPTIME)).at(now)


async def up_ms(ports: Ports) -> int:
    """The up-time now."""
    return read_uptime(await ports.reader.meta(UPTIME)).at(ports.clock.now())


async def keep(ports: Ports) -> None:
    """Writes down how long the box has been up, if that was not done just now."""
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        made = mark(read_uptime(tx.meta(UPTIME)), now)
        if made is not None:
            tx.set_meta(UPTIME, made.text())

    await ports.store.write(change)
