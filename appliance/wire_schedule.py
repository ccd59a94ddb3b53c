"""Wire formats of plans, bookings, stars and the ends of sets. As `wire` has it for everything else.

A slot says its times as the hall's clock shows them, which is what people read, and as moments in UTC, which is what
programs sort by. What is near is told by how far away it is, because the clocks of phone and box need not agree.
"""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from appliance.domain.models import Stamp
from appliance.domain.schedule import closing as closings
from appliance.domain.schedule.closing import SONGS_MOST, WITHIN_MOST_MS, Closing
from appliance.domain.schedule.plan import StagePlan, Upcoming, belief, night_of
from appliance.domain.schedule.slots import TITLE_MAX, WORD_MAX, Booking, Placed
from appliance.wire import VERSION, utc

_TIME = "As the clock of the event shows it, 2026-11-20T22:30; or with an offset, 2026-11-20T22:30+01:00."
Time = Annotated[str, msgspec.Meta(max_length=64, description=_TIME)]
Version = Annotated[int, msgspec.Meta(ge=0, le=2**31, description="The slot's version as it was seen.")]


class SlotIn(msgspec.Struct, frozen=True, kw_only=True):
    """A slot as an organiser wants it."""

    stage: Annotated[str, msgspec.Meta(max_length=64)]
    begins: Time
    ends: Time
    #: the DJ's id
    dj: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    title: Annotated[str, msgspec.Meta(description=f"At most {TITLE_MAX} characters.")] = ""
    #: the second of the two moments at which the clock shows a time, where it is put back
    begins_again: bool = False
    ends_again: bool = False


class SlotChangeIn(SlotIn, frozen=True, kw_only=True):
    """A slot as it should be from now on."""

    version: Version


class SlotMoveIn(msgspec.Struct, frozen=True, kw_only=True):
    """A slot somewhere else."""

    version: Version
    #: by so many minutes as they go by; back when negative
    by_min: Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31)] = 0
    #: to another stage of the event
    stage: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class SlotDropIn(msgspec.Struct, frozen=True, kw_only=True):
    """A slot that should not be."""

    version: Version


class AnswerIn(msgspec.Struct, frozen=True, kw_only=True):
    """What a DJ says to a booking."""

    version: Version
    confirmed: bool
    word: Annotated[str, msgspec.Meta(description=f"For the organisers; at most {WORD_MAX} characters.")] = ""


class ClosingIn(msgspec.Struct, frozen=True, kw_only=True):
    """How a set ends: one of the three."""

    #: so many after the one that is on; 0: it is the last
    songs: Annotated[int, msgspec.Meta(ge=0, le=SONGS_MOST)] | None = None
    within_ms: Annotated[int, msgspec.Meta(ge=1, le=WITHIN_MOST_MS)] | None = None
    #: a time of day by the event's clock, such as 23:30
    ends_at: Annotated[str, msgspec.Meta(max_length=16)] | None = None


class SlotOut(msgspec.Struct, frozen=True, kw_only=True):
    """A slot as everybody may see it."""

    id: str
    stage: str
    #: as the clock of the event shows it
    begins: str
    ends: str
    begins_at: str
    ends_at: str
    #: the evening it belongs to
    night: str
    #: who plays; absent for what has no DJ, or not yet
    dj: str | UnsetType = UNSET
    title: str | UnsetType = UNSET


class OwnSlotOut(msgspec.Struct, frozen=True, kw_only=True):
    """A slot as its organisers and its DJ see it."""

    id: str
    event: str
    stage: str
    begins: str
    ends: str
    begins_again: bool
    ends_again: bool
    begins_at: str
    ends_at: str
    night: str
    title: str
    #: nobody, asked, confirmed or declined
    booking: str
    #: what the DJ said with the answer
    word: str
    version: int
    dj: str | UnsetType = UNSET
    dj_name: str | UnsetType = UNSET


class UpcomingSlotOut(SlotOut, frozen=True, kw_only=True):
    """A slot of a DJ, with the event it is of."""

    event: str
    event_name: str
    stage_name: str


class UpcomingOut(msgspec.Struct, frozen=True, kw_only=True):
    """Where a DJ will play, the next first."""

    slots: list[UpcomingSlotOut]


class NearSlotOut(msgspec.Struct, frozen=True, kw_only=True):
    """A slot that is on or comes."""

    id: str
    #: the time of day at which it begins and ends, by the event's clock
    from_time: str
    to_time: str
    #: in how long it begins, negative since it began; and in how long it ends
    begins_in_ms: int
    ends_in_ms: int
    dj: str | UnsetType = UNSET
    title: str | UnsetType = UNSET


class StarredOut(NearSlotOut, frozen=True, kw_only=True):
    """A slot that a guest wants to be at."""

    stage: str
    #: as the clock of the event shows it
    begins: str


