"""What pages ask of SQLite about announcements: `ports.AnnouncementsReader`."""

import json
from collections.abc import Sequence

from appliance.domain.announcements import Announcement
from appliance.domain.locks import OUTSIDE, Inside
from appliance.store.announcements import rows
from appliance.store.running import Asking
from appliance.store.statements import Parameters


class AnnouncementsReading(Asking):
    """Each question raises Unavailable when the database can't be read."""

    async def _announcements(self, name: str, parameters: Parameters) -> Sequence[Announcement]:
        return [rows.announcement(row) for row in await self._all(name, parameters)]

    async def running_announcements(self) -> Sequence[Announcement]:
        return (await self._announcements("running_announcements", {}))[::-1]

    async def newest_announcement(self) -> int:
        row = await self._one("newest_announcement", {})
        return row["number"] if row is not None else 0

    async def announcements_at(self, stage_id: str, *, limit: int, inside: Inside = OUTSIDE) -> Sequence[Announcement]:
        asked = {"stage_id": stage_id, "limit": limit, "inside": json.dumps(list(inside))}
        return await self._announcements("announcements_at", asked)

    async def announcements_of_event(self, event_id: str, *, limit: int) -> Sequence[Announcement]:
        return await self._announcements("announcements_of_event", {"event_id": event_id, "limit": limit})

    async def announcements_of_session(self, session_id: str, *, limit: int) -> Sequence[Announcement]:
        return await self._announcements("announcements_of_session", {"session_id": session_id, "limit": limit})
