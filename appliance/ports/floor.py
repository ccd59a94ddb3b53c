"""What is asked of the store about how alive floors were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from appliance.domain.floor import Minute


@dataclass(frozen=True, slots=True)
class CountedMinute:
    """A minute of a set, as it was counted."""

    session_id: str
    #: minutes of up-time over all boots
    number: int
    minute: Minute


class FloorTransaction(Protocol):
    """Counted minutes inside one write transaction."""

    def add_minute(self, counted: CountedMinute) -> None:
        """Keeps a minute; again changes nothing."""
        ...


class FloorReader(Protocol):
    """Questions about counted minutes."""

    async def minutes_since(self, number: int) -> Mapping[str, Sequence[CountedMinute]]:
        """The minutes from this one on, by stage, in their order."""
        ...

    async def minutes_of(self, session_id: str) -> Sequence[CountedMinute]:
        """Every minute of a set, in their order."""
        ...
