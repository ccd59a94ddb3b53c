"""The routes of organisers: sign in with an access key, claim a box by the code it shows."""

import re

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance.errors import NotAllowed, NotKnown, Refused
from sync.cloud import enrolment, organisations
from sync.cloud.web import asking
from sync.cloud.web.site import Request, site_of

#: one of our own addresses: a link to the sign-in must lead nobody elsewhere
_OWN = re.compile(r"/(?!/)[A-Za-z0-9/_.-]{0,200}")


def _to(address: str) -> Response:
    return RedirectResponse(address, status_code=303)


async def start(request: Request) -> Response:
    """The way in."""
    await asking.organiser(request)
    return _to("/boxes")


async def login_page(request: Request) -> Response:
    """Asks for the access key."""
    return site_of(request).pages.page("login.html", {"error": None, "next": ""})


async def login(request: Request) -> Response:
    """Signs in."""
    site = site_of(request)
    fields = await asking.form(request)
    wanted = fields.get("next", "")
    try:
        # Guessing 192 bits needs no brake, and one for all would keep everybody out.
        who = await organisations.with_key(site.database, fields.get("key", ""))
    except NotAllowed as error:
        return site.pages.page("login.html", {"error": error, "next": wanted}, status=403)
    response = _to(wanted if _OWN.fullmatch(wanted) else "/boxes")
    asking.remember(request, response, who)
    return response


async def logout(request: Request) -> Response:
    """Signs out."""
    await asking.form(request)
    response = _to("/login")
    response.delete_cookie(asking.COOKIE)
    return response


async def claim_page(request: Request) -> Response:
    """Asks for the code that a box shows."""
    who = await asking.organiser(request)
    return site_of(request).pages.page("claim.html", {"organisation": who.name, "error": None})


async def claim(request: Request) -> Response:
    """Makes a box the organisation's."""
    site = site_of(request)
    who = await asking.organiser(request)
    fields = await asking.form(request)
    site.tries.check(who.key_id)
    try:
        await enrolment.claim(site.database, org=who.org_id, code=fields.get("code", ""), now_ms=site.now_ms())
    except NotKnown as error:
        site.tries.failed(who.key_id)
        return site.pages.page("claim.html", {"organisation": who.name, "error": error}, status=404)
    except Refused as error:
        return site.pages.page("claim.html", {"organisation": who.name, "error": error}, status=409)
    site.tries.succeeded(who.key_id)
    return _to("/boxes")


ROUTES = [
    Route("/", start, methods=["GET"]),
    Route("/login", login_page, methods=["GET"]),
    Route("/login", login, methods=["POST"]),
    Route("/logout", logout, methods=["POST"]),
    Route("/claim", claim_page, methods=["GET"]),
    Route("/claim", claim, methods=["POST"]),
]
