"""What becomes of an event's plan: slots come, move and go, DJs answer, guests star, and sets come to their end.

Each change of a plan carries the version that the whole plan has by it.
"""

from dataclasses import dataclass
from typing import ClassVar

from appliance.domain.events.base import Body
from appliance.domain.schedule.closing import Closing
from appliance.domain.schedule.slots import Placed, Slot


def _slot_body(placed: Placed) -> Body:
    slot = placed.slot
    who: Body = {"dj": slot.dj.id, "dj_name": slot.dj.name} if slot.dj else {}
    where: Body = {"slot": slot.id, "event": slot.event_id, "stage": slot.stage_id, "title": slot.title}
    times: Body = {"begins": slot.begins.shown, "ends": slot.ends.shown}
    moments: Body = {"begins_ms": placed.begins_ms, "ends_ms": placed.ends_ms}
    return where | who | times | moments | {"booking": slot.booking.value, "version": slot.version}


@dataclass(frozen=True, slots=True)
class SlotPlanned:
    """A slot is in the plan."""

    kind: ClassVar[str] = "slot.planned"
    placed: Placed
    plan: int

    def body(self) -> Body:
        return _slot_body(self.placed)


@dataclass(frozen=True, slots=True)
class SlotChanged:
    """A slot is at another time or place, or somebody else's, or called otherwise."""

    kind: ClassVar[str] = "slot.changed"
    placed: Placed
    plan: int

    def body(self) -> Body:
        return _slot_body(self.placed)


@dataclass(frozen=True, slots=True)
class SlotDropped:
    """A slot is in the plan no more."""

    kind: ClassVar[str] = "slot.dropped"
    slot: Slot
    plan: int

    def body(self) -> Body:
        return {"slot": self.slot.id, "event": self.slot.event_id, "stage": self.slot.stage_id}


@dataclass(frozen=True, slots=True)
class BookingAnswered:
    """A DJ said yes or no to a slot. What they said with it stays on the box."""

    kind: ClassVar[str] = "booking.answered"
    placed: Placed
    plan: int

    def body(self) -> Body:
        return _slot_body(self.placed)


@dataclass(frozen=True, slots=True)
class SlotStarred:
    """A guest wants to be there."""

    kind: ClassVar[str] = "slot.starred"
    slot_id: str
    event_id: str
    guest_id: str

    def body(self) -> Body:
        return {"slot": self.slot_id, "event": self.event_id, "guest": self.guest_id}


@dataclass(frozen=True, slots=True)
class SlotUnstarred:
    """A guest took a star back."""

    kind: ClassVar[str] = "slot.unstarred"
    slot_id: str
    event_id: str
    guest_id: str

    def body(self) -> Body:
        return {"slot": self.slot_id, "event": self.event_id, "guest": self.guest_id}


@dataclass(frozen=True, slots=True)
class ClosingSaid:
    """What holds of a set's end: the DJ said it, a track counted down, or the DJ took it back (None)."""

    kind: ClassVar[str] = "closing.said"
    session_id: str
    stage_id: str
    closing: Closing | None

    def body(self) -> Body:
        where: Body = {"session": self.session_id, "stage": self.stage_id}
        if self.closing is None:
            return where | {"songs": None, "within_ms": None}
        said: Body = {"songs": self.closing.songs, "within_ms": self.closing.within_ms, "over": self.closing.over}
        return where | said
