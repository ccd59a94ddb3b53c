"""What is asked of the store about events and their stages."""

from collections.abc import Sequence
from typing import Protocol

from appliance.domain.live_state import StageState
from appliance.domain.models import Event, Stage


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

    def stages_of(self, event_id: str) -> Sequence[Stage]:
        """An event's stages in their order."""
        ...

    def stage_ids(self) -> Sequence[str]:
        """Every stage's id: by event, in their order."""
        ...


class PlacesReader(Protocol):
    """Questions about events and their stages."""

    async def events(self) -> Sequence[Event]:
        """All events in the order they were made."""
        ...

    async def event(self, event_id: str) -> Event | None: ...
    async def stages(self) -> Sequence[Stage]:
        """Every stage: by event, in their order."""
        ...

    async def stage_states(self) -> Sequence[StageState]:
        """Every stage with its running session and current play; listeners are 0."""
        ...
