"""The organisers' announcement centre at `/organiser/told`: the same use cases as the API, as forms.

What is said is looked at before it is sent, with whom it would reach.
"""

from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance.domain import announcements as rules
from appliance.domain.live_state import EventState
from appliance.errors import BoxError, NotKnown
from appliance.usecases import announcements, stages
from appliance.web import announcing, asking, keep
from appliance.web.announcing import DURATIONS, LIST_MOST, USUAL_DURATION_S
from appliance.web.console import page_with_error
from appliance.web.events_api import known_event
from appliance.web.organiser import own_events
from appliance.web.pages import plain
from appliance.web.site import Request, Site, site_of
from appliance.wire_notices import AnnouncementOut

CENTRE = "/organiser/told"
#: what the form of the centre brings back after an error, and from one step to the next
_TYPED = ("text", "level", "duration_s", "stage")


def _said(shown: list[AnnouncementOut]) -> list[dict[str, object]]:
    return [plain(one) for one in shown]


def _meant(events: list[EventState], event_id: str) -> EventState:
    """Of some events, the newest first, the one that is named, or that is meant where nobody names one.

    Raises: NotKnown with the code `event_unknown`.
    """
    wanted = event_id or stages.meant_event([state.event for state in reversed(events)]).id
    found = next((state for state in events if state.event.id == wanted), None)
    if found is None:
        raise NotKnown("event_unknown", "You have no such event here.", advice="Choose one of yours.")
    return found


def _checked(site: Site, event: EventState, typed: Mapping[str, str]) -> dict[str, object]:
    """The announcement as it would be sent.

    Raises: Invalid for a field; NotKnown with the code `stage_unknown`.
    """
    wanted = announcing.typed(typed)
    stage_id = typed["stage"]
    reach = announcing.reach_of_event(site, event.event.id)
    if stage_id:
        state = next((one for one in site.board.stages_of(event.event.id) if one.stage.id == stage_id), None)
        if state is None:
            raise NotKnown("stage_unknown", "This event has no such stage.", advice="Choose one of its stages.")
        reach = announcing.reach_of_stage(state)
    return {
        "text": rules.cleaned_text(wanted.text),
        "level": wanted.level.value,
        "duration": DURATIONS.get(rules.checked_duration(wanted.duration_s), f"{wanted.duration_s} seconds"),
        "reach": announcing.reach_words(reach),
    }


async def _centre(
    request: Request,
    event: EventState,
    *,
    typed: Mapping[str, str] | None = None,
    checked: Mapping[str, object] | None = None,
    error: BoxError | None = None,
) -> Response:
    site, event_id = site_of(request), event.event.id
    said = await site.ports.reader.announcements_of_event(event_id, limit=LIST_MOST)
    shown = announcing.shown(site, said)
    words: dict[str, object] = {
        "address": CENTRE,
        "here": f"{CENTRE}?event={event_id}",
        "event": {"id": event_id, "name": event.event.name},
        "events": [
            {"id": one.event.id, "name": one.event.name}
            for one in await own_events(site, await asking.organiser(request))
        ],
        "places": {state.stage.id: state.stage.name for state in site.board.stages_of(event_id)},
        "everywhere": announcing.reach_words(announcing.reach_of_event(site, event_id)),
        "running": _said([one for one in shown if one.left_ms]),
        "before": _said([one for one in shown if not one.left_ms]),
        "durations": DURATIONS,
        "usual_s": USUAL_DURATION_S,
        "form": {name: (typed or {}).get(name, "") for name in _TYPED},
        "id": site.ports.new_id(),
        "checked": checked,
        "has_cloud": keep.is_offered(site),
    }
    return page_with_error(request, "organiser_told.html", words, error=error)


async def centre(request: Request) -> Response:
    """What is said, what was, and a form."""
    events = await own_events(site_of(request), await asking.organiser(request))
    return await _centre(request, _meant(events, request.query_params.get("event", "")))


async def say(request: Request) -> Response:
    """The form: looked at first, then sent. It keeps what was typed."""
    fields = await asking.form(request)
    site, event = site_of(request), known_event(site_of(request), fields.get("event", ""))
    by = await announcing.organiser(request, event.event.id)
    typed = {name: fields.get(name, "") for name in _TYPED}
    try:
        if fields.get("step") != "send":
            return await _centre(request, event, typed=typed, checked=_checked(site, event, typed))
        await announcements.announce_to_event(
            site.ports,
            by=by,
            event_id=event.event.id,
            wanted=announcing.typed(fields),
            stage_id=typed["stage"] or None,
        )
    except BoxError as error:
        return await _centre(request, event, typed=typed, error=error)
    return RedirectResponse(f"{CENTRE}?event={event.event.id}", status_code=303)


async def take_back(request: Request) -> Response:
    """Takes back what anybody said at the event."""
    fields = await asking.form(request)
    event_id = fields.get("event", "")
    by = await announcing.organiser(request, event_id)
    event = known_event(site_of(request), event_id)
    try:
        await announcements.take_back(
            site_of(request).ports, by=by, event_id=event_id, announcement_id=fields.get("announcement", "")
        )
    except BoxError as error:
        return await _centre(request, event, error=error)
    return RedirectResponse(f"{CENTRE}?event={event_id}", status_code=303)


ROUTES = [
    Route(CENTRE, centre),
    Route(CENTRE, say, methods=["POST"]),
    Route(f"{CENTRE}/cancel", take_back, methods=["POST"]),
]
