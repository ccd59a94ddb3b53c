"""How an event and its stages look: its picture and their colours, at addresses that change with them, so that phones
keep both.

The event's colour (or the box's) is the first stage's; each further one has it turned to another hue, so that dancers
see where they are. Styles can't stand in pages, because of the content policy; so a colour is a small style sheet.
"""

import hashlib
import re
from functools import lru_cache

from starlette.responses import Response
from starlette.routing import Route

from appliance.domain import colours
from appliance.domain.colours import Shades
from appliance.domain.models import Event, Phase
from appliance.errors import NotKnown
from appliance.web import composing
from appliance.web.events_api import known_event, logo_address
from appliance.web.site import Request, Site, site_of

_FOR_GOOD = "public, max-age=31536000, immutable"
#: whatever a picture turns out to be, no browser runs it
_PICTURE_ONLY = "default-src 'none'; sandbox"


#: what a stage's place in its event and a digest make of an address
_MARK = re.compile(r"(?P<turn>\d{1,2})-[0-9a-f]{10}")


def style_address(event: Event, *, turn: int = 0) -> str | None:
    """Where the colours of an event's stage are, `turn` places after the first; None where they are the box's own."""
    if event.accent is None and turn == 0:
        return None
    mark = hashlib.sha256(_style(event, turn).encode()).hexdigest()[:10]
    return f"/events/{event.id}/look/{turn}-{mark}.css"


def look(event: Event, *, turn: int = 0) -> dict[str, str | None]:
    """What a template needs to show a page as the event's, or as that of its stage `turn` places after the first."""
    return {"style": style_address(event, turn=turn), "logo": logo_address(event)}


def stage_look(site: Site, event: Event, stage_id: str) -> dict[str, str | None]:
    """What a template needs to show a page as the stage's."""
    ids = [state.stage.id for state in site.board.stages_of(event.id)]
    return look(event, turn=ids.index(stage_id) if stage_id in ids else 0)


def _rule(selector: str, shades: Shades, *, glow: int) -> str:
    red, green, blue = (round(255 * channel) for channel in colours.channels(shades.accent))
    # What a colour means is worked out at the root; a card's own is said again there.
    accent = "--rose" if selector.startswith(":root") and " " not in selector else "--accent"
    return (
        f"{selector} {{ {accent}: {shades.accent}; --rose-deep: {shades.on_accent}; --label: {shades.label};"
        f" --glow: rgb({red} {green} {blue} / {glow}%); }}"
    )


@lru_cache(maxsize=512)
def _both(accent: str, *, within: str = "") -> str:
    """The rules for a colour, in the dark and in the light, for a whole page or `within` it."""
    dark = _rule(within or ":root", colours.in_the_dark(accent), glow=30)
    light = _rule(f':root:not([data-scheme="dark"]) {within}'.strip(), colours.in_the_light(accent), glow=14)
    return composing.by_choice(f"{dark}\n@media (prefers-color-scheme: light) {{ {light} }}\n")


def _style(event: Event, turn: int) -> str:
    return _both(colours.turned(event.accent or colours.OWN_ACCENT, turn))


def _cards(site: Site) -> str:
    """Each stage's card in its stage's colour."""
    found = (
        _both(colours.turned(state.event.accent or colours.OWN_ACCENT, turn), within=f'[data-of="{stage.stage.id}"]')
        for state in site.board.events()
        if state.event.phase is Phase.PUBLISHED
        for turn, stage in enumerate(site.board.stages_of(state.event.id))
        if style_address(state.event, turn=turn)
    )
    return "".join(found)


def cards_address(site: Site) -> str:
    """Where the colours of all stages' cards are."""
    return f"/events/cards/{hashlib.sha256(_cards(site).encode()).hexdigest()[:10]}.css"


async def cards(request: Request) -> Response:
    """The colours of the stages that a dancer can go to, for a page that shows them all."""
    site = site_of(request)
    headers = {"cache-control": _FOR_GOOD if request.url.path == cards_address(site) else "no-cache"}
    return Response(_cards(site), media_type="text/css", headers=headers)


async def style(request: Request) -> Response:
    """A stage's colours, over those of `tokens.css`."""
    event = known_event(site_of(request), request.path_params["event"]).event
    marked = _MARK.fullmatch(request.path_params["mark"])
    turn = int(marked["turn"]) if marked else 0
    address = style_address(event, turn=turn)
    if address is None:
        raise NotKnown("look_unknown", "This event has the box's own colours.")
    current = request.url.path == address
    headers = {"cache-control": _FOR_GOOD if current else "no-cache"}
    return Response(_style(event, turn), media_type="text/css", headers=headers)


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
    Route("/events/cards/{mark}.css", cards),
    Route("/events/{event}/look/{mark}.css", style),
    Route("/events/{event}/logo/{name}", logo),
]
