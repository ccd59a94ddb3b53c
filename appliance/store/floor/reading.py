"""What pages ask of SQLite about counted minutes: `ports.FloorReader`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from appliance.ports.floor import CountedMinute
from appliance.store.floor import rows
from appliance.store.running import Asking


class FloorReading(Asking):
    """Each question raises Unavailable when the database can't be read."""

    async def minutes_since(self, number: int) -> Mapping[str, Sequence[CountedMinute]]:
        found: dict[str, list[CountedMinute]] = defaultdict(list)
        for row in await self._all("minutes_since", {"number": number}):
            found[row["stage_id"]].append(rows.counted(row))
        return found

    async def minutes_of(self, session_id: str) -> Sequence[CountedMinute]:
        return [rows.counted(row) for row in await self._all("minutes_of", {"session_id": session_id})]
