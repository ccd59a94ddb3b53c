"""Where a dancer is and can go: the list of stages, and what a stage's page says of the stage and its event."""

from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance.domain.live_state import StageState
from appliance.domain.locks import OUTSIDE, Inside
from appliance.domain.models import Doors, Event, Phase
from appliance.errors import NotKnown
from appliance.web import asking
from appliance.web.events_api import event_of_stage, is_full
from appliance.web.looks import cards_address, look, stage_look
from appliance.web.site import Request, Site, site_of

#: the box's own look
_PLAIN: dict[str, str | None] = {"style": None, "logo": None}


def found(site: Site, stage_id: str, *, inside: Inside = OUTSIDE) -> StageState:
    """The stage as it is now, for a dancer who has opened these locks: of a draft only its organisers know.

    Raises: NotKnown with the code `stage_unknown` or `stage_not_yet`.
    """
    event, state = event_of_stage(site, stage_id).event, site.board.state(stage_id, inside=inside)
    assert state is not None  # its event was just found
    if event.phase is Phase.DRAFT:
        raise NotKnown("stage_not_yet", "There is nothing here yet.", advice="Come back when the event has begun.")
    return state


def _notice(event: Event, doors: Doors) -> str:
    """What there is to say before anything else: the name of a text in `places.json`, or nothing."""
    if event.phase is Phase.ENDED:
        return "is_over"
    return {Doors.OPEN: "", Doors.PAUSED: "is_paused", Doors.CLOSED: "is_closed"}[doors]


def where(site: Site, state: StageState) -> dict[str, Any]:
    """What the page of a stage says of where it is."""
    event = event_of_stage(site, state.stage.id).event
    beside = [
        other
        for other in site.board.stages_of(event.id)
        if other.stage.doors is not Doors.CLOSED or other.stage.id == state.stage.id
    ]
    return {
        "event": event.name,
        "look": stage_look(site, event, state.stage.id),
        "notice": _notice(event, state.stage.doors),
        "stages": [
            {
                "id": other.stage.id,
                "name": other.stage.name,
                "dj": other.session.dj_name if other.session else None,
            }
            for other in beside
        ],
    }


def _card(state: StageState) -> dict[str, Any]:
    return {
        "id": state.stage.id,
        "name": state.stage.name,
        "doors": state.stage.doors.value,
        "is_full": is_full(state.listeners, state.stage.capacity),
        "dj": state.session.dj_name if state.session else None,
        "title": state.now.track.title if state.now else None,
        "artist": state.now.track.artist if state.now else None,
    }


async def home(request: Request) -> Response:
    """The stages of what is going on; with only one, straight to it."""
    site = site_of(request)
    going_on = site.board.going_on()
    if len(going_on) == 1:
        return RedirectResponse(f"/s/{going_on[0].stage.id}", status_code=303)
    events = [state.event for state in site.board.events() if state.event.phase is Phase.PUBLISHED]
    listed = [
        {"name": event.name, "stages": [_card(state) for state in site.board.stages_of(event.id)]} for event in events
    ]
    words = {
        "events": [event for event in listed if event["stages"]],
        "are_over": any(state.event.phase is Phase.ENDED for state in site.board.events()),
        # Several events share a page in the box's own colours.
        "look": look(events[0]) if len(events) == 1 else _PLAIN,
        "cards": cards_address(site),
    }
    response = site.pages.page("stages.html", words, language=asking.language(request))
    asking.remember_language(request, response)
    return response


ROUTES = [Route("/", home)]
