"""What a transaction on SQLite does with announcements: `ports.AnnouncementsTransaction`."""

from collections.abc import Sequence
from dataclasses import replace

from appliance.domain.announcements import Announcement, Ending
from appliance.domain.models import Stamp
from appliance.store.announcements import rows
from appliance.store.running import Running
from appliance.store.stamps import stamp


class AnnouncementsWriting(Running):
    """Lives on the writer's thread."""

    def announcement(self, announcement_id: str) -> Announcement | None:
        row = self._one("announcement", {"id": announcement_id})
        return rows.announcement(row) if row else None

    def add_announcement(self, said: Announcement) -> Announcement:
        row = self._one("add_announcement", rows.announcement_parameters(said))
        assert row is not None  # RETURNING gives the row that was just made
        return replace(said, number=row["number"])

    def running_announcements(self) -> Sequence[Announcement]:
        return [rows.announcement(row) for row in self._run("running_announcements", {})]

    def announced_by(self, author: str, *, limit: int) -> Sequence[Stamp]:
        return [stamp(row, "made") for row in self._run("announced_by", {"author": author, "limit": limit})]

    def end_announcement(self, announcement_id: str, *, ending: Ending, at: Stamp) -> None:
        self._run("end_announcement", {"id": announcement_id, "ending": ending.value, "wall_ms": at.wall_ms})

    def set_announcement_phones(self, announcement_id: str, phones: int) -> None:
        self._run("set_announcement_phones", {"id": announcement_id, "phones": phones})
