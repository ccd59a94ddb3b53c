"""The twin's part for the event and its stages."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from appliance.domain.live_state import StageState
from appliance.domain.models import Event, Stage
from appliance.store.looking import Looking


@dataclass
class PlacesTables:
    """Rows are frozen, so a shallow copy saves them."""

    events: list[Event] = field(default_factory=list)
    stages: dict[str, Stage] = field(default_factory=dict)


class MemoryPlacesTransaction:
    """`ports.PlacesTransaction` on dictionaries."""

    _t: PlacesTables

    def event(self) -> Event | None:
        return self._t.events[-1] if self._t.events else None

    def add_event(self, event: Event) -> None:
        self._t.events.append(event)

    def stage(self, stage_id: str) -> Stage | None:
        return self._t.stages.get(stage_id)

    def stage_ids(self) -> Sequence[str]:
        return list(self._t.stages)

    def add_stage(self, stage: Stage) -> None:
        self._t.stages[stage.id] = stage


class MemoryPlacesReader(Looking):
    """`ports.PlacesReader` on dictionaries."""

    _tables: PlacesTables

    async def event(self) -> Event | None:
        return self._tables.events[-1] if self._tables.events else None

    async def stages(self) -> Sequence[Stage]:
        return list(self._tables.stages.values())

    async def stage_states(self) -> Sequence[StageState]:
        look = self._look()
        states = []
        for stage in self._tables.stages.values():
            session = look.active_session(stage.id)
            now = look.play(session.current_play_id) if session and session.current_play_id else None
            states.append(StageState(stage=stage, session=session, now=now))
        return states
