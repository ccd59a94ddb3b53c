"""The twin's part for events and their stages."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from appliance.domain.live_state import StageState
from appliance.domain.models import Event, Stage
from appliance.store.looking import Looking


@dataclass
class PlacesTables:
    """Rows are frozen, so a shallow copy saves them."""

    events: dict[str, Event] = field(default_factory=dict)
    stages: dict[str, Stage] = field(default_factory=dict)

    def in_order(self) -> list[Stage]:
        """Every stage: by event, in their order."""
        events = list(self.events)
        return sorted(self.stages.values(), key=lambda stage: events.index(stage.event_id))


class MemoryPlacesTransaction:
    """`ports.PlacesTransaction` on dictionaries."""

    _t: PlacesTables

    def events(self) -> Sequence[Event]:
        return list(self._t.events.values())

    def event(self, event_id: str) -> Event | None:
        return self._t.events.get(event_id)

    def event_of_stage(self, stage_id: str) -> Event | None:
        stage = self._t.stages.get(stage_id)
        return self._t.events.get(stage.event_id) if stage else None

    def add_event(self, event: Event) -> None:
        self._t.events[event.id] = event

    def set_event(self, event: Event) -> None:
        self._t.events[event.id] = replace(event, guest_key=self._t.events[event.id].guest_key)

    def stage(self, stage_id: str) -> Stage | None:
        return self._t.stages.get(stage_id)

    def stages_of(self, event_id: str) -> Sequence[Stage]:
        return [stage for stage in self._t.in_order() if stage.event_id == event_id]

    def stage_ids(self) -> Sequence[str]:
        return [stage.id for stage in self._t.in_order()]

    def add_stage(self, stage: Stage) -> None:
        self._t.stages[stage.id] = stage

    def set_stage(self, stage: Stage) -> None:
        self._t.stages[stage.id] = replace(stage, event_id=self._t.stages[stage.id].event_id)


class MemoryPlacesReader(Looking):
    """`ports.PlacesReader` on dictionaries."""

    _tables: PlacesTables

    async def events(self) -> Sequence[Event]:
        return list(self._tables.events.values())

    async def event(self, event_id: str) -> Event | None:
        return self._tables.events.get(event_id)

    async def stages(self) -> Sequence[Stage]:
        return self._tables.in_order()

    async def stage_states(self) -> Sequence[StageState]:
        look = self._look()
        states = []
        for stage in self._tables.in_order():
            session = look.active_session(stage.id)
            now = look.play(session.current_play_id) if session and session.current_play_id else None
            states.append(StageState(stage=stage, session=session, now=now))
        return states
