"""What pages ask of SQLite about plans: `ports.ScheduleReader`."""

import json
from collections.abc import Sequence

from appliance.domain.models import Play, TrackInfo
from appliance.domain.schedule.closing import Closing
from appliance.domain.schedule.slots import Slot
from appliance.ports import HeardBefore, KeptPlan
from appliance.store.running import Asking
from appliance.store.schedule import rows
from appliance.store.sets.rows import track_parameters


class ScheduleReading(Asking):
    """Each question raises Unavailable when the database can't be read."""

    async def plan(self, event_id: str) -> KeptPlan:
        # The version first: should the plan be changed in between, it is older than the slots and is asked for again.
        version = await self._one("plan_version", {"event_id": event_id})
        slots = [rows.slot(row) for row in await self._all("slots_of_event", {"event_id": event_id})]
        return KeptPlan(version["version"] if version else 0, slots)

    async def slot(self, slot_id: str) -> Slot | None:
        row = await self._one("slot", {"id": slot_id})
        return rows.slot(row) if row else None

    async def bookings_of(self, dj_id: str, *, limit: int) -> Sequence[Slot]:
        return [rows.slot(row) for row in await self._all("slots_of_dj", {"dj_id": dj_id, "limit": limit})]

    async def starred_by(self, guest_id: str) -> frozenset[str]:
        return frozenset(row["slot_id"] for row in await self._all("starred_by", {"guest_id": guest_id}))

    async def closings(self) -> Sequence[Closing]:
        return [rows.closing(row) for row in await self._all("closings", {})]

    async def heard_at_event(
        self, event_id: str, *, limit: int, words: Sequence[str] = (), hidden: bool = False
    ) -> Sequence[HeardBefore]:
        asked = {"event_id": event_id, "limit": limit, "words": json.dumps(list(words), ensure_ascii=False)}
        found = await self._all("heard_at_event", asked | {"hidden": hidden})
        return [rows.heard_before(row) for row in found]

    async def last_heard(self, event_id: str, track: TrackInfo) -> HeardBefore | None:
        row = await self._one("last_heard", {"event_id": event_id, **track_parameters(track)})
        return rows.heard_before(row) if row else None

    async def heard_before(self, play: Play) -> HeardBefore | None:
        place = {"id": play.id, "stage_id": play.stage_id}
        row = await self._one("heard_before", place | track_parameters(play.track))
        return rows.heard_before(row) if row else None
