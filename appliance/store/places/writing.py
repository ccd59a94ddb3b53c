"""What a transaction on SQLite does with events and their stages: `ports.PlacesTransaction`."""

from collections.abc import Sequence

from appliance.domain.models import Event, Logo, Stage
from appliance.store.places import rows
from appliance.store.running import Running
from appliance.store.statements import Parameters


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

    def set_order(self, stage_ids: Sequence[str]) -> None:
        for place, stage_id in enumerate(stage_ids):
            self._run("set_place", {"id": stage_id, "place": place})

    def set_logo(self, event_id: str, logo: Logo | None) -> None:
        if logo is None:
            self._run("forget_logo", {"event_id": event_id})
        else:
            kept: Parameters = {"event_id": event_id, "media_type": logo.media_type, "content": logo.content}
            self._run("set_logo", kept)

    def assign(self, event_id: str, *, dj_id: str) -> bool:
        return self._run("assign", {"event_id": event_id, "dj_id": dj_id}).rowcount == 1

    def unassign(self, event_id: str, *, dj_id: str) -> bool:
        return self._run("unassign", {"event_id": event_id, "dj_id": dj_id}).rowcount == 1

    def is_assigned(self, event_id: str, *, dj_id: str) -> bool:
        return self._one("is_assigned", {"event_id": event_id, "dj_id": dj_id}) is not None
