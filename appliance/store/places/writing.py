"""What a transaction on SQLite does with events and their stages: `ports.PlacesTransaction`."""

from collections.abc import Sequence

from appliance.domain.models import Event, Stage
from appliance.store.places import rows
from appliance.store.running import Running


class PlacesWriting(Running):
    """Lives on the writer's thread."""

    def events(self) -> Sequence[Event]:
        return [rows.event(row) for row in self._run("events", {})]

    def event(self, event_id: str) -> Event | None:
        row = self._one("event", {"id": event_id})
        return rows.event(row) if row else None

    def event_of_stage(self, stage_id: str) -> Event | None:
        row = self._one("event_of_stage", {"stage_id": stage_id})
        return rows.event(row) if row else None

    def add_event(self, event: Event) -> None:
        self._run("add_event", {**rows.event_parameters(event), "guest_key": event.guest_key})

    def set_event(self, event: Event) -> None:
        self._run("set_event", rows.event_parameters(event))

    def stage(self, stage_id: str) -> Stage | None:
        row = self._one("stage", {"id": stage_id})
        return rows.stage(row) if row else None

    def stages_of(self, event_id: str) -> Sequence[Stage]:
        return [rows.stage(row) for row in self._run("stages_of", {"event_id": event_id})]

    def stage_ids(self) -> Sequence[str]:
        return [row["id"] for row in self._run("stages", {})]

    def add_stage(self, stage: Stage) -> None:
        self._run("add_stage", {**rows.stage_parameters(stage), "event_id": stage.event_id})

    def set_stage(self, stage: Stage) -> None:
        self._run("set_stage", rows.stage_parameters(stage))
