"""Notifications that should be sent by whoever has internet: what, for whom, until when it is worth anything. Pure.

The box itself sends none: phones on a plain page can't subscribe, and the services that deliver are on the internet.
"""

from dataclasses import dataclass

from appliance.domain.announcements import Announcement, AnnouncementLevel
from appliance.domain.models import Event, Session, Stage

#: somebody began to play: nobody needs to hear it later
LIVE_FOR_S = 20 * 60

#: how soon a phone in a pocket is woken for an announcement
_URGENCY = {AnnouncementLevel.INFO: "low", AnnouncementLevel.IMPORTANT: "normal", AnnouncementLevel.URGENT: "high"}


@dataclass(frozen=True, slots=True)
class Intent:
    """One notification. Its audience is the stage's subscribers, or without a stage the event's."""

    #: the same intent told twice is one
    id: str
    #: such as `dj_live`
    kind: str
    event_id: str
    stage_id: str | None
    #: a newer one with the same key takes the place of an older one
    collapse: str
    expires_after_s: int
    #: very-low, low, normal or high (RFC 8030, 5.3)
    urgency: str
    title: str
    text: str
    #: where a tap leads, below the cloud's address
    path: str


def dj_live(session: Session, *, event: Event, stage: Stage) -> Intent:
    """A DJ's set began."""
    return Intent(
        id=f"live-{session.id}",
        kind="dj_live",
        event_id=event.id,
        stage_id=stage.id,
        collapse="live",
        expires_after_s=LIVE_FOR_S,
        urgency="high",
        title=f"{session.dj_name} is live",
        text=stage.name,
        # The page that knows the guest's link.
        path="/c",
    )


def announced(said: Announcement) -> Intent:
    """Something is said to the hall. It is worth sending for as long as it counts."""
    return Intent(
        id=announced_id(said),
        kind="announcement",
        event_id=said.event_id,
        stage_id=said.stage_id,
        # Each stands for itself: "the last bus goes at two" is as true after "the bar closes at one".
        collapse=announced_id(said),
        expires_after_s=said.duration_s,
        urgency=_URGENCY[said.level],
        title=said.by,
        text=said.text,
        path="/c",
    )


def announced_id(said: Announcement) -> str:
    """The notification of an announcement."""
    return f"said-{said.id}"
