"""What is asked of the store about events and their stages."""

from collections.abc import Sequence
from typing import Protocol

from appliance.domain.live_state import StageState
from appliance.domain.models import Dj, Event, Logo, Stage


class PlacesTransaction(Protocol):
    """Events and their stages inside one write transaction."""

    def events(self) -> Sequence[Event]:
        """All events in the order they were made; none only before the first start has made one."""
        ...

    def event(self, event_id: str) -> Event | None: ...
    def event_of_stage(self, stage_id: str) -> Event | None:
        """The event of a stage, None for a stage that is not there."""
        ...

    def add_event(self, event: Event) -> None: ...
    def set_event(self, event: Event) -> None:
        """Replaces all that can be changed of an event: everything but its id and its key."""
        ...

    def stage(self, stage_id: str) -> Stage | None: ...
    def add_stage(self, stage: Stage) -> None:
        """Stores a stage as the last of its event."""
        ...

    def set_stage(self, stage: Stage) -> None:
        """Replaces all that can be changed of a stage: everything but its id and its event."""
        ...

    def set_order(self, stage_ids: Sequence[str]) -> None:
        """Puts an event's stages in this order; each of them is named."""
        ...

    def stages_of(self, event_id: str) -> Sequence[Stage]:
        """An event's stages in their order."""
        ...

    def stage_ids(self) -> Sequence[str]:
        """Every stage's id: by event, in their order."""
        ...

    def set_logo(self, event_id: str, logo: Logo | None) -> None:
        """Keeps an event's picture in the place of an earlier one, or none. The event's `logo` is the caller's."""
        ...

    def assign(self, event_id: str, *, dj_id: str) -> bool:
        """A DJ may play at an event; whether that is new."""
        ...

    def unassign(self, event_id: str, *, dj_id: str) -> bool:
        """A DJ may not play at an event; whether they might before."""
        ...

    def is_assigned(self, event_id: str, *, dj_id: str) -> bool:
        """Whether a DJ may play at an event."""
        ...


class PlacesReader(Protocol):
    """Questions about events and their stages."""

    async def events(self) -> Sequence[Event]:
        """All events in the order they were made."""
        ...

    async def event(self, event_id: str) -> Event | None: ...
    async def logo(self, event_id: str) -> Logo | None: ...
    async def assigned_djs(self, event_id: str) -> Sequence[Dj]:
        """Who may play at an event, in the order of their names."""
        ...

    async def events_of_dj(self, dj_id: str) -> frozenset[str]:
        """The ids of the events that a DJ may play at."""
        ...

    async def stages(self) -> Sequence[Stage]:
        """Every stage: by event, in their order."""
        ...

    async def stage_states(self) -> Sequence[StageState]:
        """Every stage with its running session and current play; listeners are 0."""
        ...
