"""More events than the one that every box begins with."""

from appliance.domain.audit import STAFF
from appliance.domain.happenings import EventDraft
from appliance.domain.models import Event, Phase, Stage
from appliance.ports import Ports
from appliance.usecases import events, stages
from tests.support.evening import Evening


async def draft_of(evening: Evening, name: str = "Elsewhere") -> Event:
    """An event that nobody sees yet, without a stage."""
    return await events.add_event(evening.ports, draft=EventDraft(name=name), by=STAFF)


async def another_event(evening: Evening, name: str = "Elsewhere", *, stage: str) -> Stage:
    """The stage of one more event that is going on."""
    return await event_with_stage(evening.ports, name, stage=stage)


async def event_with_stage(ports: Ports, name: str, *, stage: str) -> Stage:
    """As `another_event`, of a box that serves."""
    event = await events.add_event(ports, draft=EventDraft(name=name), by=STAFF)
    made = await stages.add_stage(ports, name=stage, event_id=event.id)
    await events.set_phase(ports, event_id=event.id, phase=Phase.PUBLISHED, by=STAFF)
    return made
