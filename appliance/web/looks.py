"""How an event looks: its picture and its colour, at addresses that change with them, so that phones keep both.

Styles can't stand in pages, because of the content policy; so an event's colour is a small style sheet of its own.
"""

import hashlib

from starlette.responses import Response
from starlette.routing import Route

from appliance.domain import colours
from appliance.domain.colours import Shades
from appliance.domain.models import Event
from appliance.errors import NotKnown
from appliance.web.events_api import known_event, logo_address
from appliance.web.site import Request, site_of

_FOR_GOOD = "public, max-age=31536000, immutable"
#: whatever a picture turns out to be, no browser runs it
_PICTURE_ONLY = "default-src 'none'; sandbox"


def style_address(event: Event) -> str | None:
    """Where an event's colours are; None where they are the box's own."""
    if event.accent is None:
        return None
    mark = hashlib.sha256(_style(event.accent).encode()).hexdigest()[:10]
    return f"/events/{event.id}/look/{mark}.css"


def look(event: Event) -> dict[str, str | None]:
    """What a template needs to show a page as the event's."""
    return {"style": style_address(event), "logo": logo_address(event)}


def _rule(selector: str, shades: Shades, *, glow: int) -> str:
    red, green, blue = (round(255 * channel) for channel in colours.channels(shades.accent))
    return (
        f"{selector} {{ --rose: {shades.accent}; --rose-deep: {shades.on_accent}; --label: {shades.label};"
        f" --glow: rgb({red} {green} {blue} / {glow}%); }}"
    )


def _style(accent: str) -> str:
    dark = _rule(":root", colours.in_the_dark(accent), glow=30)
    light = _rule(':root:not([data-scheme="dark"])', colours.in_the_light(accent), glow=14)
    return f"{dark}\n@media (prefers-color-scheme: light) {{ {light} }}\n"


async def style(request: Request) -> Response:
    """An event's colours, over those of `tokens.css`."""
    event = known_event(site_of(request), request.path_params["event"]).event
    if event.accent is None:
        raise NotKnown("look_unknown", "This event has the box's own colours.")
    current = request.url.path == style_address(event)
    headers = {"cache-control": _FOR_GOOD if current else "no-cache"}
    return Response(_style(event.accent), media_type="text/css", headers=headers)


async def logo(request: Request) -> Response:
    """An event's picture."""
    site = site_of(request)
    event = known_event(site, request.path_params["event"]).event
    found = await site.ports.reader.logo(event.id) if request.path_params["name"] == event.logo else None
    if found is None:
        raise NotKnown("logo_unknown", "This event has no such picture.")
    headers = {"cache-control": _FOR_GOOD, "content-security-policy": _PICTURE_ONLY}
    return Response(found.content, media_type=found.media_type, headers=headers)


ROUTES = [
    Route("/events/{event}/look/{mark}.css", style),
    Route("/events/{event}/logo/{name}", logo),
]
