"""Numbers of who was there, into the journal."""

from collections.abc import Sequence
from dataclasses import replace

from appliance.domain.events import HandoverMeasured, PresenceCounted
from appliance.domain.models import Stamp
from appliance.domain.presence import Count, HandoverCount
from appliance.domain.space import Room, Step
from appliance.ports import Ports, Transaction
from appliance.usecases import shedding


async def keep(ports: Ports, counts: Sequence[Count], *, began: Stamp, lost: int = 0) -> bool:
    """Journals what was counted since `began`, each under its own moment; whether there was room for it.

    When the disk is nearly full, what room there is is for the music: then nobody is counted. `lost` is how many rows
    that were since the last that were kept: they are told of once there is room again.

    Raises: Unavailable.
    """
    if ports.room() is Room.SCARCE:
        return False
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        shedding.note(tx, Step.PRESENCE, lost, at=now)
        for count in counts:
            event = tx.event_of_stage(count.stage)
            assert event is not None  # a stage belongs to an event
            tx.record(_happened(count, event_id=event.id), at=_moment(began.boot_ms + count.at_ms, now=now))

    await ports.store.write(change)
    return True


def _happened(count: Count, *, event_id: str) -> HandoverMeasured | PresenceCounted:
    return HandoverMeasured(count) if isinstance(count, HandoverCount) else PresenceCounted(event_id, count)


def _moment(boot_ms: int, *, now: Stamp) -> Stamp:
    """Another moment of this boot, by what is believed now."""
    return replace(now, boot_ms=boot_ms, wall_ms=now.wall_ms - now.boot_ms + boot_ms)
