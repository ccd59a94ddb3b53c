"""The status page for staff, the same for a wall screen, and both as JSON; and the clock, set from a phone.

What may be seen where: staff see all of it. The wall screen is for everybody who passes, so it shows counts and no
secret, and only a browser on the box itself or one of staff's opens it.
"""

import ipaddress
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance import network, wire
from appliance.domain import timekeeping
from appliance.domain.models import ClockTrust, Stamp
from appliance.errors import BoxError, Invalid
from appliance.usecases import clock
from appliance.web import asking, lights
from appliance.web.lights import NoticeOut, StatusOut
from appliance.web.operations import Auth, Call, Operation
from appliance.web.problems import status_of
from appliance.web.site import Request, Site, site_of

PAGE, SCREEN = "/staff/status", "/screen/status"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: minutes east of UTC that people live at, for a phone whose browser runs no script
OFFSETS = (*range(-720, 0, 60), *range(0, 841, 60), 210, 270, 330, 345, 570)
#: better than any phone: nothing to set
_SET_ALREADY = frozenset({ClockTrust.NTP, ClockTrust.RTC})


class ClockIn(msgspec.Struct, frozen=True, kw_only=True):
    """What a phone's own clock says."""

    #: milliseconds since 1970 UTC
    wall_ms: Annotated[int, msgspec.Meta(ge=0, le=10**14)]


class ClockOut(msgspec.Struct, frozen=True, kw_only=True):
    """The box's clock."""

    #: UTC as the box believes
    now: str
    trust: ClockTrust


def _notices(site: Site) -> list[NoticeOut]:
    return [NoticeOut(code=one.code, words=one.words, at=wire.utc(one.wall_ms)) for one in site.notices.all()]


async def _status(site: Site, *, language: str) -> StatusOut:
    words = site.pages.words
    seen = await lights.look(site, language=language)
    return StatusOut(
        v=wire.VERSION,
        language=language,
        level=seen.level,
        verdict=lights.said(words, language, seen.verdict),
        lights=[lights.spoken(words, language, light) for light in seen.lights],
        notices=_notices(site),
    )


def _told(site: Site, language: str, now: Stamp) -> dict[str, object]:
    """The box's own time, for a page."""
    moment = site.pages.words.moment(language, now.wall_ms)
    return {
        "utc": wire.utc(now.wall_ms),
        "words": moment,
        "settable": now.trust not in _SET_ALREADY,
        "wanted": not timekeeping.is_known(now.trust),
    }


async def _page(request: Request, *, error: BoxError | None = None) -> Response:
    site, language = site_of(request), asking.language(request)
    now = site.ports.clock.now()
    words = {
        "box_name": site.settings.box.name,
        "status": await _status(site, language=language),
        "clock": _told(site, language, now),
        "offsets": [(minutes, _offset(minutes)) for minutes in sorted(OFFSETS)],
        "error": _in_words(site, language, error) if error else None,
        "here": PAGE,
    }
    code = status_of(error) if error else 200
    response = site.pages.page("status.html", words, language=language, status=code)
    asking.remember_language(request, response)
    return response


def _offset(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def _in_words(site: Site, language: str, error: BoxError) -> Mapping[str, str]:
    """An error in the page's language, where the catalogue knows it."""
    key = f"status.error_{error.code}"
    if site.pages.words.has(key):
        return {"detail": site.pages.words.text(language, key), "advice": ""}
    return {"detail": error.detail, "advice": error.advice}


async def page(request: Request) -> Response:
    """Everything staff may want to know, in words."""
    await asking.admin(request)
    return await _page(request)


def _typed(fields: Mapping[str, str]) -> int:
    """The wall time of a form: what the phone's script filled in at the tap, or else what somebody typed.

    Raises: Invalid with the code `time_missing`.
    """
    filled = fields.get("wall_ms", "")
    if filled.isascii() and filled.isdecimal() and len(filled) <= 15:
        return int(filled)
    try:
        typed = datetime.fromisoformat(fields.get("typed", ""))
        offset = int(fields.get("offset", "0"))
    except ValueError:
        typed, offset = None, 0
    if typed is None or typed.tzinfo is not None or offset not in OFFSETS:
        raise Invalid("time_missing", "No time came with the form.", advice="Type date and time, and choose the zone.")
    return (typed.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1) - offset * 60_000


async def set_clock(request: Request) -> Response:
    """The time from this phone."""
    by = (await asking.admin(request)).actor
    fields = await asking.form(request)
    try:
        await clock.set_from_phone(site_of(request).ports, wall_ms=_typed(fields), by=by)
    except BoxError as error:
        return await _page(request, error=error)
    wanted = asking.chosen_language(request)
    return RedirectResponse(f"{PAGE}?lang={wanted}" if wanted else PAGE, status_code=303)


def _is_here(request: Request) -> bool:
    """Whether a browser on the box itself asks: nothing stands before the server, so the address is the asker's own."""
    if request.client is None:
        return False
    address = ipaddress.ip_address(request.client.host.partition("%")[0])
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


async def screen(request: Request) -> Response:
    """The same for a wall: readable from three metres, no button, nothing that must not be on a wall."""
    if not _is_here(request):
        await asking.admin(request)
    site, language = site_of(request), asking.language(request)
    found = network.reachable_addresses(site.settings.http.host)
    near = network.origin(found[0].ip, port=site.settings.http.port) if found else None
    words = {
        "box_name": site.settings.box.name,
        "status": await _status(site, language=language),
        "clock": _told(site, language, site.ports.clock.now()),
        "address": site.settings.http.public_url or near,
        "set_up": await lights.anybody_may_play(site),
        "here": SCREEN,
    }
    response = site.pages.page("status_screen.html", words, language=language)
    asking.remember_language(request, response)
    return response


async def _get_status(call: Call) -> StatusOut:
    return await _status(call.site, language=asking.language(call.request))


async def _put_clock(call: Call) -> ClockOut:
    after = await clock.set_from_phone(call.site.ports, wall_ms=call.body.wall_ms, by=call.actor())
    return ClockOut(now=wire.utc(after.wall_ms), trust=after.trust)


OPERATIONS = (
    Operation(
        "GET",
        "/status",
        "status",
        "How the box is, in words",
        _get_status,
        auth=Auth.STAFF,
        gives=StatusOut,
        query=(("lang", {"type": "string"}, "Language, such as de; else by Accept-Language."),),
    ),
    Operation(
        "PUT",
        "/clock",
        "setClock",
        "Set the box's clock from a phone's",
        _put_clock,
        auth=Auth.STAFF,
        takes=ClockIn,
        gives=ClockOut,
        also=((409, "The box knows the time better already."),),
    ),
)
ROUTES = [
    Route(PAGE, page),
    Route("/staff/clock", set_clock, methods=["POST"]),
    Route(SCREEN, screen),
]
