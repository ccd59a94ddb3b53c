"""What is asked of the store about plans: slots, bookings, stars, how sets end, what was heard at an event."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from appliance.domain.models import Play, TrackInfo
from appliance.domain.schedule.closing import Closing
from appliance.domain.schedule.slots import Slot


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """An event's slots as they are kept."""

    #: counts up with every change of any of them; 0 while there never was one
    version: int
    slots: Sequence[Slot]


@dataclass(frozen=True, slots=True)
class HeardBefore:
    """An earlier play of a track at the same event."""

    play: Play
    dj_name: str
    stage_name: str


class ScheduleTransaction(Protocol):
    """Plans inside one write transaction."""

    def slot(self, slot_id: str) -> Slot | None: ...
    def slots_near(self, slot: Slot) -> Sequence[Slot]:
        """Slots of the same stage, or of the same DJ anywhere, from three days before to three days after."""
        ...

    def count_slots(self, event_id: str) -> int: ...
    def add_slot(self, slot: Slot) -> None: ...
    def set_slot(self, slot: Slot) -> None:
        """Replaces all of a slot but its id and its event."""
        ...

    def drop_slot(self, slot_id: str) -> None:
        """Takes a slot away, with its stars."""
        ...

    def turn_plan(self, event_id: str) -> int:
        """Counts a change of an event's plan; the version it has by it."""
        ...

    def add_star(self, slot_id: str, *, guest_id: str, at_ms: int) -> bool:
        """Whether it is new."""
        ...

    def remove_star(self, slot_id: str, *, guest_id: str) -> bool:
        """Whether there was one."""
        ...

    def stars_by(self, guest_id: str) -> Sequence[Slot]:
        """The slots that a guest starred."""
        ...

    def closing(self, session_id: str) -> Closing | None: ...
    def set_closing(self, closing: Closing) -> None:
        """Stores it in the place of what the session's DJ said before."""
        ...

    def drop_closing(self, session_id: str) -> bool:
        """Whether there was one."""
        ...

    def heard_before(self, play: Play) -> HeardBefore | None:
        """The last play of the same track that stands and came before this one, at the same event."""
        ...


class ScheduleReader(Protocol):
    """Questions about plans."""

    async def plan(self, event_id: str) -> KeptPlan: ...
    async def slot(self, slot_id: str) -> Slot | None: ...
    async def bookings_of(self, dj_id: str, *, limit: int) -> Sequence[Slot]:
        """The slots of a DJ at every event, the latest first."""
        ...

    async def starred_by(self, guest_id: str) -> frozenset[str]:
        """The ids of the slots that a guest starred."""
        ...

    async def closings(self) -> Sequence[Closing]:
        """What is said of every set that runs."""
        ...

    async def heard_at_event(
        self, event_id: str, *, limit: int, words: Sequence[str] = (), hidden: bool = False
    ) -> Sequence[HeardBefore]:
        """What was heard at an event on any stage, each track once as it was played last, the newest first.

        Only tracks with all of these words, as `rules.identity_key` writes them, in artist or title. None of sets
        behind a PIN, unless `hidden` ones are wanted too.
        """
        ...

    async def last_heard(self, event_id: str, track: TrackInfo) -> HeardBefore | None:
        """The last play of a track at an event."""
        ...

    async def heard_before(self, play: Play) -> HeardBefore | None:
        """See the transaction's."""
        ...
