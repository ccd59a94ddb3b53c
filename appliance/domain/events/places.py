"""Events and their stages come to be and change."""

from dataclasses import dataclass
from typing import ClassVar

from appliance.domain.events.base import Body
from appliance.domain.models import Dj, Event, Stage


def _event_body(event: Event) -> Body:
    body: Body = {"event": event.id, "name": event.name, "phase": event.phase.value, "zone": event.zone}
    dates = {"starts_ms": event.starts_ms, "ends_ms": event.ends_ms}
    return body | {name: value for name, value in dates.items() if value is not None}


def _stage_body(stage: Stage) -> Body:
    return {"stage": stage.id, "event": stage.event_id, "name": stage.name, "doors": stage.doors.value}


@dataclass(frozen=True, slots=True)
class EventOpened:
    """An event exists. Its guests' key stays on the box."""

    kind: ClassVar[str] = "event.opened"
    event: Event

    def body(self) -> Body:
        return _event_body(self.event)


@dataclass(frozen=True, slots=True)
class EventChanged:
    """An event is called, dated or shown otherwise, was published or ended."""

    kind: ClassVar[str] = "event.changed"
    event: Event

    def body(self) -> Body:
        return _event_body(self.event)


@dataclass(frozen=True, slots=True)
class StageOpened:
    """A stage exists."""

    kind: ClassVar[str] = "stage.opened"
    stage: Stage

    def body(self) -> Body:
        return _stage_body(self.stage)


@dataclass(frozen=True, slots=True)
class StageChanged:
    """A stage is called otherwise, was paused, closed or opened again."""

    kind: ClassVar[str] = "stage.changed"
    stage: Stage

    def body(self) -> Body:
        return _stage_body(self.stage)


@dataclass(frozen=True, slots=True)
class StagesOrdered:
    """An event's stages stand in another order."""

    kind: ClassVar[str] = "stages.ordered"
    event_id: str
    #: every stage of the event
    stage_ids: tuple[str, ...]

    def body(self) -> Body:
        return {"event": self.event_id, "stages": " ".join(self.stage_ids)}


@dataclass(frozen=True, slots=True)
class DjAssigned:
    """A DJ may play at an event."""

    kind: ClassVar[str] = "dj.assigned"
    event_id: str
    dj: Dj

    def body(self) -> Body:
        return {"event": self.event_id, "dj": self.dj.id, "dj_name": self.dj.name}


@dataclass(frozen=True, slots=True)
class DjUnassigned:
    """A DJ may not play at an event any more."""

    kind: ClassVar[str] = "dj.unassigned"
    event_id: str
    dj: Dj

    def body(self) -> Body:
        return {"event": self.event_id, "dj": self.dj.id, "dj_name": self.dj.name}
