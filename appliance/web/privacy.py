"""What the box knows of a phone, in plain words, and the button that makes it forget."""

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance.domain import portal as rules
from appliance.domain.portal import RELEASE_FOR_MS
from appliance.usecases import portal, privacy
from appliance.web import accounts, asking, attending, passes
from appliance.web.banner import READ_COOKIE
from appliance.web.scheme import SCHEME_COOKIE
from appliance.web.site import Request, site_of

PRIVACY, FORGET = "/privacy", "/privacy/forget"
_MOST_SHOWN = 200
#: what goes from the phone itself; a login stays until its account is left
_FORGOTTEN = (
    *(asking.GUEST_COOKIE, asking.LANGUAGE_COOKIE, SCHEME_COOKIE),
    *(passes.PASS_COOKIE, READ_COOKIE, accounts.KNOWN_COOKIE),
)


async def show(request: Request) -> Response:
    """What is kept of this phone. Opening this page keeps nothing new."""
    site = site_of(request)
    phone = asking.known_phone(request)
    guests = attending.guests_of(site, phone) if phone else []
    liked = await site.ports.reader.liked_by(guests, limit=_MOST_SHOWN + 1) if guests else []
    assert request.client is not None  # uvicorn on TCP always knows it
    released = await portal.is_released(site.ports, client=site.client_at(request.client.host))
    words = {
        "known": phone is not None,
        "likes": min(len(liked), _MOST_SHOWN),
        "many": len(liked) > _MOST_SHOWN,
        "released": released,
        "hours": RELEASE_FOR_MS // 3_600_000,
        "days": asking.GUEST_MAX_AGE_S // 86_400,
        "forgotten": "forgotten" in request.query_params,
        "has_cloud": bool(site.settings.cloud.url),
    }
    response = site.pages.page("privacy.html", words, language=asking.language(request))
    asking.remember_language(request, response)
    return response


async def forget(request: Request) -> Response:
    """Forgets this phone, now."""
    site = site_of(request)
    await asking.form(request)
    assert request.client is not None  # uvicorn on TCP always knows it
    client = site.client_at(request.client.host)
    phone = asking.known_phone(request)
    # Also counted by where the phone is: one that throws its cookie away must not write without end.
    site.guest_writes.take(rules.client_key(client, salt=site.keys.login))
    if phone is not None:
        site.guest_writes.take(phone)
        await privacy.forget_phone(site.ports, phone=phone)
    if await portal.is_released(site.ports, client=client):
        await portal.take_back(site.ports, client=client)
    response = RedirectResponse(f"{PRIVACY}?forgotten", status_code=303)
    for cookie in _FORGOTTEN:
        response.delete_cookie(cookie, httponly=True, samesite="lax")
    return response


ROUTES = [
    Route(PRIVACY, show),
    Route(FORGET, forget, methods=["POST"]),
]
