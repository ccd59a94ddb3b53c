"""What a transaction on SQLite does with the event and its stages: `ports.PlacesTransaction`."""

from collections.abc import Sequence

from appliance.domain.models import Event, Stage
from appliance.store.places import rows
from appliance.store.running import Running


class PlacesWriting(Running):
    """Lives on the writer's thread."""

    def event(self) -> Event | None:
        row = self._one("event", {})
        return rows.event(row) if row else None

    def add_event(self, event: Event) -> None:
        self._run("add_event", {"id": event.id, "name": event.name, "guest_key": event.guest_key})

    def stage(self, stage_id: str) -> Stage | None:
        row = self._one("stage", {"id": stage_id})
        return rows.stage(row) if row else None

    def stage_ids(self) -> Sequence[str]:
        return [row["id"] for row in self._run("stages", {})]

    def add_stage(self, stage: Stage) -> None:
        self._run("add_stage", {"id": stage.id, "event_id": stage.event_id, "name": stage.name})
