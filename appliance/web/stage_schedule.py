"""What dancers' pages say of a plan: a stage's own line of it, and rows of the whole. Words only; whose pages they are
is `pages`' and `schedule`'s business.
"""

from collections.abc import Iterable

from appliance import wire, wire_schedule
from appliance.domain.live_state import StageState
from appliance.domain.models import Event, Stamp
from appliance.domain.schedule import plan as plans
from appliance.domain.schedule.plan import Belief, belief
from appliance.domain.schedule.slots import Booking, Placed
from appliance.web.site import Site


def _name(placed: Placed, *, unknown: str) -> str:
    """Who plays, or what it is; a DJ who declined is nobody."""
    slot = placed.slot
    known = slot.dj.name if slot.dj and slot.booking is not Booking.DECLINED else ""
    return known or slot.title or unknown


def row(site: Site, placed: Placed, *, mine: Iterable[str], now: Stamp, language: str) -> dict[str, object]:
    slot, state = placed.slot, site.board.state(placed.slot.stage_id)
    named = _name(placed, unknown=site.pages.words.text(language, "schedule.tba"))
    return {
        "id": slot.id,
        "stage_name": state.stage.name if state else "",
        "begins": slot.begins.shown[11:],
        "ends": slot.ends.shown[11:],
        "again": slot.begins.again,
        "begins_ms": placed.begins_ms,
        "ends_ms": placed.ends_ms,
        "name": named,
        "title": slot.title if slot.title != named else "",
        "starred": slot.id in mine,
        "soon": plans.is_soon(placed, now),
        "is_on": belief(now) is not Belief.NONE and placed.begins_ms <= now.wall_ms < placed.ends_ms,
    }


def around(site: Site, state: StageState, *, mine: Iterable[str] = (), language: str) -> dict[str, object]:
    """What is on and next by the plan, and how the set that runs comes to its end: for every page of a stage."""
    now = site.ports.clock.now()
    rows = [one and row(site, one, mine=mine, now=now, language=language) for one in (state.plan.now, state.plan.next)]
    return {
        "now": rows[0],
        "next": rows[1],
        "closing": dict(wire.fields_of(wire_schedule.closing_out(state.stage.id, state.closing, now))),
        "songs": site.pages.words.forms(language, "schedule.songs"),
    }


async def words(site: Site, state: StageState, *, guest_id: str | None, language: str) -> dict[str, object]:
    """What the plan says of a stage, for its page: `guest_id` is None for a phone that was never here."""
    event = site.board.event_of(state.stage.id)
    assert event is not None  # a stage belongs to an event
    now, planned = site.ports.clock.now(), site.timetable.slots(event.event.id)
    mine = await site.ports.reader.starred_by(guest_id) if guest_id and planned else frozenset()
    starred = [one for one in plans.still_to_come(planned, now) if one.slot.id in mine]
    return around(site, state, mine=mine, language=language) | {
        "event": event.event.id,
        "has_plan": bool(planned),
        "clock": wire_schedule.clock_of(now),
        "soon": [row(site, one, mine=mine, now=now, language=language) for one in starred if plans.is_soon(one, now)],
        "stars": wire.encode([wire_schedule.starred_out(one, now) for one in starred]).decode(),
        "stage_names": wire.encode(stage_names(site, event.event)).decode(),
    }


def stage_names(site: Site, event: Event) -> dict[str, str]:
    return {state.stage.id: state.stage.name for state in site.board.stages_of(event.id)}
