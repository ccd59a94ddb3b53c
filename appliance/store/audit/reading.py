"""What pages ask of SQLite about the trail of privileged acts: `ports.AuditReader`."""

import sqlite3
from collections.abc import Sequence

from appliance.domain.audit import Actor, ActorKind, Deed, Entry
from appliance.store.running import Asking
from appliance.store.stamps import stamp


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        number=row["number"],
        deed=Deed(act=row["act"], on=row["on_id"], name=row["on_name"], event_id=row["event_id"], detail=row["detail"]),
        by=Actor(ActorKind(row["by_kind"]), row["by_id"]),
        by_name=row["by_name"],
        on_name=row["account_name"] or row["on_name"],
        at=stamp(row, "at"),
    )


class AuditReading(Asking):
    """Each question raises Unavailable when the database can't be read."""

    async def audit(self, *, before: int | None = None, limit: int) -> Sequence[Entry]:
        return [_entry(row) for row in await self._all("audit", {"before": before, "limit": limit})]