class ScheduleOut(msgspec.Struct, frozen=True, kw_only=True):
    """What the plan says of now and next at a stage. Without slots where the clock can't be believed."""

    v: int
    stage: str
    #: none, maybe or sure; where it is maybe, a phone compares `now_ms` with its own clock
    clock: str
    #: what time it is by the box's clock, milliseconds since 1970 UTC
    now_ms: int | UnsetType = UNSET
    now: NearSlotOut | UnsetType = UNSET
    next: NearSlotOut | UnsetType = UNSET
    later: list[NearSlotOut] = []


class ClosingOut(msgspec.Struct, frozen=True, kw_only=True):
    """How the set that runs comes to its end; without both when nothing is said of that."""

    v: int
    stage: str
    #: so many after the one that is on; 0: it is the last
    songs: int | UnsetType = UNSET
    ends_in_ms: int | UnsetType = UNSET


class PlanLaneOut(msgspec.Struct, frozen=True, kw_only=True):
    """Which version an event's plan has."""

    v: int
    event: str
    plan: int


class PlanOut(msgspec.Struct, frozen=True, kw_only=True):
    """The plan of an event."""

    v: int
    event: str
    plan: int
    #: the zone whose clock shows its times
    zone: str
    slots: list[SlotOut]


def present(struct: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    """A struct's fields that are there."""
    return ((name, value) for name in struct.__struct_fields__ if (value := getattr(struct, name)) is not UNSET)


def _dj(placed: Placed) -> str | UnsetType:
    """Who plays, as dancers may know it: not who said that they won't."""
    slot = placed.slot
    return slot.dj.name if slot.dj is not None and slot.booking is not Booking.DECLINED else UNSET


def slot_out(placed: Placed) -> SlotOut:
    """A slot for everybody."""
    slot = placed.slot
    return SlotOut(
        id=slot.id,
        stage=slot.stage_id,
        begins=slot.begins.shown,
        ends=slot.ends.shown,
        begins_at=utc(placed.begins_ms),
        ends_at=utc(placed.ends_ms),
        night=night_of(slot.begins).isoformat(),
        dj=_dj(placed),
        title=slot.title or UNSET,
    )


def near_out(placed: Placed, now: Stamp) -> NearSlotOut:
    """A slot for phones at the stage, as seen at `now`."""
    slot = placed.slot
    return NearSlotOut(
        id=slot.id,
        from_time=slot.begins.shown[11:],
        to_time=slot.ends.shown[11:],
        begins_in_ms=placed.begins_ms - now.wall_ms,
        ends_in_ms=placed.ends_ms - now.wall_ms,
        dj=_dj(placed),
        title=slot.title or UNSET,
    )


def own_slot_out(placed: Placed) -> OwnSlotOut:
    """A slot for its organisers and its DJ."""
    slot = placed.slot
    return OwnSlotOut(
        id=slot.id,
        event=slot.event_id,
        stage=slot.stage_id,
        begins=slot.begins.shown,
        ends=slot.ends.shown,
        begins_again=slot.begins.again,
        ends_again=slot.ends.again,
        begins_at=utc(placed.begins_ms),
        ends_at=utc(placed.ends_ms),
        night=night_of(slot.begins).isoformat(),
        title=slot.title,
        booking=slot.booking.value,
        word=slot.word,
        version=slot.version,
        dj=slot.dj.id if slot.dj else UNSET,
        dj_name=slot.dj.name if slot.dj else UNSET,
    )


def upcoming_out(coming: Iterable[Upcoming]) -> UpcomingOut:
    """Where a DJ will play."""
    rows = [
        UpcomingSlotOut(
            **dict(present(slot_out(one.placed))),
            event=one.event.id,
            event_name=one.event.name,
            stage_name=one.stage.name,
        )
        for one in coming
    ]
    return UpcomingOut(slots=rows)


def starred_out(placed: Placed, now: Stamp) -> StarredOut:
    """A slot that a guest starred, as seen at `now`."""
    return StarredOut(
        **dict(present(near_out(placed, now))), stage=placed.slot.stage_id, begins=placed.slot.begins.shown
    )


def clock_of(now: Stamp) -> str:
    """How far the box's clock may be believed: none, maybe or sure."""
    return belief(now).value


def schedule_out(stage_id: str, plan: StagePlan, now: Stamp) -> ScheduleOut:
    """What the plan says of a stage, as seen at `now`."""
    return ScheduleOut(
        v=VERSION,
        stage=stage_id,
        clock=plan.belief.value,
        now_ms=now.wall_ms if plan.now or plan.next else UNSET,
        now=near_out(plan.now, now) if plan.now else UNSET,
        next=near_out(plan.next, now) if plan.next else UNSET,
        later=[near_out(placed, now) for placed in plan.later],
    )


def closing_out(stage_id: str, closing: Closing | None, now: Stamp) -> ClosingOut:
    """How a set comes to its end, as seen at `now`."""
    if closing is None or closing.over:
        return ClosingOut(v=VERSION, stage=stage_id)
    left = closings.left_ms(closing, now)
    songs = UNSET if closing.songs is None else closing.songs
    return ClosingOut(v=VERSION, stage=stage_id, songs=songs, ends_in_ms=UNSET if left is None else left)
