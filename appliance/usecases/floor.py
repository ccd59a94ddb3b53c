"""How alive floors are: keeping counted minutes, and finding them again after a restart."""

from collections.abc import Mapping

from appliance.domain.floor import REACH, WINDOW, Minute
from appliance.domain.models import Stamp
from appliance.domain.space import Room
from appliance.ports import Ports, Transaction
from appliance.ports.floor import CountedMinute
from appliance.usecases.uptime import up_ms, up_ms_in

MINUTE_MS = 60_000
#: minutes that are looked at for a graph
LOOKED_AT = REACH + WINDOW


async def keep(ports: Ports, minutes: Mapping[str, Minute], *, at: Stamp) -> None:
    """Keeps what was counted in the minute until `at`, by stage, for each set that runs. What room there is when the
    disk is nearly full is for the music.

    Raises: Unavailable.
    """
    if not minutes or ports.room() is Room.SCARCE:
        return

    def change(tx: Transaction) -> None:
        number = up_ms_in(tx, at) // MINUTE_MS
        for stage_id, minute in minutes.items():
            session = tx.active_session(stage_id)
            if session is not None:
                tx.add_minute(CountedMinute(session.id, number, minute))

    await ports.store.write(change)


async def recent(ports: Ports) -> Mapping[str, list[Minute | None]]:
    """The latest minutes of every stage, the oldest first; None where nobody counted.

    Raises: Unavailable.
    """
    last = await up_ms(ports) // MINUTE_MS
    first = last - LOOKED_AT + 1
    found: dict[str, list[Minute | None]] = {}
    for stage_id, counted in (await ports.reader.minutes_since(first)).items():
        by_number = {one.number: one.minute for one in counted}
        found[stage_id] = [by_number.get(number) for number in range(first, last + 1)]
    return found
