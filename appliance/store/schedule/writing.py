"""What a transaction on SQLite does with plans: `ports.ScheduleTransaction`."""

from collections.abc import Sequence

from appliance.domain.models import Play
from appliance.domain.schedule.closing import Closing
from appliance.domain.schedule.slots import Slot
from appliance.ports import HeardBefore
from appliance.store.running import Running
from appliance.store.schedule import rows
from appliance.store.sets.rows import track_parameters
from appliance.store.statements import Parameters


class ScheduleWriting(Running):
    """Lives on the writer's thread."""

    def slot(self, slot_id: str) -> Slot | None:
        row = self._one("slot", {"id": slot_id})
        return rows.slot(row) if row else None

    def slots_near(self, slot: Slot) -> Sequence[Slot]:
        first, last = rows.near(slot)
        whose: Parameters = {"stage_id": slot.stage_id, "dj_id": slot.dj_id}
        found = self._run("slots_near", whose | {"first": first, "last": last})
        return [rows.slot(row) for row in found]

    def count_slots(self, event_id: str) -> int:
        row = self._one("count_slots", {"event_id": event_id})
        assert row is not None  # an aggregate always has a row
        return int(row["n"])

    def add_slot(self, slot: Slot) -> None:
        self._run("add_slot", rows.slot_parameters(slot))

    def set_slot(self, slot: Slot) -> None:
        self._run("set_slot", rows.slot_parameters(slot))

    def drop_slot(self, slot_id: str) -> None:
        self._run("drop_slot", {"id": slot_id})

    def turn_plan(self, event_id: str) -> int:
        row = self._one("turn_plan", {"event_id": event_id})
        assert row is not None  # RETURNING gives the row that was written
        return int(row["version"])

    def add_star(self, slot_id: str, *, guest_id: str, at_ms: int) -> bool:
        return self._run("add_star", {"slot_id": slot_id, "guest_id": guest_id, "at_ms": at_ms}).rowcount == 1

    def remove_star(self, slot_id: str, *, guest_id: str) -> bool:
        return self._run("remove_star", {"slot_id": slot_id, "guest_id": guest_id}).rowcount == 1

    def stars_by(self, guest_id: str) -> Sequence[Slot]:
        return [rows.slot(row) for row in self._run("stars_by", {"guest_id": guest_id})]

    def closing(self, session_id: str) -> Closing | None:
        row = self._one("closing", {"session_id": session_id})
        return rows.closing(row) if row else None

    def set_closing(self, closing: Closing) -> None:
        self._run("set_closing", rows.closing_parameters(closing))

    def drop_closing(self, session_id: str) -> bool:
        return self._run("drop_closing", {"session_id": session_id}).rowcount == 1

    def heard_before(self, play: Play) -> HeardBefore | None:
        place = {"id": play.id, "stage_id": play.stage_id}
        row = self._one("heard_before", place | track_parameters(play.track))
        return rows.heard_before(row) if row else None
