"""Dancers' pages of an event's plan, whole without a script: every night, and stars that phones remind of."""

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance import wire, wire_schedule
from appliance.domain.guests import guest_at
from appliance.domain.live_state import StageState
from appliance.domain.models import Event
from appliance.domain.schedule import board as boards
from appliance.domain.schedule import plan as plans
from appliance.domain.schedule.plan import Belief, belief
from appliance.domain.zones import zone
from appliance.errors import Invalid
from appliance.usecases.schedule import stars
from appliance.web import asking
from appliance.web.looks import look, stage_look
from appliance.web.pages import known_stage, live
from appliance.web.schedule_api import known_event, night_in
from appliance.web.site import Request, site_of
from appliance.web.stage_schedule import row, stage_names


async def _page(request: Request, event: Event, *, stage: StageState | None) -> Response:
    site, language = site_of(request), asking.language(request)
    stages = site.board.stages_of(event.id)
    # Taken before anything is awaited: what happens meanwhile then comes by the stream. A page of the whole event
    # is at no stage, and counts at none.
    followed = stage or (stages[0] if stages else None)
    where = live(site, followed.stage.id, watcher="dj" if stage is None else "") if followed else None
    phone, now, there = asking.phone_or_new(request), site.ports.clock.now(), zone(event.zone)
    planned, version = site.timetable.slots(event.id), site.timetable.version(event.id)
    known = boards.nights(planned)
    now_ms = None if belief(now) is Belief.NONE else now.wall_ms
    night = night_in(request.query_params.get("night") or None) or boards.tonight(known, now_ms=now_ms, zone=there)
    guest_id = guest_at(phone.id, key=event.guest_key)
    mine = await site.ports.reader.starred_by(guest_id) if not phone.new else frozenset()
    shown = [placed for placed in planned if plans.night_of(placed.slot.begins) == night]
    words = site.pages.words
    response = site.pages.page(
        "schedule.html",
        {
            "event": {"id": event.id, "name": event.name, "zone": event.zone},
            "look": stage_look(site, event, stage.stage.id) if stage else look(event),
            "stage": wire.stage_out(stage.stage) if stage else None,
            "nights": [{"date": one.isoformat(), "label": words.night(language, one)} for one in known],
            "night": night.isoformat() if night else "",
            "rows": [row(site, one, mine=mine, now=now, language=language) for one in shown],
            "many": len(stages) > 1,
            "clock": wire_schedule.clock_of(now),
            "plan": version,
            "stage_names": wire.encode(stage_names(site, event)).decode(),
            "live": where,
        },
        language=language,
    )
    asking.remember_language(request, response)
    asking.remember_phone(request, response, phone)
    return response


async def of_stage(request: Request) -> Response:
    """The plan, for a dancer who comes from a stage."""
    state = known_stage(site_of(request), request.path_params["stage"])
    return await _page(request, (await known_event(request, state.stage.event_id)).event, stage=state)


async def of_event(request: Request) -> Response:
    """The plan of a whole event."""
    return await _page(request, (await known_event(request, request.path_params["event"])).event, stage=None)


async def star(request: Request) -> Response:
    """The star beside a slot, without a script."""
    event, site = (await known_event(request, request.path_params["event"])).event, site_of(request)
    fields, phone = await asking.form(request), asking.phone(request)
    if fields.get("starred") not in {"yes", "no"}:
        raise Invalid("starred_invalid", "starred must be yes or no.", advice="Open the page again.")
    site.guest_writes.take(phone)
    await stars.set_star(
        site.ports,
        guest_id=guest_at(phone, key=event.guest_key),
        event_id=event.id,
        slot_id=request.path_params["slot"],
        starred=fields["starred"] == "yes",
    )
    stage = site.board.state(fields.get("stage", ""))
    back = f"/s/{stage.stage.id}/schedule" if stage else f"/schedule/{event.id}"
    night = night_in(fields.get("night") or None)
    return RedirectResponse(f"{back}?night={night}#{request.path_params['slot']}" if night else back, status_code=303)


ROUTES = [
    Route("/s/{stage}/schedule", of_stage),
    Route("/schedule/{event}", of_event),
    Route("/schedule/{event}/slots/{slot}/star", star, methods=["POST"]),
]
