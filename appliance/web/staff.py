"""The staff page: DJs' tokens, stages, posters, and how the box is."""

from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance import network, qr, wire
from appliance.domain.pairing import Code
from appliance.domain.portal import Mode
from appliance.errors import BoxError, Invalid, NotAllowed
from appliance.usecases import pairing, people, portal, stages
from appliance.web import accounts, asking, begin, evening, lights, wall
from appliance.web.api import redeem
from appliance.web.console import page_with_error
from appliance.web.own_account import token_words
from appliance.web.site import Request, Site, site_of
from appliance.web.words import LANGUAGES


def _login_page(request: Request, *, error: BoxError | None = None) -> Response:
    return page_with_error(request, "staff_login.html", {}, error=error)


async def _page(
    request: Request,
    *,
    error: BoxError | None = None,
    typed: Mapping[str, str] | None = None,
    new_token: Mapping[str, str] | None = None,
    new_code: Mapping[str, str] | None = None,
) -> Response:
    site = site_of(request)
    states = list(site.board.states())
    seen = await lights.look(site, language=LANGUAGES[0])
    addresses = [site.stage_url(state.stage.id) for state in states]
    words = {
        "tokens": [token_words(token) | {"dj": dj.name} for token, dj in await site.ports.reader.tokens()],
        "stages": [wire.stage_out(state.stage) for state in states],
        "new_token": new_token,
        "new_code": new_code,
        "links": site.links.door is not None,
        "verdict": lights.said(site.pages.words, LANGUAGES[0], seen.verdict),
        "lights": [lights.spoken(site.pages.words, LANGUAGES[0], light) for light in seen.lights if light.needs_look],
        "portal_mode": site.portal_mode().value,
        "wall_key": wall.key_of(site),
        "addresses": [address for address in addresses if address],
        "begin": await begin.on_staff_page(site),
        "form": {"dj_name": "", "device": "", "stage_name": "", **(typed or {})},
    }
    return page_with_error(request, "staff.html", words, error=error)


async def show(request: Request) -> Response:
    """The staff page, or the way in."""
    try:
        await asking.admin(request)
    except NotAllowed:
        return _login_page(request)
    return await _page(request)


async def setup(request: Request) -> Response:
    """The setup code for a pass."""
    fields = await asking.form(request)
    try:
        await redeem(request, code=fields.get("code", ""))
    except BoxError as error:
        return _login_page(request, error=error)
    response = RedirectResponse("/staff", status_code=303)
    asking.remember_staff(request, response)
    return response


async def logout(request: Request) -> Response:
    """Gives the pass back, and ends an admin's login."""
    await asking.form(request)
    response = RedirectResponse("/staff", status_code=303)
    response.delete_cookie(asking.STAFF_COOKIE, httponly=True, samesite="strict")
    await accounts.end_login(request, response)
    return response


async def add_dj(request: Request) -> Response:
    """A token for a DJ, shown in the answer and never again."""
    by = (await asking.admin(request)).actor
    fields = await asking.form(request)
    name, device = fields.get("name", ""), fields.get("device", "")
    site = site_of(request)
    try:
        issued = await people.issue_token(site.ports, dj_name=name, verifier=site.verifier, by=by, device=device)
    except BoxError as error:
        return await _page(request, error=error, typed={"dj_name": name, "device": device})
    return await _page(request, new_token={"dj": issued.dj.name, "name": issued.token.name, "token": issued.secret})


async def pair_dj(request: Request) -> Response:
    """A pairing code for a DJ's link, shown in the answer and never again."""
    by = (await asking.admin(request)).actor
    fields = await asking.form(request)
    name = fields.get("name", "")
    site = site_of(request)
    try:
        code, dj = await pairing.make_code(site.ports, dj_name=name, by=by)
    except BoxError as error:
        return await _page(request, error=error, typed={"dj_name": name, "device": fields.get("device", "")})
    invitation = site.links.invitation(code) or ""
    shown = {"dj": dj, "code": str(code), "invitation": invitation, "picture": _picture(site, code)}
    return await _page(request, new_code=shown)


def _picture(site: Site, code: Code) -> str:
    """The way to the DJs' page with the code, as a QR code; empty while no phone could get there."""
    http = site.settings.http
    url = network.pairing_url(public_url=http.public_url, bind_host=http.host, port=http.port, code=str(code))
    return qr.svg(url).decode() if url else ""


async def revoke(request: Request) -> Response:
    """Takes a token back."""
    by = (await asking.admin(request)).actor
    fields = await asking.form(request)
    try:
        await people.revoke_token(site_of(request).ports, token_id=fields.get("token", ""), by=by)
    except BoxError as error:
        return await _page(request, error=error)
    return RedirectResponse("/staff", status_code=303)


async def add_stage(request: Request) -> Response:
    """One more stage."""
    await asking.admin(request)
    name = (await asking.form(request)).get("name", "")
    try:
        await stages.add_stage(site_of(request).ports, name=name)
    except BoxError as error:
        return await _page(request, error=error, typed={"stage_name": name})
    return RedirectResponse("/staff", status_code=303)


async def set_portal(request: Request) -> Response:
    """What the captive portal does: one of three buttons."""
    by = (await asking.admin(request)).actor
    wanted = (await asking.form(request)).get("mode", "")
    try:
        if wanted not in [*Mode]:
            raise Invalid("mode_invalid", "mode must be party, quiet or gateway.", advice="Open the page again.")
        await portal.set_mode(site_of(request).ports, mode=Mode(wanted), by=by)
    except BoxError as error:
        return await _page(request, error=error)
    return RedirectResponse("/staff", status_code=303)


ROUTES = [
    Route("/staff", show),
    Route("/staff/setup", setup, methods=["POST"]),
    Route("/staff/logout", logout, methods=["POST"]),
    Route("/staff/djs", add_dj, methods=["POST"]),
    Route("/staff/djs/pair", pair_dj, methods=["POST"]),
    Route("/staff/tokens/revoke", revoke, methods=["POST"]),
    Route("/staff/stages", add_stage, methods=["POST"]),
    Route("/staff/portal", set_portal, methods=["POST"]),
    *evening.ROUTES,
    *begin.ROUTES,
]
