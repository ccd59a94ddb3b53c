"""The organisers' board at `/organiser/schedule`: an event's plan night by night, as forms that work without a script.

js/board.js makes it a grid in which slots are moved; it asks the same use cases by the API.
"""

from collections.abc import Mapping
from datetime import date

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance.domain.models import Event
from appliance.domain.schedule import board as boards
from appliance.domain.schedule.board import Board
from appliance.domain.schedule.plan import Belief, belief, night_of
from appliance.domain.schedule.slots import Placed
from appliance.domain.wall_time import shown_at
from appliance.domain.zones import zone
from appliance.errors import BoxError, NotKnown
from appliance.usecases.schedule import slots
from appliance.usecases.schedule.slots import Wanted
from appliance.web import asking
from appliance.web.console import page_with_error
from appliance.web.pages import live
from appliance.web.schedule_api import is_own, night_in, own_event, version_in
from appliance.web.site import Request, Site, site_of
from appliance.web.slot_words import slot_words

_TYPED = ("stage", "dj", "title", "begins", "ends", "begins_again", "ends_again")


def _night(site: Site, event: Event, text: str | None) -> date:
    """The night that is asked for, or the one to begin with. Raises: Invalid with the code `night_invalid`."""
    asked = night_in(text or None)
    if asked is not None:
        return asked
    now, there = site.ports.clock.now(), zone(event.zone)
    now_ms = None if belief(now) is Belief.NONE else now.wall_ms
    known = boards.nights(site.timetable.slots(event.id))
    starts_ms = event.starts_ms if event.starts_ms is not None else now.wall_ms
    return boards.tonight(known, now_ms=now_ms, zone=there) or night_of(shown_at(starts_ms, there))


def _board_words(strip: Board, site: Site, event: Event) -> dict[str, object]:
    stages = [state.stage for state in site.board.stages_of(event.id)]
    by_stage: dict[str, list[dict[str, object]]] = {stage.id: [] for stage in stages}
    for placed in strip.slots:
        length = (placed.ends_ms - placed.begins_ms) // 60_000
        where = {"at_min": strip.at_min(placed.begins_ms), "minutes": length}
        by_stage.setdefault(placed.slot.stage_id, []).append(slot_words(placed) | where)
    ticks = [{"at_min": tick.at_min, "shown": tick.shown.shown[11:], "again": tick.shown.again} for tick in strip.ticks]
    lanes = [{"id": stage.id, "name": stage.name, "slots": by_stage[stage.id]} for stage in stages]
    return {
        "night": strip.night.isoformat(),
        "minutes": strip.minutes,
        "plan": site.timetable.version(event.id),
        "ticks": ticks,
        "lanes": lanes,
    }


async def _choices(site: Site, event: Event) -> dict[str, object]:
    """What a form of a slot offers."""
    return {
        "event": {"id": event.id, "name": event.name, "zone": event.zone},
        "stages": [{"id": state.stage.id, "name": state.stage.name} for state in site.board.stages_of(event.id)],
        "djs": [{"id": dj.id, "name": dj.name} for dj in await site.ports.reader.djs()],
    }


