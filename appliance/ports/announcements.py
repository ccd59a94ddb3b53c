"""What is asked of the store about what the hall is told."""

from collections.abc import Sequence
from typing import Protocol

from appliance.domain.announcements import Announcement, Ending
from appliance.domain.locks import OUTSIDE, Inside
from appliance.domain.models import Stamp


class AnnouncementsTransaction(Protocol):
    """Announcements inside one write transaction."""

    def announcement(self, announcement_id: str) -> Announcement | None: ...
    def add_announcement(self, said: Announcement) -> Announcement:
        """Stores it; gives it with its number."""
        ...

    def running_announcements(self) -> Sequence[Announcement]:
        """What nobody has ended, of all events, oldest first. Its time may be up."""
        ...

    def announced_by(self, author: str, *, limit: int) -> Sequence[Stamp]:
        """When somebody made the latest, newest first."""
        ...

    def end_announcement(self, announcement_id: str, *, ending: Ending, at: Stamp) -> None: ...
    def set_announcement_phones(self, announcement_id: str, phones: int) -> None:
        """Notes how many phones got it."""
        ...


class AnnouncementsReader(Protocol):
    """Questions about announcements. All lists have the newest first."""

    async def running_announcements(self) -> Sequence[Announcement]:
        """What nobody has ended, of all events; their time may be up."""
        ...

    async def newest_announcement(self) -> int:
        """The number of the newest, whoever it was said to; 0 before there is any."""
        ...

    async def announcements_at(self, stage_id: str, *, limit: int, inside: Inside = OUTSIDE) -> Sequence[Announcement]:
        """What was said to a stage or to its whole event; nothing from behind locks that the asker has not opened."""
        ...

    async def announcements_of_event(self, event_id: str, *, limit: int) -> Sequence[Announcement]:
        """What was said to an event or to any of its stages."""
        ...

    async def announcements_of_session(self, session_id: str, *, limit: int) -> Sequence[Announcement]:
        """What a DJ said in one set."""
        ...
