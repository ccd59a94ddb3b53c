"""What pages ask of SQLite about locks: `ports.LocksReader`."""

from appliance.store.running import Asking


class LocksReading(Asking):
    """Each question raises Unavailable when the database can't be read."""

    async def wrong_tries(self, lock_id: str) -> int:
        row = await self._one("wrong_tries", {"lock_id": lock_id})
        return int(row["failures"]) if row else 0