async def _page(
    request: Request, event: Event, *, error: BoxError | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    site = site_of(request)
    night = _night(site, event, (typed or {}).get("night") or request.query_params.get("night"))
    strip = boards.board(night, site.timetable.slots(event.id), zone(event.zone))
    known = {*boards.nights(site.timetable.slots(event.id)), night}
    stages = site.board.stages_of(event.id)
    form = {"begins": f"{night}T22:00", "ends": f"{night}T23:00", **(typed or {})}
    words = {
        **await _choices(site, event),
        "board": _board_words(strip, site, event),
        "nights": [one.isoformat() for one in sorted(known)],
        "turned": boards.is_turned_back(night, zone(event.zone)),
        "form": {name: form.get(name, "") for name in _TYPED},
        "live": live(site, stages[0].stage.id, watcher="dj") if stages else None,
    }
    return page_with_error(request, "planning.html", words, error=error)


async def events(request: Request) -> Response:
    """The plans that whoever asks may change; with only one, straight to it."""
    found = [state.event for state in site_of(request).board.events()]
    await asking.organiser(request)
    mine = [event for event in found if await is_own(request, event.id)]
    if len(mine) == 1:
        return RedirectResponse(f"/organiser/schedule/{mine[0].id}", status_code=303)
    words = {"events": [{"id": event.id, "name": event.name} for event in mine]}
    return site_of(request).pages.page("planning_events.html", words)


async def show(request: Request) -> Response:
    """One night of an event's plan."""
    event, _ = await own_event(request, request.path_params["event"])
    return await _page(request, event)


def _wanted(fields: Mapping[str, str]) -> Wanted:
    return Wanted(
        stage_id=fields.get("stage", ""),
        begins=fields.get("begins", ""),
        ends=fields.get("ends", ""),
        dj_id=fields.get("dj") or None,
        title=fields.get("title", ""),
        begins_again=fields.get("begins_again") == "yes",
        ends_again=fields.get("ends_again") == "yes",
    )


def _to_night(event: Event, placed: Placed) -> Response:
    night = night_of(placed.slot.begins)
    return RedirectResponse(f"/organiser/schedule/{event.id}?night={night}", status_code=303)


async def add(request: Request) -> Response:
    """One more slot."""
    event, by = await own_event(request, request.path_params["event"])
    fields = await asking.form(request)
    try:
        placed = await slots.add_slot(site_of(request).ports, by=by, event_id=event.id, wanted=_wanted(fields))
    except BoxError as error:
        return await _page(request, event, error=error, typed=fields)
    return _to_night(event, placed)


def _known_slot(site: Site, event: Event, slot_id: str) -> Placed:
    found = next((placed for placed in site.timetable.slots(event.id) if placed.slot.id == slot_id), None)
    if found is None:
        raise NotKnown("slot_unknown", "There is no such slot in this plan.", advice="Load the plan again.")
    return found


async def _slot_page(
    request: Request,
    event: Event,
    placed: Placed,
    *,
    error: BoxError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    site, slot = site_of(request), placed.slot
    kept = {
        "stage": slot.stage_id,
        "dj": slot.dj_id or "",
        "title": slot.title,
        "begins": slot.begins.shown,
        "ends": slot.ends.shown,
        "begins_again": "yes" if slot.begins.again else "",
        "ends_again": "yes" if slot.ends.again else "",
    }
    words = {
        **await _choices(site, event),
        "slot": slot_words(placed),
        "turned": boards.is_turned_back(night_of(slot.begins), zone(event.zone)),
        "form": {name: (kept if typed is None else typed).get(name, "") for name in _TYPED},
    }
    return page_with_error(request, "planning_slot.html", words, error=error)


async def edit(request: Request) -> Response:
    """One slot, to be changed."""
    event, _ = await own_event(request, request.path_params["event"])
    return await _slot_page(request, event, _known_slot(site_of(request), event, request.path_params["slot"]))


async def save(request: Request) -> Response:
    """Changes a slot. Somebody who was too late sees it as it is now, and what they typed."""
    (event, by), slot_id = await own_event(request, request.path_params["event"]), request.path_params["slot"]
    fields, site = await asking.form(request), site_of(request)
    try:
        version = version_in(fields.get("version", ""))
        placed = await slots.change_slot(
            site.ports, by=by, event_id=event.id, slot_id=slot_id, version=version, wanted=_wanted(fields)
        )
    except BoxError as error:
        return await _slot_page(request, event, _known_slot(site, event, slot_id), error=error, typed=fields)
    return _to_night(event, placed)


async def drop(request: Request) -> Response:
    """Takes a slot away."""
    (event, by), slot_id = await own_event(request, request.path_params["event"]), request.path_params["slot"]
    fields, site = await asking.form(request), site_of(request)
    placed = _known_slot(site, event, slot_id)
    try:
        version = version_in(fields.get("version", ""))
        await slots.drop_slot(site.ports, by=by, event_id=event.id, slot_id=slot_id, version=version)
    except BoxError as error:
        return await _slot_page(request, event, placed, error=error)
    return _to_night(event, placed)


ROUTES = [
    Route("/organiser/schedule", events),
    Route("/organiser/schedule/{event}", show),
    Route("/organiser/schedule/{event}", add, methods=["POST"]),
    Route("/organiser/schedule/{event}/slots/{slot}", edit),
    Route("/organiser/schedule/{event}/slots/{slot}", save, methods=["POST"]),
    Route("/organiser/schedule/{event}/slots/{slot}/drop", drop, methods=["POST"]),
]
