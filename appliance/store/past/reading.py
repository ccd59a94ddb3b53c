"""What pages ask of SQLite about what DJs have played: `ports.PastReader`."""

from collections.abc import Sequence

from appliance.domain.models import Play, TrackInfo
from appliance.ports.past import PastSet
from appliance.store.past import rows
from appliance.store.running import Asking
from appliance.store.sets import rows as set_rows


class PastReading(Asking):
    """Each question raises Unavailable when the database can't be read."""

    async def sets_of(self, dj_id: str, *, limit: int) -> Sequence[PastSet]:
        return [rows.past_set(row) for row in await self._all("sets_of", {"dj_id": dj_id, "limit": limit})]

    async def plays_of_dj(self, dj_id: str, *, limit: int) -> Sequence[Play]:
        return [set_rows.play(row) for row in await self._all("plays_of_dj", {"dj_id": dj_id, "limit": limit})]

    async def played_openly(self, dj_id: str, *, limit: int) -> Sequence[TrackInfo]:
        found = await self._all("played_openly", {"dj_id": dj_id, "limit": limit})
        return [set_rows.play(row).track for row in found]

    async def count_played_openly(self, dj_id: str) -> int:
        row = await self._one("count_played_openly", {"dj_id": dj_id})
        return int(row["plays"]) if row else 0
