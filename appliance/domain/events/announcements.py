"""What the hall is told."""

from dataclasses import dataclass
from typing import ClassVar

from appliance.domain.announcements import Announcement
from appliance.domain.events.base import Body


@dataclass(frozen=True, slots=True)
class AnnouncementMade:
    """Something was said to a stage or an event."""

    kind: ClassVar[str] = "announcement.made"
    said: Announcement

    def body(self) -> Body:
        said = self.said
        return {
            "announcement": said.id,
            "event": said.event_id,
            "stage": said.stage_id,
            "session": said.session_id,
            "author": said.author,
            "by": said.by,
            "level": said.level.value,
            "duration_s": said.duration_s,
            "text": said.text,
        }


@dataclass(frozen=True, slots=True)
class AnnouncementEnded:
    """It does not count any more."""

    kind: ClassVar[str] = "announcement.ended"
    #: as it is now, with its reason
    said: Announcement
    #: who took it back, or None when nobody did
    author: str | None = None

    def body(self) -> Body:
        assert self.said.ended is not None  # that is what happened
        head: Body = {"announcement": self.said.id, "event": self.said.event_id, "stage": self.said.stage_id}
        return head | {"reason": self.said.ended.value, "author": self.author}


@dataclass(frozen=True, slots=True)
class AnnouncementReached:
    """How many phones got one that is over. A number only, no guest."""

    kind: ClassVar[str] = "announcement.reached"
    announcement_id: str
    phones: int

    def body(self) -> Body:
        return {"announcement": self.announcement_id, "phones": self.phones}
