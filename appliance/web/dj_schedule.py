"""DJs' pages beside the console: bookings to be answered, and what was heard at an event before."""

from collections.abc import Mapping
from urllib.parse import urlencode

from msgspec import UNSET
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance import wire
from appliance.domain.models import Dj
from appliance.errors import BoxError, Invalid, NotAllowed
from appliance.usecases.schedule import bookings, repeats
from appliance.web import asking
from appliance.web.console import page_with_error
from appliance.web.dj_ending import bookings_of
from appliance.web.dj_schedule_api import FOUND_MOST, HEARD_MOST
from appliance.web.schedule_api import is_own, known_event, version_in
from appliance.web.site import Request, site_of


async def _bookings_page(
    request: Request, dj: Dj, *, error: BoxError | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    found = await bookings_of(site_of(request), dj)
    words = {
        "dj_name": dj.name,
        "bookings": [words for _, words in found],
        "form": {"slot": "", "word": "", **(typed or {})},
    }
    return page_with_error(request, "dj_bookings.html", words, error=error)


async def show_bookings(request: Request) -> Response:
    """A DJ's bookings."""
    return await _bookings_page(request, await asking.dj(request))


async def answer(request: Request) -> Response:
    """Yes or no to one of them, with a word."""
    dj, fields, site = await asking.dj(request), await asking.form(request), site_of(request)
    try:
        if fields.get("answer") not in {"yes", "no"}:
            raise Invalid("answer_invalid", "answer must be yes or no.", advice="Open the page again.")
        await bookings.answer(
            site.ports,
            dj=dj,
            slot_id=request.path_params["slot"],
            version=version_in(fields.get("version", "")),
            confirmed=fields["answer"] == "yes",
            word=fields.get("word", ""),
        )
    except BoxError as error:
        typed = {"slot": request.path_params["slot"], "word": fields.get("word", "")}
        return await _bookings_page(request, dj, error=error, typed=typed)
    return RedirectResponse("/dj/bookings", status_code=303)


def _use(track: wire.BeforeOut) -> str:
    """The way back to the desk, with the track typed in."""
    typed = {"title": track.title, "artist": track.artist}
    if track.bpm is not UNSET:
        typed["bpm"] = f"{track.bpm:g}"
    if track.key is not UNSET:
        typed["key"] = track.key
    return f"/dj?{urlencode(typed)}#play"


async def _is_dj(request: Request) -> bool:
    try:
        await asking.dj(request)
    except NotAllowed:
        return False
    return True


async def heard(request: Request) -> Response:
    """What was heard tonight on any stage of an event, so that nobody plays it again without knowing.

    Whoever runs the event sees it too, with what was played behind a PIN.
    """
    site, event_id = site_of(request), request.path_params["event"]
    runs, is_dj = await is_own(request, event_id), await _is_dj(request)
    if not runs:
        await asking.dj(request)
    state = await known_event(request, event_id)
    now = site.ports.clock.now()
    wanted = request.query_params.get("q", "").strip()[: repeats.SEARCH_MOST]
    if wanted:
        found = await repeats.find(site.ports, event=state.event, text=wanted, limit=FOUND_MOST, hidden=runs)
    else:
        found = await repeats.heard_at_event(site.ports, event=state.event, limit=HEARD_MOST, hidden=runs)
    rows = [dict(wire.fields_of(one)) | {"use": _use(one)} for one in (wire.before_out(two, now) for two in found)]
    words = {"is_dj": is_dj, "event": {"id": state.event.id, "name": state.event.name}, "rows": rows, "q": wanted}
    return site.pages.page("dj_heard.html", words)


ROUTES = [
    Route("/dj/bookings", show_bookings),
    Route("/dj/bookings/{slot}", answer, methods=["POST"]),
    Route("/dj/heard/{event}", heard),
]
