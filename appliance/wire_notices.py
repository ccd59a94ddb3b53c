"""Wire formats of what the hall is told. As `wire`, whose part this is."""

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from appliance import wire
from appliance.domain import announcements, timekeeping
from appliance.domain.announcements import (
    DURATION_MAX_S,
    DURATION_MIN_S,
    TEXT_MAX,
    Announcement,
    AnnouncementLevel,
    Ending,
    Wanted,
)
from appliance.domain.models import Stamp

Duration = Annotated[int, msgspec.Meta(ge=DURATION_MIN_S, le=DURATION_MAX_S, description="Seconds.")]
Words = Annotated[str, msgspec.Meta(min_length=1, description=f"At most {TEXT_MAX} characters.")]


class AnnounceIn(msgspec.Struct, frozen=True, kw_only=True):
    """A DJ tells the own stage something."""

    text: Words
    duration_s: Duration
    level: AnnouncementLevel = AnnouncementLevel.INFO
    #: the sender's own id: the same id again is the same announcement
    id: wire.SendersId | None = None

    def wanted(self) -> Wanted:
        """What is said, not cleaned yet."""
        return Wanted(text=self.text, level=self.level, duration_s=self.duration_s, announcement_id=self.id)


class CancelAnnouncementIn(msgspec.Struct, frozen=True, kw_only=True):
    """A DJ takes an own announcement back."""

    #: its id
    announcement: Annotated[str, msgspec.Meta(min_length=1)]


class AnnounceToEventIn(AnnounceIn, frozen=True, kw_only=True):
    """An organiser tells an event something, or one of its stages."""

    #: only this stage is told
    stage: str | None = None


class SaidOut(msgspec.Struct, frozen=True, kw_only=True):
    """An announcement as phones show it."""

    id: str
    #: grows with every announcement of the box
    number: int
    level: AnnouncementLevel
    text: str
    #: who says it
    by: str
    #: whether that is a DJ, and not the event's organisers
    dj: bool
    #: how long ago it was made when this was written, milliseconds
    age_ms: int
    #: how long it counts from then on, milliseconds: phones count down from this
    left_ms: int
    #: until when, UTC as the box believes: for machines that look later
    until: str


class NoticesLaneOut(msgspec.Struct, frozen=True, kw_only=True):
    """What counts now, the one that stands on the page first; without `notices` when nothing does."""

    v: int
    #: whose dancers are told: a stage's, or a whole event's
    stage: str | UnsetType = UNSET
    event: str | UnsetType = UNSET
    notices: list[SaidOut] | UnsetType = UNSET


class AnnouncementOut(msgspec.Struct, frozen=True, kw_only=True):
    """An announcement as those see it who make them."""

    id: str
    event: str
    level: AnnouncementLevel
    text: str
    by: str
    duration_s: int
    made_at: str
    #: how long it counts yet, milliseconds
    left_ms: int
    #: phones that got it so far; after a restart of the box at least so many
    phones: int
    #: only this stage was told
    stage: str | UnsetType = UNSET
    #: in this DJ's set
    session: str | UnsetType = UNSET
    #: why it counts no longer
    ended: Ending | UnsetType = UNSET


class StageReachOut(msgspec.Struct, frozen=True, kw_only=True):
    """A stage that would be told."""

    id: str
    name: str
    #: that have its page open now
    phones: int


class ReachOut(msgspec.Struct, frozen=True, kw_only=True):
    """Whom an announcement would reach now."""

    #: each phone once, also one that has two stages open
    phones: int
    stages: list[StageReachOut]


def notice_out(said: Announcement, at: Stamp) -> SaidOut:
    """An announcement for phones, as seen at `at`."""
    left_ms = announcements.left_ms(said, at)
    return SaidOut(
        id=said.id,
        number=said.number,
        level=said.level,
        text=said.text,
        by=said.by,
        dj=said.is_djs,
        age_ms=timekeeping.gone_ms(said.made, at) or 0,
        left_ms=left_ms,
        until=wire.utc(at.wall_ms + left_ms),
    )


def notices_out(
    said: Iterable[Announcement], at: Stamp, *, stage: str | UnsetType = UNSET, event: str | UnsetType = UNSET
) -> NoticesLaneOut:
    """What counts at `at`."""
    running = [one for one in said if announcements.is_running(one, at)]
    found = [notice_out(one, at) for one in announcements.in_order(running)]
    return NoticesLaneOut(v=wire.VERSION, stage=stage, event=event, notices=found or UNSET)


def announcement_out(said: Announcement, at: Stamp, *, phones: int) -> AnnouncementOut:
    """An announcement for those who make them; `phones` as far as is known now."""
    return AnnouncementOut(
        id=said.id,
        event=said.event_id,
        level=said.level,
        text=said.text,
        by=said.by,
        duration_s=said.duration_s,
        made_at=wire.utc(said.made.wall_ms),
        left_ms=announcements.left_ms(said, at),
        phones=phones,
        stage=said.stage_id if said.stage_id is not None else UNSET,
        session=said.session_id if said.session_id is not None else UNSET,
        ended=said.ended or UNSET,
    )
