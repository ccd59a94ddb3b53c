"""What pages ask of SQLite about shadow bans: `ports.BansReader`."""

import json
from collections.abc import Sequence

from appliance.domain.bans import Ban, Weight
from appliance.store.bans import rows
from appliance.store.running import Asking


class BansReading(Asking):
    """Each question raises Unavailable when the database can't be read."""

    async def bans(self, event_id: str, *, before: int | None = None, limit: int) -> Sequence[Ban]:
        found = await self._all("bans", {"event_id": event_id, "before": before, "limit": limit})
        return [rows.ban(row) for row in found]

    async def banned_among(self, guest_ids: Sequence[str]) -> frozenset[str]:
        found = await self._all("banned_among", {"guest_ids": json.dumps(list(guest_ids))})
        return frozenset(row["guest_id"] for row in found)

    async def loudest(self, event_id: str, *, limit: int) -> Sequence[Weight]:
        return [rows.weight(row) for row in await self._all("loudest", {"event_id": event_id, "limit": limit})]

    async def weight(self, guest_id: str) -> Weight:
        row = await self._one("weight", {"guest_id": guest_id})
        assert row is not None  # an aggregate always has a row
        return rows.weight(row)
