"""What is asked of the store about the event and its stages."""

from collections.abc import Sequence
from typing import Protocol

from appliance.domain.live_state import StageState
from appliance.domain.models import Event, Stage


class PlacesTransaction(Protocol):
    """The event and its stages inside one write transaction."""

    def event(self) -> Event | None:
        """The event of this box; None only before the first start has made one."""
        ...

    def add_event(self, event: Event) -> None: ...
    def stage(self, stage_id: str) -> Stage | None: ...
    def add_stage(self, stage: Stage) -> None: ...
    def stage_ids(self) -> Sequence[str]:
        """Every stage's id, in the order they were made."""
        ...


class PlacesReader(Protocol):
    """Questions about the event and its stages."""

    async def event(self) -> Event | None: ...
    async def stages(self) -> Sequence[Stage]:
        """In the order they were made."""
        ...

    async def stage_states(self) -> Sequence[StageState]:
        """Every stage with its running session and current play; listeners are 0."""
        ...
