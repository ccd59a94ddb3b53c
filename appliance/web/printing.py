"""What is printed or projected so that phones find a stage: QR codes and posters.

A QR code never holds an address that phones can't reach: without one there is no code, and words that say why.
"""

from collections.abc import Awaitable, Callable, Mapping

from starlette.responses import Response
from starlette.routing import Route

from appliance import network, qr
from appliance.errors import BoxError, NotAllowed, NotKnown, Unavailable
from appliance.posters.content import Paper
from appliance.usecases import posters
from appliance.web import asking, attending
from appliance.web.console import error_words
from appliance.web.pages import known_stage, plain
from appliance.web.problems import headers_of, status_of
from appliance.web.site import Request, Site, site_of
from appliance.wire import stage_out

_KINDS: dict[str, tuple[str, Callable[[str], bytes]]] = {"svg": ("image/svg+xml", qr.svg), "png": ("image/png", qr.png)}


def reached_at(site: Site, stage_id: str) -> str:
    """Dancers' address of a stage.

    Raises: NotKnown with the code `stage_unknown`; Unavailable with the code `no_address`.
    """
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
        url = reached_at(site_of(request), request.path_params["stage"])
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


def by_number(site: Site, stage_id: str, address: str | None) -> str | None:
    """The address in digits, for phones that don't find a name; None where the printed one is in digits already."""
    http = site.settings.http
    if address is None or network.is_in_digits(address):
        return None
    found = network.reachable_addresses(http.host)
    return network.dancer_url(found[0].ip, port=http.port, stage=stage_id) if found else None


async def _making(request: Request, typed: Mapping[str, str] | None) -> dict[str, object]:
    """The form for the PDF: as it was sent, else as the box would fill it in."""
    site = site_of(request)
    own = site.settings.wifi.ssid
    kept = await posters.venue_wifi(site.ports)
    first = {
        "paper": Paper.A4.value,
        f"lang_{asking.language(request)}": "yes",
        "wifi": "venue" if kept else "own" if own else "venue",
        "ssid": kept.ssid if kept else "",
        "passphrase": kept.passphrase if kept else "",
        "hidden": "yes" if kept and kept.hidden else "",
        "keep": "yes" if kept else "",
    }
    return {"own": own, "papers": [paper.value for paper in Paper], "typed": dict(first if typed is None else typed)}


async def poster_page(
    request: Request, *, error: BoxError | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    """The poster as a page to print, and for staff the form that makes a PDF of it."""
    site = site_of(request)
    state = known_stage(site, request.path_params["stage"])
    if attending.draft_key(site, state.stage.id):
        # A poster is printed before anybody else may know of the event.
        await asking.organiser(request, state.stage.event_id)
    wifi = site.settings.wifi
    is_staff = await _is_staff(request)
    address = site.stage_url(state.stage.id)
    words = {
        "stage": plain(stage_out(state.stage)),
        "address": address,
        "by_number": by_number(site, state.stage.id, address),
        "here": f"/poster/{state.stage.id}",
        "wifi": {"ssid": wifi.ssid, "passphrase": wifi.passphrase.reveal()} if wifi.ssid and is_staff else None,
        "making": await _making(request, typed) if is_staff and address else None,
        "error": error_words(error),
    }
    status = status_of(error) if error else 200
    response = site.pages.page("poster.html", words, status=status, language=asking.language(request))
    response.headers.update(headers_of(error) if error else {})
    if is_staff:
        response.headers["cache-control"] = "no-store"
    asking.remember_language(request, response)
    return response


async def poster(request: Request) -> Response:
    """A page to print. Anybody may; the Wi-Fi part holds the password, so only staff get it."""
    return await poster_page(request)


ROUTES = [
    *(Route(f"/wifi-qr.{kind}", _wifi_qr(kind)) for kind in _KINDS),
    *(Route(f"/qr/{{stage}}.{kind}", _stage_qr(kind)) for kind in _KINDS),
    Route("/poster/{stage}", poster),
]
