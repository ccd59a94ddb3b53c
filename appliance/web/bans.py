"""`/admin/guests`: who says most at an event, whose words do not count, and what that does to the sums."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance import wire
from appliance.domain.accounts import Person
from appliance.domain.bans import WHY_MAX, Ban, Weight
from appliance.errors import BoxError
from appliance.usecases import bans
from appliance.usecases.stages import meant_event
from appliance.web import asking
from appliance.web.admin import ADMIN, before_in, for_admins
from appliance.web.console import page_with_error
from appliance.web.site import Request, Site, site_of
from appliance.web.trail import who

GUESTS = f"{ADMIN}/guests"
LOUDEST_SHOWN, BANS_SHOWN = 30, 30
#: of a guest's id: enough to tell those of one event apart
SHORT = 8


def _weight_words(weight: Weight, *, banned: bool) -> dict[str, Any]:
    return {
        "guest": weight.guest_id,
        "short": weight.guest_id[:SHORT],
        "likes": weight.likes,
        "tempo_votes": weight.tempo_votes,
        "reactions": weight.reactions,
        "answers": weight.answers,
        "counted": weight.counted,
        "discounted": weight.discounted,
        "banned": banned,
    }


async def _ban_words(site: Site, ban: Ban) -> dict[str, Any]:
    weight, by = await site.ports.reader.weight(ban.guest_id), await site.ports.reader.account(ban.by.id)
    return {
        "guest": ban.guest_id,
        "short": ban.guest_id[:SHORT],
        "why": ban.why,
        "who": who(ban.by.kind, by.name if by else ""),
        "since": wire.utc(ban.since.wall_ms),
        "lifted": wire.utc(ban.lifted.wall_ms) if ban.lifted else "",
        "counted": weight.counted,
        "discounted": weight.discounted,
    }


async def _page(
    request: Request, event_id: str, *, error: BoxError | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    site, reader = site_of(request), site_of(request).ports.reader
    events = await reader.events()
    event = next((one for one in events if one.id == event_id), None) or meant_event(events)
    loudest = await reader.loudest(event.id, limit=LOUDEST_SHOWN)
    banned = await reader.banned_among([one.guest_id for one in loudest])
    found = await reader.bans(event.id, before=before_in(request), limit=BANS_SHOWN + 1)
    more = urlencode({"event": event.id, "before": found[BANS_SHOWN - 1].number}) if len(found) > BANS_SHOWN else ""
    given = typed or {}
    words = {
        "events": [{"id": one.id, "name": one.name} for one in events],
        "event": event.id,
        "loudest": [_weight_words(one, banned=one.guest_id in banned) for one in loudest],
        "bans": [await _ban_words(site, ban) for ban in found[:BANS_SHOWN]],
        "more": more,
        "longest": WHY_MAX,
        "typed": {"guest": given.get("guest", ""), "why": given.get("why", "")},
    }
    return page_with_error(request, "admin_guests.html", words, error=error)


async def show(request: Request, person: Person) -> Response:
    """The guests of one event."""
    del person
    return await _page(request, request.query_params.get("event", ""))


def _back(event_id: str) -> Response:
    return RedirectResponse(f"{GUESTS}?{urlencode({'event': event_id})}", status_code=303)


async def ban(request: Request, person: Person) -> Response:
    """What somebody says does not count any more."""
    fields = await asking.form(request)
    event_id, guest_id = fields.get("event", ""), fields.get("guest", "")
    try:
        await bans.ban(
            site_of(request).ports, guest_id=guest_id, event_id=event_id, why=fields.get("why", ""), by=person.actor
        )
    except BoxError as error:
        return await _page(request, event_id, error=error, typed=fields)
    return _back(event_id)


async def lift(request: Request, person: Person) -> Response:
    """It counts again."""
    fields = await asking.form(request)
    event_id = fields.get("event", "")
    try:
        await bans.lift(site_of(request).ports, guest_id=fields.get("guest", ""), event_id=event_id, by=person.actor)
    except BoxError as error:
        return await _page(request, event_id, error=error)
    return _back(event_id)


ROUTES = [
    Route(GUESTS, for_admins(show)),
    Route(f"{GUESTS}/ban", for_admins(ban), methods=["POST"]),
    Route(f"{GUESTS}/lift", for_admins(lift), methods=["POST"]),
]
