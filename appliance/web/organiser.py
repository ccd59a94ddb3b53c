"""The organisers' pages at `/organiser`: events and their stages, as forms that also work without a script."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance.domain import happenings, zones
from appliance.domain.accounts import Person
from appliance.domain.audit import Actor
from appliance.domain.happenings import EventDraft, StageDraft
from appliance.domain.live_state import EventState, StageState
from appliance.domain.models import Doors, Phase
from appliance.errors import BoxError, Invalid, NotAllowed
from appliance.pictures import taking
from appliance.usecases import doors, events, lineup, stages
from appliance.web import asking, upload
from appliance.web.console import page_with_error
from appliance.web.events_api import event_of_stage, event_run, known_event
from appliance.web.looks import look
from appliance.web.pages import plain
from appliance.web.site import Request, Site, site_of

HOME = "/organiser"
#: what the form of an event holds
_DESCRIBED = ("name", "zone", "starts", "ends", "capacity")


def event_address(event_id: str) -> str:
    """Where an event is run."""
    return f"{HOME}/events/{event_id}"


def number(text: str, *, field: str) -> int | None:
    """A whole number that somebody typed, or None for nothing.

    Raises: Invalid with the code `<field>_invalid`.
    """
    typed = text.strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 10):
        raise Invalid(f"{field}_invalid", f"The {field} is not a whole number.", advice="Leave it empty if unsure.")
    return int(typed)


def _summary(site: Site, state: EventState) -> dict[str, Any]:
    run = plain(event_run(site, state))
    return run | {"stages": len(site.board.stages_of(state.event.id)), "address": event_address(state.event.id)}


async def own_events(site: Site, person: Person) -> list[EventState]:
    """The events that somebody may run, the newest first."""
    known = list(site.board.events())[::-1]
    if person.is_admin or person.account is None:
        return known
    own = await site.ports.reader.events_of(person.account.id)
    return [state for state in known if state.event.id in own]


async def _list_page(
    request: Request, person: Person, *, error: BoxError | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    site = site_of(request)
    words = {
        "events": [_summary(site, state) for state in await own_events(site, person)],
        "form": {"name": "", **(typed or {})},
        "is_staff": person.account is None,
    }
    return page_with_error(request, "organiser.html", words, error=error)


async def home(request: Request) -> Response:
    """The events that are somebody's to run."""
    return await _list_page(request, await asking.organiser(request))


async def add_event(request: Request) -> Response:
    """One more event, as a draft."""
    person = await asking.organiser(request)
    fields, site = await asking.form(request), site_of(request)
    account_id = person.account.id if person.account else None
    # In the zone of the event before: a hall stays where it is.
    zone = next((state.event.zone for state in await own_events(site, person)), "UTC")
    draft = EventDraft(name=fields.get("name", ""), zone=zone)
    try:
        event = await events.add_event(site.ports, draft=draft, by=person.actor, account_id=account_id)
    except BoxError as error:
        return await _list_page(request, person, error=error, typed=fields)
    return RedirectResponse(event_address(event.id), status_code=303)


def _stage_words(site: Site, state: StageState, typed: Mapping[str, str]) -> dict[str, Any]:
    stage = state.stage
    edited = typed.get("stage") == stage.id and "new_name" in typed
    return {
        "id": stage.id,
        "name": stage.name,
        "doors": stage.doors.value,
        "capacity": stage.capacity,
        "listeners": state.listeners,
        "is_full": stage.capacity is not None and state.listeners >= stage.capacity,
        "dj": state.session.dj_name if state.session else None,
        "address": site.stage_url(stage.id),
        # What was typed and could not be kept.
        "typed": {name: typed.get(name, "") for name in ("new_name", "new_capacity")} if edited else None,
    }


def _stages(site: Site, event_id: str, typed: Mapping[str, str]) -> list[dict[str, Any]]:
    return [_stage_words(site, state, typed) for state in site.board.stages_of(event_id)]


