"""A stage's doors: open, paused for a break, closed. A break leaves everything as it is; closing ends the set."""

from dataclasses import replace

from appliance.domain.audit import Actor, Deed
from appliance.domain.events import StageChanged
from appliance.domain.models import Doors, EndReason, Stage
from appliance.ports import Ports, Transaction
from appliance.usecases import sessions
from appliance.usecases.stages import known_stage


async def set_doors(ports: Ports, *, stage_id: str, doors: Doors, by: Actor) -> Stage:
    """Opens, pauses or closes a stage. The same again changes nothing.

    Raises: NotKnown with the code `stage_unknown`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Stage:
        stage = known_stage(tx, stage_id)
        if stage.doors is doors:
            return stage
        running = tx.active_session(stage.id)
        if doors is Doors.CLOSED and running is not None:
            sessions.end(tx, running, reason=EndReason.CLOSED, at=now)
        changed = replace(stage, doors=doors)
        tx.set_stage(changed)
        tx.record(StageChanged(changed), at=now)
        tx.audit(Deed(f"stage.{doors.value}", on=stage.id, name=stage.name, event_id=stage.event_id), by=by, at=now)
        return changed

    return await ports.store.write(change)
