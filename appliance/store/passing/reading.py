"""What pages ask of SQLite about offers and notes: `ports.PassingReader`."""

from collections.abc import Sequence

from appliance.domain.handover import Note, Offer
from appliance.store.passing import rows
from appliance.store.running import Asking


class PassingReading(Asking):
    """Each question raises Unavailable when the database can't be read."""

    async def offers(self) -> Sequence[Offer]:
        return [rows.offer(row) for row in await self._all("offers", {})]

    async def notes(self, stage_id: str) -> Sequence[Note]:
        return [rows.note(row) for row in await self._all("notes_on", {"stage_id": stage_id})]
