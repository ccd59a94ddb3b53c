"""The twin's part for plans."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from appliance.domain.models import Play, Session, Stage, TrackInfo
from appliance.domain.rules import identity_key
from appliance.domain.schedule.closing import Closing
from appliance.domain.schedule.slots import Slot
from appliance.ports import HeardBefore, KeptPlan
from appliance.store.looking import Looking
from appliance.store.schedule import rows


@dataclass
class ScheduleTables:
    """Rows are frozen, so a shallow copy saves them."""

    stages: dict[str, Stage] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    plays: dict[str, Play] = field(default_factory=dict)
    retracted: dict[str, None] = field(default_factory=dict)
    slots: dict[str, Slot] = field(default_factory=dict)
    plans: dict[str, int] = field(default_factory=dict)
    stars: dict[tuple[str, str], int] = field(default_factory=dict)
    closings: dict[str, Closing] = field(default_factory=dict)

    def planned(self) -> list[Slot]:
        """Every slot, about as they begin."""
        return sorted(self.slots.values(), key=lambda slot: slot.begins.shown)

    def heard(self, event_id: str, *, hidden: bool = False) -> Iterator[Play]:
        """What was heard at an event and stands, the newest first: for everybody, or `hidden` too."""
        for play in reversed(self.plays.values()):
            is_there = play.id not in self.retracted and self.stages[play.stage_id].event_id == event_id
            if is_there and (hidden or self.sessions[play.session_id].lock is None):
                yield play

    def named(self, play: Play) -> HeardBefore:
        """A play with the names of whose it was and where."""
        return HeardBefore(play, self.sessions[play.session_id].dj_name, self.stages[play.stage_id].name)

    def heard_before(self, play: Play) -> HeardBefore | None:
        """The last play of the same track at the same event that came before one."""
        order = list(self.plays)
        place = order.index(play.id) if play.id in self.plays else len(order)
        event_id = self.stages[play.stage_id].event_id
        for other in self.heard(event_id):
            if order.index(other.id) < place and _identity(other.track) == _identity(play.track):
                return self.named(other)
        return None


def _identity(track: TrackInfo) -> tuple[str, str]:
    return identity_key(track.artist), identity_key(track.title)


class MemoryScheduleTransaction:
    """`ports.ScheduleTransaction` on dictionaries."""

    _t: ScheduleTables

    def slot(self, slot_id: str) -> Slot | None:
        return self._t.slots.get(slot_id)

    def slots_near(self, slot: Slot) -> Sequence[Slot]:
        first, last = rows.near(slot)
        return [
            other
            for other in self._t.planned()
            if (other.stage_id == slot.stage_id or (slot.dj_id is not None and other.dj_id == slot.dj_id))
            and first <= other.begins.shown <= last
        ]

    def count_slots(self, event_id: str) -> int:
        return sum(slot.event_id == event_id for slot in self._t.slots.values())

    def add_slot(self, slot: Slot) -> None:
        self._t.slots[slot.id] = slot

    def set_slot(self, slot: Slot) -> None:
        self._t.slots[slot.id] = slot

    def drop_slot(self, slot_id: str) -> None:
        self._t.slots.pop(slot_id, None)
        self._t.stars = {key: at_ms for key, at_ms in self._t.stars.items() if key[0] != slot_id}

    def turn_plan(self, event_id: str) -> int:
        self._t.plans[event_id] = self._t.plans.get(event_id, 0) + 1
        return self._t.plans[event_id]

    def add_star(self, slot_id: str, *, guest_id: str, at_ms: int) -> bool:
        if (slot_id, guest_id) in self._t.stars:
            return False
        self._t.stars[slot_id, guest_id] = at_ms
        return True

    def remove_star(self, slot_id: str, *, guest_id: str) -> bool:
        return self._t.stars.pop((slot_id, guest_id), None) is not None

    def stars_by(self, guest_id: str) -> Sequence[Slot]:
        return [slot for slot in self._t.planned() if (slot.id, guest_id) in self._t.stars]

    def closing(self, session_id: str) -> Closing | None:
        return self._t.closings.get(session_id)

    def set_closing(self, closing: Closing) -> None:
        # Taken out first: what was said last stands last.
        self._t.closings.pop(closing.session_id, None)
        self._t.closings[closing.session_id] = closing

    def drop_closing(self, session_id: str) -> bool:
        return self._t.closings.pop(session_id, None) is not None

    def heard_before(self, play: Play) -> HeardBefore | None:
        return self._t.heard_before(play)


class MemoryScheduleReader(Looking):
    """`ports.ScheduleReader` on dictionaries."""

    _tables: ScheduleTables

    async def plan(self, event_id: str) -> KeptPlan:
        slots = [slot for slot in self._tables.planned() if slot.event_id == event_id]
        return KeptPlan(self._tables.plans.get(event_id, 0), slots)

    async def slot(self, slot_id: str) -> Slot | None:
        return self._tables.slots.get(slot_id)

    async def bookings_of(self, dj_id: str, *, limit: int) -> Sequence[Slot]:
        mine = [slot for slot in self._tables.planned() if slot.dj_id == dj_id]
        return mine[::-1][:limit]

    async def starred_by(self, guest_id: str) -> frozenset[str]:
        return frozenset(slot_id for slot_id, guest in self._tables.stars if guest == guest_id)

    async def closings(self) -> Sequence[Closing]:
        sessions = self._tables.sessions
        return [one for one in self._tables.closings.values() if sessions[one.session_id].ended is None]

    async def heard_at_event(
        self, event_id: str, *, limit: int, words: Sequence[str] = (), hidden: bool = False
    ) -> Sequence[HeardBefore]:
        last: dict[tuple[str, str], Play] = {}
        for play in self._tables.heard(event_id, hidden=hidden):
            last.setdefault(_identity(play.track), play)
        found = [play for identity, play in last.items() if all(word in " ".join(identity) for word in words)]
        return [self._tables.named(play) for play in found[:limit]]

    async def last_heard(self, event_id: str, track: TrackInfo) -> HeardBefore | None:
        found = (play for play in self._tables.heard(event_id) if _identity(play.track) == _identity(track))
        play = next(found, None)
        return self._tables.named(play) if play else None

    async def heard_before(self, play: Play) -> HeardBefore | None:
        return self._tables.heard_before(play)
