"""The captive portal's doors: what a stray request gets, and the welcome page with its one button.

A stray request is one for a name that is not the box's. In party mode a phone that nobody has released is led to the
welcome page, and a released one hears its system's own "online", byte for byte. The page is made for the small
browsers in which phones open it: no script, no cookie, no storage.
"""

import re

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from appliance import network, qr
from appliance.config import HttpSection
from appliance.domain import portal as rules
from appliance.domain import probes
from appliance.domain.portal import Client, Mode
from appliance.usecases import portal
from appliance.web import asking
from appliance.web.site import Request, site_of

WELCOME, DONE, LEAVE = "/welcome", "/welcome/done", "/welcome/leave"
#: the forms in which the gate lets a sheet through that names no origin
SHEET_FORMS = frozenset({WELCOME, LEAVE})

# Only for the choice of words: what a probe is answered never depends on who says they ask.
_APPLE = re.compile(r"iPhone|iPad|iPod|Macintosh|CaptiveNetworkSupport|wispr")
_ANDROID = re.compile(r"Android|CaptivePortalLogin")
# Systems ask again within seconds, so an answer must never be kept, nor its connection.
_ONCE = {"cache-control": "no-store", "connection": "close"}


def canonical(scope: Scope, http: HttpSection) -> str:
    """Where phones are sent: the portal's name, or else the very address at which this one has reached the box.

    That address is right on each of the box's networks, and it is never a stray name: there is no loop. Whoever came
    over HTTPS knows the public name already, and stays there.
    """
    if scope["scheme"] == "https":
        return f"https://{Headers(scope=scope)['host']}"
    if http.portal:
        return f"http://{http.portal}"
    host, port = scope["server"]
    return network.origin(host, port=port)


def client_of(request: Request) -> Client:
    """The phone that asks."""
    assert request.client is not None  # uvicorn on TCP always knows it
    return site_of(request).client_at(request.client.host)


async def answer_stray(scope: Scope, host: str) -> Response | None:
    """What a request for another host's name gets, or None for the refusal that it always got.

    Never a page for a phone that is not released: anything but a redirect reads as "online" to some system.
    """
    request = Request(scope)
    site = site_of(request)
    if site.portal_mode() is not Mode.PARTY or request.method not in {"GET", "HEAD"} or scope["scheme"] == "https":
        # Over HTTPS there are no stray phones: the certificate names the box.
        return None
    path = scope["path"]
    here = canonical(scope, site.settings.http)
    probe = probes.probe_at(host, path)
    if await portal.is_released(site.ports, client=client_of(request)):
        return _online(probe.online) if probe else _lead_to(f"{here}/")
    caught = probe is not None or probes.is_doorway(host, path)
    return _lead_to(here + WELCOME if caught else f"{here}/")


def _online(answer: probes.Online) -> Response:
    headers = {**_ONCE, **dict(answer.headers)}
    if answer.media_type:
        # As a header, because Starlette would add a character set to the media type.
        headers["content-type"] = answer.media_type
    return Response(answer.body, status_code=answer.status, headers=headers)


def _lead_to(address: str) -> Response:
    return Response(status_code=302, headers={**_ONCE, "location": address})


def _system(request: Request) -> str:
    agent = request.headers.get("user-agent", "")
    if _ANDROID.search(agent):
        return "android"
    return "apple" if _APPLE.search(agent) else "other"


def _carried(request: Request) -> str:
    """The language that was chosen, for the next address: these browsers keep no cookie."""
    wanted = asking.chosen_language(request)
    return f"?lang={wanted}" if wanted else ""


def _page(request: Request, name: str, *, here: str) -> Response:
    site = site_of(request)
    address = canonical(request.scope, site.settings.http)
    words = {"system": _system(request), "address": address, "here": here, "carried": _carried(request)}
    response = site.pages.page(name, words, language=asking.language(request))
    asking.remember_language(request, response)
    return response


def _home() -> Response:
    return RedirectResponse("/", status_code=303)


async def welcome(request: Request) -> Response:
    """What this Wi-Fi is, and the button."""
    site = site_of(request)
    if site.portal_mode() is not Mode.PARTY:
        return _home()
    return _page(request, "welcome.html", here=WELCOME)


async def enter(request: Request) -> Response:
    """The button. A whole navigation, because a phone asks again only after one."""
    site = site_of(request)
    await asking.form(request)
    if site.portal_mode() is not Mode.PARTY:
        return _home()
    client = client_of(request)
    site.guest_writes.take(rules.client_key(client, salt=site.keys.login))
    await portal.release(site.ports, client=client)
    return RedirectResponse(DONE + _carried(request), status_code=303)


async def done(request: Request) -> Response:
    """What to do now, and the way back."""
    site = site_of(request)
    if site.portal_mode() is not Mode.PARTY:
        return _home()
    if not await portal.is_released(site.ports, client=client_of(request)):
        return RedirectResponse(WELCOME + _carried(request), status_code=303)
    return _page(request, "welcome_done.html", here=DONE)


async def leave(request: Request) -> Response:
    """Gives a phone its own internet back."""
    site = site_of(request)
    await asking.form(request)
    client = client_of(request)
    site.guest_writes.take(rules.client_key(client, salt=site.keys.login))
    await portal.take_back(site.ports, client=client)
    return RedirectResponse(WELCOME + _carried(request), status_code=303)


async def picture(request: Request) -> Response:
    """The address as a QR code, for the phone beside this one."""
    address = canonical(request.scope, site_of(request).settings.http)
    return Response(qr.svg(f"{address}/"), media_type="image/svg+xml")


ROUTES = [
    Route(WELCOME, welcome),
    Route(WELCOME, enter, methods=["POST"]),
    Route(DONE, done),
    Route(LEAVE, leave, methods=["POST"]),
    Route(f"{WELCOME}/qr.svg", picture),
]
