"""What pages ask of SQLite about the box itself: `ports.BoxReader`."""

from appliance.domain.models import Stamp
from appliance.domain.portal import Release
from appliance.ports import JournalSpan
from appliance.store.box import rows
from appliance.store.running import Asking


class BoxReading(Asking):
    """Each question raises Unavailable when the database can't be read."""

    async def meta(self, name: str) -> str | None:
        row = await self._one("meta", {"name": name})
        return str(row["value"]) if row else None

    async def release(self, client: str) -> Release | None:
        row = await self._one("release", {"client": client})
        return rows.release(row) if row else None

    async def newest_stamp(self) -> Stamp | None:
        row = await self._one("newest_stamp", {})
        return rows.newest_stamp(row) if row else None

    async def journal_span(self) -> JournalSpan:
        row = await self._one("journal_span", {})
        assert row is not None  # an aggregate always has a row
        return JournalSpan(last_seq=row["last_seq"], waiting=row["waiting"])
