"""The self-test's door: one durable write when asked, for the box's own `run` and nobody else.

Whoever could knock here as they like could wear the card out: it opens on this machine only, with the key that stands
in the run folder. To everybody else it is an address where nothing is.
"""

import asyncio
import hmac

from starlette.responses import Response
from starlette.routing import Route

from appliance.config import Settings
from appliance.domain.space import Room
from appliance.errors import NotKnown, Unavailable
from appliance.usecases.pulse import beat
from appliance.web.site import Request, Site, site_of

PATH = "/health/pulse"
#: the database works, but the disk has no room; RFC 4918's "Insufficient Storage"
NO_ROOM = 507


async def pulse(request: Request) -> Response:
    """204 when a write is durable."""
    site = site_of(request)
    if not (_is_from_here(request) and await asyncio.to_thread(_has_key, request, site.settings)):
        raise NotKnown("page_unknown", "There is nothing at this address.", advice="Go home.")
    try:
        await beat(site.ports)
    except Unavailable:
        if not await asyncio.to_thread(_is_full, site):
            raise
        return Response(status_code=NO_ROOM)
    return Response(status_code=204)


def _is_from_here(request: Request) -> bool:
    """By loopback, or by the one address that the box listens on: both ends are then the same."""
    if request.client is None:
        return False
    host, _ = request.scope["server"]
    return request.client.host in {"127.0.0.1", "::1", host}


def _has_key(request: Request, settings: Settings) -> bool:
    try:
        key = settings.pulse_key.read_bytes()
    except OSError:
        return False
    given = request.headers.get("authorization", "").encode("latin-1")
    return bool(key) and hmac.compare_digest(given, b"Bearer " + key)


def _is_full(site: Site) -> bool:
    try:
        return site.space().room is Room.SCARCE
    except OSError:
        return False


ROUTES = [Route(PATH, pulse, methods=["POST"])]
