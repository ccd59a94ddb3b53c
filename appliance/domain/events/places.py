"""The event and its stages come to be."""

from dataclasses import dataclass
from typing import ClassVar

from appliance.domain.events.base import Body
from appliance.domain.models import Event, Stage


@dataclass(frozen=True, slots=True)
class EventOpened:
    """An event exists. Its guests' key stays on the box."""

    kind: ClassVar[str] = "event.opened"
    event: Event

    def body(self) -> Body:
        return {"event": self.event.id, "name": self.event.name}


@dataclass(frozen=True, slots=True)
class StageOpened:
    """A stage exists."""

    kind: ClassVar[str] = "stage.opened"
    stage: Stage

    def body(self) -> Body:
        return {"stage": self.stage.id, "event": self.stage.event_id, "name": self.stage.name}
