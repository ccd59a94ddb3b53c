"""The captive portal's API (RFC 8908): a phone's own system asks here whether it is held, and where the page is.

Phones learn the address by DHCP (RFC 8910), and believe it over HTTPS only; over plain HTTP there is nothing here. It
says of a phone what its own probes would learn, and nothing by which anybody could tell which phone it is.
"""

import json

from starlette.responses import Response
from starlette.routing import Route

from appliance.domain import certificate
from appliance.domain.portal import Mode
from appliance.errors import NotKnown
from appliance.usecases import portal
from appliance.web.portal import WELCOME, client_of
from appliance.web.site import Request, site_of


async def captive(request: Request) -> Response:
    """Whether this phone is held, and until when it is not.

    Raises: NotKnown over plain HTTP.
    """
    if request.url.scheme != "https":
        raise NotKnown("page_unknown", "There is nothing at this address.", advice="Go home.")
    site = site_of(request)
    # The gate lets own names in only, so this leads back to where the phone already is.
    here = f"https://{request.headers['host']}"
    says: dict[str, object] = {"captive": False, "venue-info-url": f"{here}/"}
    if site.portal_mode() is Mode.PARTY:
        left_ms = await portal.released_for_ms(site.ports, client=client_of(request))
        says |= {"captive": left_ms == 0, "user-portal-url": here + WELCOME, "can-extend-session": True}
        if left_ms:
            says["seconds-remaining"] = left_ms // 1000
    return Response(
        json.dumps(says),
        headers={"content-type": "application/captive+json", "cache-control": "private, no-store"},
    )


ROUTES = [Route(certificate.API_PATH, captive)]
