"""The night to take along: a guest's link to the cloud, as text and as a picture. Only where the box has a cloud.

The secret is in the link's fragment, which no server and no log on the way ever sees.
"""

from starlette.responses import Response
from starlette.routing import Route

from appliance import qr
from appliance.domain import portal as rules
from appliance.domain.models import Event, Phase
from appliance.errors import NotKnown
from appliance.usecases import claims
from appliance.web import asking
from appliance.web.site import Request, Site, site_of

KEEP = "/keep"
#: events to choose from
_EVENTS_MOST = 10


def is_offered(site: Site) -> bool:
    """Whether there is a cloud to take the night to."""
    return bool(site.settings.cloud.url)


def _cloud_of(site: Site) -> str:
    if not is_offered(site):
        raise NotKnown("no_cloud", "This box reports to nobody, so there is nothing to take along.", advice="")
    return site.settings.cloud.url


def _events(site: Site) -> list[Event]:
    """What can be taken along, the newest first: what dancers have ever found."""
    events = [state.event for state in site.board.events() if state.event.phase is not Phase.DRAFT]
    return events[::-1][:_EVENTS_MOST]


def _meant(site: Site, wanted: str) -> Event:
    """The event that was chosen; the only one where there is no choice.

    Raises: NotKnown with the code `event_unknown`.
    """
    known = _events(site)
    chosen = next((event for event in known if event.id == wanted), None)
    if chosen is not None or (not wanted and len(known) == 1):
        return chosen or known[0]
    raise NotKnown("event_unknown", "There is no such event here.", advice="Choose one from the list of events.")


def _link(site: Site, secret: str) -> str:
    return f"{_cloud_of(site)}/c#{site.box_id}.{secret}"


async def show(request: Request) -> Response:
    """What the link does. Opening this page makes nothing."""
    site = site_of(request)
    _cloud_of(site)
    events = [{"id": event.id, "name": event.name} for event in _events(site)]
    response = site.pages.page("keep.html", {"link": None, "events": events}, language=asking.language(request))
    asking.remember_language(request, response)
    return response


async def make(request: Request) -> Response:
    """The guest's link. The same phone gets the same one again."""
    site = site_of(request)
    _cloud_of(site)
    fields = await asking.form(request)
    event_id = _meant(site, fields.get("event", "")).id
    who = asking.phone_or_new(request)
    assert request.client is not None  # uvicorn on TCP always knows it
    site.guest_writes.take(rules.client_key(site.client_at(request.client.host), salt=site.keys.login))
    secret = await claims.claim(site.ports, phone=who.id, event_id=event_id, stage_id=fields.get("stage") or None)
    link = _link(site, secret)
    picture = qr.svg(link).decode()
    response = site.pages.page(
        "keep.html", {"link": link, "picture": picture, "events": []}, language=asking.language(request)
    )
    # The page holds the secret: no copy of it is left in this phone's or anybody's cache.
    response.headers["cache-control"] = "no-store"
    asking.remember_phone(request, response, who)
    return response


ROUTES = [Route(KEEP, show), Route(KEEP, make, methods=["POST"])]