async def _djs(site: Site, event_id: str) -> dict[str, Any]:
    assigned = await site.ports.reader.assigned_djs(event_id)
    free = [dj for dj in await site.ports.reader.djs() if dj not in assigned]
    return {
        "assigned": [{"id": dj.id, "name": dj.name} for dj in assigned],
        "free": [{"id": dj.id, "name": dj.name} for dj in free],
    }


async def _event_page(
    request: Request, state: EventState, *, error: BoxError | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    site, event = site_of(request), state.event
    typed = typed or {}
    draft = happenings.draft_of(event)
    described = {name: str(value) if (value := getattr(draft, name)) is not None else "" for name in _DESCRIBED}
    words = {
        "event": plain(event_run(site, state)) | {"id": event.id, "address": event_address(event.id)},
        "stages": _stages(site, event.id, typed),
        "djs": await _djs(site, event.id),
        "look": look(event),
        "zones": sorted(zones.names()),
        "form": {
            **described,
            **{name: typed[name] for name in _DESCRIBED if name in typed},
            "accent": typed.get("accent", draft.accent),
            "stage_name": typed.get("stage_name", ""),
            "stage_capacity": typed.get("stage_capacity", ""),
        },
        # The nearest colour that can be read, for one that can't.
        "offered": error.facts.get("nearest") if error else None,
    }
    return page_with_error(request, "organiser_event.html", words, error=error)


async def _mine(request: Request) -> tuple[EventState, Person]:
    """The event of the address, and who runs it. Raises: NotKnown, NotAllowed."""
    state = known_event(site_of(request), request.path_params["event"])
    return state, await asking.organiser(request, state.event.id)


async def show(request: Request) -> Response:
    """One event, with everything that can be done with it."""
    state, _ = await _mine(request)
    return await _event_page(request, state)


#: what a form of the page does: with the site, the event, what was sent, and who did it
Act = Callable[[Site, EventState, Mapping[str, str], Actor], Awaitable[object]]


def _form(act: Act, *, at: str = "") -> Callable[[Request], Awaitable[Response]]:
    """A form of an event's page: done, and back to its part of the page; or the page with what went wrong."""

    async def endpoint(request: Request) -> Response:
        state, person = await _mine(request)
        fields = await asking.form(request)
        try:
            await act(site_of(request), state, fields, person.actor)
        except BoxError as error:
            return await _event_page(request, state, error=error, typed=fields)
        return RedirectResponse(f"{event_address(state.event.id)}{at}", status_code=303)

    return endpoint


async def _describe(site: Site, state: EventState, fields: Mapping[str, str], by: Actor) -> None:
    typed = {name: fields.get(name, "") for name in ("name", "zone", "starts", "ends")}
    draft = replace(
        happenings.draft_of(state.event), **typed, capacity=number(fields.get("capacity", ""), field="capacity")
    )
    await events.edit_event(site.ports, event_id=state.event.id, draft=draft, by=by)


async def _colour(site: Site, state: EventState, fields: Mapping[str, str], by: Actor) -> None:
    wanted = fields.get("offered") or fields.get("accent", "")
    draft = replace(happenings.draft_of(state.event), accent=wanted)
    await events.edit_event(site.ports, event_id=state.event.id, draft=draft, by=by)


async def _publish(site: Site, state: EventState, fields: Mapping[str, str], by: Actor) -> None:
    del fields
    await events.set_phase(site.ports, event_id=state.event.id, phase=Phase.PUBLISHED, by=by)


async def _end(site: Site, state: EventState, fields: Mapping[str, str], by: Actor) -> None:
    del fields
    await events.set_phase(site.ports, event_id=state.event.id, phase=Phase.ENDED, by=by)


async def _forget_logo(site: Site, state: EventState, fields: Mapping[str, str], by: Actor) -> None:
    del fields
    await events.set_logo(site.ports, event_id=state.event.id, logo=None, name=None, by=by)


async def _add_stage(site: Site, state: EventState, fields: Mapping[str, str], by: Actor) -> None:
    capacity = number(fields.get("stage_capacity", ""), field="capacity")
    name = fields.get("stage_name", "")
    await stages.add_stage(site.ports, name=name, capacity=capacity, event_id=state.event.id, by=by)


def _stage_of(site: Site, state: EventState, fields: Mapping[str, str]) -> str:
    """The stage that a form means. Raises: NotKnown; NotAllowed for another event's."""
    stage_id = fields.get("stage", "")
    if event_of_stage(site, stage_id).event.id != state.event.id:
        raise NotAllowed("stage_elsewhere", "This stage belongs to another event.", advice="Open the page again.")
    return stage_id


async def _edit_stage(site: Site, state: EventState, fields: Mapping[str, str], by: Actor) -> None:
    stage_id, capacity = _stage_of(site, state, fields), number(fields.get("new_capacity", ""), field="capacity")
    draft = StageDraft(name=fields.get("new_name", ""), capacity=capacity)
    await stages.edit_stage(site.ports, stage_id=stage_id, draft=draft, by=by)


async def _doors(site: Site, state: EventState, fields: Mapping[str, str], by: Actor) -> None:
    stage_id, wanted = _stage_of(site, state, fields), fields.get("doors", "")
    if wanted not in [*Doors]:
        raise Invalid("doors_invalid", "doors must be open, paused or closed.", advice="Open the page again.")
    await doors.set_doors(site.ports, stage_id=stage_id, doors=Doors(wanted), by=by)


async def _move(site: Site, state: EventState, fields: Mapping[str, str], by: Actor) -> None:
    stage_id = _stage_of(site, state, fields)
    if fields.get("to") not in {"up", "down"}:
        raise Invalid("move_invalid", "A stage moves up or down.", advice="Open the page again.")
    places = -1 if fields["to"] == "up" else 1
    await stages.move_stage(site.ports, stage_id=stage_id, by_places=places, by=by)


async def _assign(site: Site, state: EventState, fields: Mapping[str, str], by: Actor) -> None:
    await lineup.assign(site.ports, event_id=state.event.id, dj_id=fields.get("dj", ""), by=by)


async def _unassign(site: Site, state: EventState, fields: Mapping[str, str], by: Actor) -> None:
    await lineup.unassign(site.ports, event_id=state.event.id, dj_id=fields.get("dj", ""), by=by)


async def take_logo(request: Request) -> Response:
    """A picture for the event, as a file."""
    state, person = await _mine(request)
    try:
        name, logo = await taking.taken(await upload.content_of(request, most=taking.BYTES_MOST))
        ports = site_of(request).ports
        await events.set_logo(ports, event_id=state.event.id, logo=logo, name=name, by=person.actor)
    except BoxError as error:
        return await _event_page(request, state, error=error)
    return RedirectResponse(f"{event_address(state.event.id)}#look", status_code=303)


_FORMS: tuple[tuple[str, Act, str], ...] = (
    ("describe", _describe, "#about"),
    ("colour", _colour, "#look"),
    ("publish", _publish, ""),
    ("end", _end, ""),
    ("logo/forget", _forget_logo, "#look"),
    ("stages", _add_stage, "#stages"),
    ("stages/edit", _edit_stage, "#stages"),
    ("stages/doors", _doors, "#stages"),
    ("stages/move", _move, "#stages"),
    ("djs", _assign, "#djs"),
    ("djs/remove", _unassign, "#djs"),
)

ROUTES = [
    Route(HOME, home),
    Route(f"{HOME}/events", add_event, methods=["POST"]),
    Route(f"{HOME}/events/{{event}}", show),
    Route(f"{HOME}/events/{{event}}/logo", take_logo, methods=["POST"]),
    *(Route(f"{HOME}/events/{{event}}/{path}", _form(act, at=at), methods=["POST"]) for path, act, at in _FORMS),
]
