"""`/api/v1`: the plans of events, for organisers and guests."""

from datetime import UTC, date, datetime

import msgspec
from starlette.responses import Response

from appliance import wire, wire_schedule
from appliance.domain.audit import Actor
from appliance.domain.guests import guest_at
from appliance.domain.live_state import EventState
from appliance.domain.models import Event, Phase
from appliance.domain.schedule.plan import still_to_come
from appliance.errors import Invalid, NotAllowed, NotKnown
from appliance.usecases.schedule import slots, stars
from appliance.usecases.schedule.slots import Wanted
from appliance.web import asking
from appliance.web.operations import Auth, Call, Operation
from appliance.web.site import Request, site_of
from appliance.wire_schedule import OwnSlotOut

_NIGHT: dict[str, object] = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}
_STAGE: dict[str, object] = {"type": "string", "maxLength": 64}


class OwnSlotsOut(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as its organisers see it."""

    event: str
    plan: int
    zone: str
    slots: list[OwnSlotOut]


class StarsOut(msgspec.Struct, frozen=True, kw_only=True):
    """The slots that a guest starred and that are not over."""

    v: int
    event: str
    #: version of the event's plan
    plan: int
    #: none, maybe or sure: how far the box's clock may be believed
    clock: str
    #: what time it is by the box's clock, milliseconds since 1970 UTC
    now_ms: int
    slots: list[wire_schedule.StarredOut]


async def known_event(request: Request, event_id: str) -> EventState:
    """An event that may be asked for: of a draft only its organisers know.

    Raises: NotKnown with the code `event_unknown`.
    """
    state = site_of(request).board.event(event_id)
    if state is None or (state.event.phase is Phase.DRAFT and not await is_own(request, event_id)):
        raise NotKnown("event_unknown", "There is no such event here.", advice="Choose one from the list of events.")
    return state


async def is_own(request: Request, event_id: str) -> bool:
    """Whether whoever asks may plan an event."""
    try:
        await asking.organiser(request, event_id)
    except NotAllowed:
        return False
    return True


async def own_event(request: Request, event_id: str) -> tuple[Event, Actor]:
    """An event that whoever asks may plan, and who that is.

    Raises: NotAllowed; NotKnown with the code `event_unknown`.
    """
    person = await asking.organiser(request, event_id)
    return (await known_event(request, event_id)).event, person.actor


def night_in(text: str | None) -> date | None:
    """The night that is asked for, if any. Raises: Invalid with the code `night_invalid`."""
    if text is None:
        return None
    try:
        # Only as dates are usually written: Python reads weeks and dates without hyphens too.
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise Invalid("night_invalid", "The night must be a date.", advice="Such as 2026-11-20.") from None


def version_in(text: str) -> int:
    """The version of a slot, as a query or a form has it. Raises: Invalid with the code `version_invalid`."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Invalid("version_invalid", "The slot's version must be a whole number.", advice="Load the plan again.")
    return int(text)


async def show_schedule(call: Call) -> Response:
    event, table = (await known_event(call.request, call.path("event"))).event, call.site.timetable
    headers = {"etag": f'W/"plan-{table.version(event.id)}-{event.zone}"', "cache-control": "no-cache"}
    if call.request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    night, stage = night_in(call.request.query_params.get("night")), call.request.query_params.get("stage")
    if stage is not None and call.site.board.state(stage) is None:
        raise NotKnown("stage_unknown", "There is no such stage at this event.", advice="Choose one of the list.")
    planned = [wire_schedule.slot_out(placed) for placed in table.slots(event.id)]
    chosen = [one for one in planned if (night is None or str(night) == one.night) and stage in {None, one.stage}]
    plan = wire_schedule.PlanOut(
        v=wire.VERSION, event=event.id, plan=table.version(event.id), zone=event.zone, slots=chosen
    )
    return Response(wire.encode(plan), media_type="application/json", headers=headers)


async def list_slots(call: Call) -> OwnSlotsOut:
    (event, _), table = await own_event(call.request, call.path("event")), call.site.timetable
    rows = [wire_schedule.own_slot_out(placed) for placed in table.slots(event.id)]
    return OwnSlotsOut(event=event.id, plan=table.version(event.id), zone=event.zone, slots=rows)


def _wanted(sent: wire_schedule.SlotIn) -> Wanted:
    return Wanted(
        stage_id=sent.stage,
        begins=sent.begins,
        ends=sent.ends,
        dj_id=sent.dj,
        title=sent.title,
        begins_again=sent.begins_again,
        ends_again=sent.ends_again,
    )


async def add_slot(call: Call) -> OwnSlotOut:
    event, by = await own_event(call.request, call.path("event"))
    added = await slots.add_slot(call.site.ports, by=by, event_id=event.id, wanted=_wanted(call.body))
    return wire_schedule.own_slot_out(added)


async def change_slot(call: Call) -> OwnSlotOut:
    (event, by), sent = await own_event(call.request, call.path("event")), call.body
    changed = await slots.change_slot(
        call.site.ports,
        by=by,
        event_id=event.id,
        slot_id=call.path("slot"),
        version=sent.version,
        wanted=_wanted(sent),
    )
    return wire_schedule.own_slot_out(changed)


async def move_slot(call: Call) -> OwnSlotOut:
    (event, by), sent = await own_event(call.request, call.path("event")), call.body
    moved = await slots.move_slot(
        call.site.ports,
        by=by,
        event_id=event.id,
        slot_id=call.path("slot"),
        version=sent.version,
        by_min=sent.by_min,
        stage_id=sent.stage,
    )
    return wire_schedule.own_slot_out(moved)


async def drop_slot(call: Call) -> None:
    event, by = await own_event(call.request, call.path("event"))
    version = version_in(call.request.query_params.get("version", ""))
    await slots.drop_slot(call.site.ports, by=by, event_id=event.id, slot_id=call.path("slot"), version=version)


async def my_stars(call: Call) -> StarsOut:
    event = (await known_event(call.request, call.path("event"))).event
    guest_id, now = guest_at(call.phone(), key=event.guest_key), call.site.ports.clock.now()
    mine = await call.site.ports.reader.starred_by(guest_id)
    found = [one for one in still_to_come(call.site.timetable.slots(event.id), now) if one.slot.id in mine]
    return StarsOut(
        v=wire.VERSION,
        event=event.id,
        plan=call.site.timetable.version(event.id),
        clock=wire_schedule.clock_of(now),
        now_ms=now.wall_ms,
        slots=[wire_schedule.starred_out(one, now) for one in found],
    )


async def _set_star(call: Call, *, starred: bool) -> None:
    event = (await known_event(call.request, call.path("event"))).event
    call.site.guest_writes.take(call.phone())
    guest_id = guest_at(call.phone(), key=event.guest_key)
    await stars.set_star(
        call.site.ports, guest_id=guest_id, event_id=event.id, slot_id=call.path("slot"), starred=starred
    )


async def star(call: Call) -> None:
    await _set_star(call, starred=True)


async def unstar(call: Call) -> None:
    await _set_star(call, starred=False)


_NO_EVENT, _NO_SLOT, _STALE = (404, "No such event."), (404, "No such event or slot."), (409, "See `code`.")
_TAKEN = (409, "The time is taken, or somebody changed the slot meanwhile: see `code`.")

# fmt: off
OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/events/{event}/schedule", "showSchedule", "An event's plan, as everybody may see it.",
        show_schedule, gives=wire_schedule.PlanOut, also=((304, "Nothing changed since that ETag."), _NO_EVENT),
        query=(("night", _NIGHT, "Only this night, by the date of its evening."),
            ("stage", _STAGE, "Only this stage."))),
    Operation("GET", "/events/{event}/slots", "listSlots", "An event's plan with what its DJs said.", list_slots,
        Auth.ORGANISER, gives=OwnSlotsOut, also=(_NO_EVENT,)),
    Operation("POST", "/events/{event}/slots", "addSlot", "A new slot; its DJ is asked.", add_slot, Auth.ORGANISER,
        takes=wire_schedule.SlotIn, gives=OwnSlotOut, status=201, also=(_NO_EVENT, _TAKEN)),
    Operation("PUT", "/events/{event}/slots/{slot}", "changeSlot", "Makes a slot another one.", change_slot,
        Auth.ORGANISER, takes=wire_schedule.SlotChangeIn, gives=OwnSlotOut, also=(_NO_SLOT, _TAKEN)),
    Operation("POST", "/events/{event}/slots/{slot}/move", "moveSlot", "Moves a slot in time and to another stage.",
        move_slot, Auth.ORGANISER, takes=wire_schedule.SlotMoveIn, gives=OwnSlotOut, also=(_NO_SLOT, _TAKEN)),
    Operation("DELETE", "/events/{event}/slots/{slot}", "dropSlot", "Takes a slot out of the plan.", drop_slot,
        Auth.ORGANISER, status=204, also=(_NO_SLOT, _STALE),
        query=(("version", {"type": "integer", "minimum": 0, "maximum": 999_999_999}, "As it was seen; needed."),)),
    Operation("GET", "/events/{event}/stars", "myStars", "What this guest starred and is not over.", my_stars,
        Auth.GUEST, gives=StarsOut, also=(_NO_EVENT,)),
    Operation("PUT", "/events/{event}/slots/{slot}/star", "star", "Star a slot. Again changes nothing.", star,
        Auth.GUEST, status=204, also=(_NO_SLOT, (409, "Too many stars."), (429, "Too often."), (503, "Disk full."))),
    Operation("DELETE", "/events/{event}/slots/{slot}/star", "unstar", "Take a star back. Again changes nothing.",
        unstar, Auth.GUEST, status=204, also=(_NO_SLOT, (429, "Too often."), (503, "The disk is full."))),
)
# fmt: on
