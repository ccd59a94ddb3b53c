"""The twin's part for what the hall is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from appliance.domain.announcements import Announcement, Ending
from appliance.domain.locks import OUTSIDE, Inside, may_see
from appliance.domain.models import Stamp
from appliance.store.looking import Looking


@dataclass
class AnnouncementsTables:
    """Rows are frozen, so a shallow copy saves them."""

    announcements: dict[str, Announcement] = field(default_factory=dict)


class MemoryAnnouncementsTransaction:
    """`ports.AnnouncementsTransaction` on dictionaries."""

    _t: AnnouncementsTables

    def announcement(self, announcement_id: str) -> Announcement | None:
        return self._t.announcements.get(announcement_id)

    def add_announcement(self, said: Announcement) -> Announcement:
        stored = replace(said, number=len(self._t.announcements) + 1)
        self._t.announcements[said.id] = stored
        return stored

    def running_announcements(self) -> Sequence[Announcement]:
        return [said for said in self._t.announcements.values() if said.ended is None]

    def announced_by(self, author: str, *, limit: int) -> Sequence[Stamp]:
        return [said.made for said in reversed(self._t.announcements.values()) if said.author == author][:limit]

    def end_announcement(self, announcement_id: str, *, ending: Ending, at: Stamp) -> None:  # noqa: ARG002 - the port's shape
        said = self._t.announcements[announcement_id]
        if said.ended is None:
            self._t.announcements[announcement_id] = replace(said, ended=ending)

    def set_announcement_phones(self, announcement_id: str, phones: int) -> None:
        self._t.announcements[announcement_id] = replace(self._t.announcements[announcement_id], phones=phones)


class MemoryAnnouncementsReader(Looking):
    """`ports.AnnouncementsReader` on dictionaries."""

    _tables: AnnouncementsTables

    def _newest_first(self) -> list[Announcement]:
        return list(reversed(self._tables.announcements.values()))

    async def running_announcements(self) -> Sequence[Announcement]:
        return [said for said in self._newest_first() if said.ended is None]

    async def newest_announcement(self) -> int:
        return max((said.number for said in self._tables.announcements.values()), default=0)

    async def announcements_at(self, stage_id: str, *, limit: int, inside: Inside = OUTSIDE) -> Sequence[Announcement]:
        stage = self._look().stage(stage_id)
        event_id = stage.event_id if stage else ""
        found = [one for one in self._newest_first() if one.event_id == event_id and one.stage_id in {None, stage_id}]
        return [one for one in found if self._is_open(one, inside)][:limit]

    def _is_open(self, said: Announcement, inside: Inside) -> bool:
        session = self._look().session(said.session_id) if said.session_id is not None else None
        return session is None or may_see(session.lock, inside)

    async def announcements_of_event(self, event_id: str, *, limit: int) -> Sequence[Announcement]:
        return [said for said in self._newest_first() if said.event_id == event_id][:limit]

    async def announcements_of_session(self, session_id: str, *, limit: int) -> Sequence[Announcement]:
        return [said for said in self._newest_first() if said.session_id == session_id][:limit]
