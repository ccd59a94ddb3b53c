"""What is printed or projected so that phones find a stage: QR codes and posters.

A QR code never holds an address that phones can't reach: without one there is no code, and words that say why.
"""

from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.routing import Route

from appliance import network, qr
from appliance.errors import NotAllowed, NotKnown, Unavailable
from appliance.web import asking
from appliance.web.pages import known_stage, plain
from appliance.web.site import Request, Site, site_of
from appliance.wire import stage_out

_KINDS: dict[str, tuple[str, Callable[[str], bytes]]] = {"svg": ("image/svg+xml", qr.svg), "png": ("image/png", qr.png)}


def _stage_url(site: Site, stage_id: str) -> str:
    url = site.stage_url(known_stage(site, stage_id).stage.id)
    if url is None:
        raise Unavailable(
            "no_address",
            "No phone can reach this box yet, so there is no address to show.",
            advice="Connect it to the venue's network, or set http.public_url.",
        )
    return url


def _stage_qr(kind: str) -> Callable[[Request], Awaitable[Response]]:
    media_type, draw = _KINDS[kind]

    async def endpoint(request: Request) -> Response:
        """A stage's address as a QR code."""
        url = _stage_url(site_of(request), request.path_params["stage"])
        return Response(draw(url), media_type=media_type)

    return endpoint


def _wifi_qr(kind: str) -> Callable[[Request], Awaitable[Response]]:
    media_type, draw = _KINDS[kind]

    async def endpoint(request: Request) -> Response:
        """Joining the Wi-Fi as a QR code. It holds the password, so it is for staff, who print it."""
        await asking.admin(request)
        wifi = site_of(request).settings.wifi
        if not wifi.ssid:
            raise NotKnown("wifi_unknown", "The box was not told the Wi-Fi's name.", advice="Set wifi.ssid.")
        return Response(draw(qr.wifi_text(wifi.ssid, wifi.passphrase.reveal())), media_type=media_type)

    return endpoint


async def _is_staff(request: Request) -> bool:
    try:
        await asking.admin(request)
    except NotAllowed:
        return False
    return True


def _by_number(site: Site, stage_id: str, address: str | None) -> str | None:
    """The address in digits, for phones that don't find a name; None where the printed one is in digits already."""
    http = site.settings.http
    if address is None or network.is_in_digits(address):
        return None
    found = network.reachable_addresses(http.host)
    return network.dancer_url(found[0].ip, port=http.port, stage=stage_id) if found else None


async def poster(request: Request) -> Response:
    """A page to print. Anybody may; the Wi-Fi part holds the password, so only staff get it."""
    site = site_of(request)
    state = known_stage(site, request.path_params["stage"])
    wifi = site.settings.wifi
    shown = wifi.ssid and await _is_staff(request)
    address = site.stage_url(state.stage.id)
    words = {
        "stage": plain(stage_out(state.stage)),
        "address": address,
        "by_number": _by_number(site, state.stage.id, address),
        "here": f"/poster/{state.stage.id}",
        "wifi": {"ssid": wifi.ssid, "passphrase": wifi.passphrase.reveal()} if shown else None,
    }
    response = site.pages.page("poster.html", words, language=asking.language(request))
    asking.remember_language(request, response)
    return response


ROUTES = [
    *(Route(f"/wifi-qr.{kind}", _wifi_qr(kind)) for kind in _KINDS),
    *(Route(f"/qr/{{stage}}.{kind}", _stage_qr(kind)) for kind in _KINDS),
    Route("/poster/{stage}", poster),
]
