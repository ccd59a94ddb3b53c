"""The twin's part for events and their stages."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from appliance.domain.live_state import StageState
from appliance.domain.models import Dj, Event, Logo, Stage
from appliance.domain.rules import identity_key
from appliance.store.looking import Looking


@dataclass
class PlacesTables:
    """Rows are frozen, so a shallow copy saves them."""

    events: dict[str, Event] = field(default_factory=dict)
    stages: dict[str, Stage] = field(default_factory=dict)
    #: what was put in order by hand, by stage
    places: dict[str, int] = field(default_factory=dict)
    logos: dict[str, Logo] = field(default_factory=dict)
    #: events with DJs
    assignments: dict[tuple[str, str], None] = field(default_factory=dict)

    def in_order(self) -> list[Stage]:
        """Every stage: by event, in their order."""
        events = list(self.events)
        return sorted(self.stages.values(), key=lambda stage: (events.index(stage.event_id), self.places[stage.id]))


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
        others = [self._t.places[other.id] for other in self._t.stages.values() if other.event_id == stage.event_id]
        self._t.stages[stage.id], self._t.places[stage.id] = stage, max(others, default=-1) + 1

    def set_stage(self, stage: Stage) -> None:
        self._t.stages[stage.id] = replace(stage, event_id=self._t.stages[stage.id].event_id)

    def set_order(self, stage_ids: Sequence[str]) -> None:
        self._t.places |= {stage_id: place for place, stage_id in enumerate(stage_ids)}

    def set_logo(self, event_id: str, logo: Logo | None) -> None:
        if logo is None:
            self._t.logos.pop(event_id, None)
        else:
            self._t.logos[event_id] = logo

    def assign(self, event_id: str, *, dj_id: str) -> bool:
        is_new = (event_id, dj_id) not in self._t.assignments
        self._t.assignments[event_id, dj_id] = None
        return is_new

    def unassign(self, event_id: str, *, dj_id: str) -> bool:
        was_there = (event_id, dj_id) in self._t.assignments
        self._t.assignments.pop((event_id, dj_id), None)
        return was_there

    def is_assigned(self, event_id: str, *, dj_id: str) -> bool:
        return (event_id, dj_id) in self._t.assignments


class MemoryPlacesReader(Looking):
    """`ports.PlacesReader` on dictionaries."""

    _tables: PlacesTables

    async def events(self) -> Sequence[Event]:
        return list(self._tables.events.values())

    async def event(self, event_id: str) -> Event | None:
        return self._tables.events.get(event_id)

    async def logo(self, event_id: str) -> Logo | None:
        return self._tables.logos.get(event_id)

    async def assigned_djs(self, event_id: str) -> Sequence[Dj]:
        look = self._look()
        found = [look.dj(dj_id) for event, dj_id in self._tables.assignments if event == event_id]
        return sorted(filter(None, found), key=lambda dj: (identity_key(dj.name), dj.id))

    async def events_of_dj(self, dj_id: str) -> frozenset[str]:
        return frozenset(event_id for event_id, assigned in self._tables.assignments if assigned == dj_id)

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
