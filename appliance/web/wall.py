"""The wall screen of a stage: for a projector or a TV that nobody touches for days.

It asks every half minute whether what its page was made of still holds, and reloads itself when it does not: so it
follows a new version of the program, another address, another name. The Wi-Fi's password is only on walls that may
know it: opened by staff, with the link from the staff page, or in the very network that the password opens.
"""

import hashlib
import ipaddress
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec import UNSET, UnsetType
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance import qr, wire
from appliance.domain import signing, timekeeping, zones
from appliance.domain.live_state import StageState
from appliance.domain.wifi import Wifi
from appliance.errors import NotAllowed
from appliance.usecases import posters
from appliance.web import asking, passes, stage_schedule, venue
from appliance.web.assets import static_mark
from appliance.web.looks import stage_look
from appliance.web.pages import live, plain
from appliance.web.site import Request, Site, site_of

_PURPOSE, _KEY = "wall", "wifi"
#: what stands in a wall's address and has to stay there
_CARRIED = ("lang", "safe", "key")
BEFORE_ON_WALL = 2


class WallOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a wall asks for again and again."""

    v: int
    #: of what the page was made of: another one means that the page should be loaded anew
    version: str
    #: what the clock on the wall shows, milliseconds since 1970 as if that were UTC; absent while the box does not know
    clock_ms: int | UnsetType = UNSET


def key_of(site: Site) -> str:
    """What the staff page puts into a wall's address, so that it may show the Wi-Fi for as long as it hangs."""
    return signing.sign(_KEY, key=site.keys.login, purpose=_PURPOSE)


def _came_by_own_network(request: Request) -> bool:
    network = site_of(request).settings.network
    if not network.topology.is_own or request.client is None:
        return False
    try:
        return ipaddress.ip_address(request.client.host) in ipaddress.ip_interface(network.address).network
    except ValueError:
        return False


async def _may_know_wifi(request: Request) -> bool:
    key = site_of(request).keys.login
    if signing.verify(request.query_params.get("key", ""), key=key, purpose=_PURPOSE) == _KEY:
        return True
    if _came_by_own_network(request):
        return True
    try:
        await asking.admin(request)
    except NotAllowed:
        return False
    return True


async def _wifi(request: Request) -> Wifi | None:
    """The network to join: the box's own, else the venue's if staff had it kept."""
    site = site_of(request)
    own = site.settings.wifi
    found = Wifi(own.ssid, own.passphrase.reveal(), own.hidden) if own.ssid else await posters.venue_wifi(site.ports)
    return found if found and await _may_know_wifi(request) else None


async def _frame(request: Request, state: StageState) -> dict[str, Any]:
    """All of the page that does not come by the stream."""
    site = site_of(request)
    event = site.board.event_of(state.stage.id)
    wifi = await _wifi(request)
    address = site.stage_url(state.stage.id)
    return {
        "stage": plain(wire.stage_out(state.stage)),
        "event": event.event.name if event else "",
        "look": stage_look(site, event.event, state.stage.id) if event else {"style": None, "logo": None},
        "address": address,
        "wifi": wifi.ssid if wifi else "",
        "wifi_code": qr.wifi_text(wifi.ssid, wifi.passphrase, hidden=wifi.hidden) if wifi else "",
        "safe": request.query_params.get("safe") == "1",
    }


def _version(frame: Mapping[str, Any], language: str) -> str:
    said = json.dumps([static_mark(), language, frame], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _carried(request: Request) -> str:
    kept = {name: request.query_params[name] for name in _CARRIED if name in request.query_params}
    return f"?{urlencode(kept)}" if kept else ""


def _clock_ms(site: Site, stage_id: str) -> int | None:
    """What the clock on the wall shows, as if it were in UTC; None while the box does not know what time it is."""
    now = site.ports.clock.now()
    event = site.board.event_of(stage_id)
    if event is None or not timekeeping.is_known(now.trust):
        return None
    local = datetime.fromtimestamp(now.wall_ms / 1000, UTC).astimezone(zones.zone(event.event.zone))
    ahead = local.utcoffset() or timedelta()
    return now.wall_ms + ahead // timedelta(milliseconds=1)


async def show(request: Request) -> Response:
    """The wall of one stage."""
    site = site_of(request)
    state = venue.found(site, request.path_params["stage"])
    where = live(site, state.stage.id, watcher=passes.WALL)
    language = asking.language(request)
    frame = await _frame(request, state)
    heard = await site.ports.reader.plays_of_stage(state.stage.id, limit=BEFORE_ON_WALL + 1)
    now = site.ports.clock.now()
    before = [play for play in heard if state.now is None or play.id != state.now.id][:BEFORE_ON_WALL]
    words = frame | {
        "pictures": {name: qr.svg(text).decode() for name in ("address", "wifi_code") if (text := frame[name])},
        "session": plain(wire.session_out(state.session, locked=state.is_hidden)) if state.session else None,
        "now": plain(wire.track_out(state.now, now)) if state.now else None,
        "before": [plain(wire.track_out(play, now)) for play in before],
        "schedule": stage_schedule.around(site, state, language=language),
        "live": where,
        "about": f"/screen/{state.stage.id}/about{_carried(request)}",
        "version": _version(frame, language),
    }
    response = site.pages.page("wall.html", words, language=language)
    response.headers["cache-control"] = "no-store"
    return response


async def about(request: Request) -> Response:
    """Whether the wall's page still holds, and what time it is."""
    site = site_of(request)
    state = venue.found(site, request.path_params["stage"])
    version = _version(await _frame(request, state), asking.language(request))
    clock_ms = _clock_ms(site, state.stage.id)
    told = WallOut(v=wire.VERSION, version=version, clock_ms=UNSET if clock_ms is None else clock_ms)
    return Response(wire.encode(told), media_type="application/json", headers={"cache-control": "no-store"})


async def choose(request: Request) -> Response:
    """The wall of the only stage, or the choice among several."""
    site = site_of(request)
    states = site.board.going_on()
    carried = _carried(request)
    if len(states) == 1:
        return RedirectResponse(f"/screen/{states[0].stage.id}{carried}", status_code=303)
    stages = [{"id": state.stage.id, "name": state.stage.name} for state in states]
    return site.pages.page("walls.html", {"stages": stages, "carried": carried}, language=asking.language(request))


ROUTES = [
    Route("/screen", choose),
    Route("/screen/{stage}", show),
    Route("/screen/{stage}/about", about),
]
