"""Log in and register: pages that work without a script, in the visitor's language.

A form that can't be used comes back with what was typed, but never with the password.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appliance.domain import accounts as rules
from appliance.domain import signing
from appliance.domain.accounts import Account, Role
from appliance.domain.portal import client_key
from appliance.errors import BoxError, Invalid
from appliance.usecases import accounts
from appliance.usecases.accounts import LoggedIn, Registration
from appliance.web import asking, attending
from appliance.web.portal import client_of
from appliance.web.problems import headers_of, status_of
from appliance.web.site import Request, site_of
from appliance.web.tries import Trier

#: which account a browser was logged in with last: kept over the logout, so that strangers' guesses lock nobody out
KNOWN_COOKIE = "pika_known"
_KNOWN = "known"
_KNOWN_MAX_AGE_S = 400 * 24 * 3600
LOGIN, REGISTER, ACCOUNT = "/login", "/register", "/account"
#: where people go who did not come from anywhere
HOMES = {Role.DANCER: ACCOUNT, Role.DJ: "/dj", Role.ORGANISER: "/organiser", Role.ADMIN: "/admin"}
# A path of this box, and nothing that a browser could take for another one's.
_OWN_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9/_.~?=&%-]{0,200}")


def _account_key(request: Request, email: str) -> str:
    """What an account is counted under, without saying whose it is."""
    key = site_of(request).keys.login
    return hmac.new(key, f"email\0{rules.email_key(email)}".encode(), hashlib.sha256).hexdigest()


def trier(request: Request, *, email: str) -> Trier:
    """Who tries to log in or to register, under keys that say nothing of anybody."""
    site, phone = site_of(request), asking.known_phone(request)
    known = request.cookies.get(KNOWN_COOKIE, "")
    return Trier(
        address=client_key(client_of(request), salt=site.keys.login),
        browser=phone,
        account=_account_key(request, email),
        has_stayed=phone is not None and any(map(site.counting.has_stayed, attending.guests_of(site, phone))),
        known_by=signing.verify(known, key=site.keys.login, purpose=_KNOWN) if known else None,
    )


async def log_in(request: Request, *, email: str, password: str) -> LoggedIn:
    """Lets somebody in through any door, with guessing slowed down. Raises as `accounts.log_in`, and TooMany."""
    site, who = site_of(request), trier(request, email=email[: rules.EMAIL_MAX + 1])
    site.gatekeeper.logins.take(who)
    done = await accounts.log_in(site.ports, site.gatekeeper.passwords, email=email, password=password)
    site.gatekeeper.logins.give_back(who)
    return done


async def register(request: Request, *, wanted: Registration) -> Account:
    """An account through any door, not too many. Raises as `accounts.register`, and TooMany."""
    site, who = site_of(request), trier(request, email=wanted.email[: rules.EMAIL_MAX + 1])
    site.gatekeeper.registrations.take(who)
    try:
        return await accounts.register(site.ports, site.gatekeeper.passwords, wanted=wanted)
    except Invalid:
        # Whoever mistypes makes nothing and learns nothing.
        site.gatekeeper.registrations.give_back(who)
        raise


def next_path(wanted: str) -> str:
    """Where to go after the login, if that is on this box; else nothing."""
    return wanted if _OWN_PATH.fullmatch(wanted) else ""


def said(request: Request, error: BoxError | None) -> dict[str, str] | None:
    """An error in the visitor's language, as far as the catalogue has it."""
    if error is None:
        return None
    words, key = site_of(request).pages.words, f"people.error_{error.code}"
    if not words.has(key):
        return {"detail": error.detail, "advice": error.advice}
    return {"detail": words.text(asking.language(request), key), "advice": ""}


def page(request: Request, name: str, words: Mapping[str, object], *, error: BoxError | None = None) -> Response:
    """A page of this family, with an error if there is one."""
    shown = {"here": request.url.path, "error": said(request, error), **words}
    status = status_of(error) if error else 200
    response = site_of(request).pages.page(name, shown, status=status, language=asking.language(request))
    asking.remember_language(request, response)
    response.headers.update(headers_of(error) if error else {})
    return response


def _login_page(request: Request, typed: Mapping[str, str], *, error: BoxError | None = None) -> Response:
    words = {
        "email": typed.get("email", ""),
        "next": next_path(typed.get("next", "")),
        "forgotten": "forgotten" in request.query_params,
    }
    return page(request, "login.html", words, error=error)


async def show_login(request: Request) -> Response:
    """The way in; whoever is in already goes on."""
    account = await asking.account(request)
    if account is not None:
        return RedirectResponse(next_path(request.query_params.get("next", "")) or ACCOUNT, status_code=303)
    return _login_page(request, {"next": request.query_params.get("next", "")})


async def take_login(request: Request) -> Response:
    """E-mail and password for a cookie."""
    fields = await asking.form(request)
    try:
        done = await log_in(request, email=fields.get("email", ""), password=fields.get("password", ""))
    except BoxError as error:
        return _login_page(request, fields, error=error)
    return welcome(request, done, going_to=next_path(fields.get("next", "")))


def welcome(request: Request, done: LoggedIn, *, going_to: str) -> Response:
    """To where somebody wanted to go who has just come in, with the cookies for it."""
    response = RedirectResponse(going_to or HOMES[done.account.acts_as], status_code=303)
    asking.remember_login(response, secret=done.secret)
    known = signing.sign(_account_key(request, done.account.email), key=site_of(request).keys.login, purpose=_KNOWN)
    response.set_cookie(KNOWN_COOKIE, known, max_age=_KNOWN_MAX_AGE_S, httponly=True, samesite="lax")
    return response


def _register_page(request: Request, typed: Mapping[str, str], *, error: BoxError | None = None) -> Response:
    role = typed.get("role", "")
    words = {
        "email": typed.get("email", ""),
        "name": typed.get("name", ""),
        "role": role if role in [*rules.REGISTERS_AS] else Role.DANCER.value,
        "roles": [one.value for one in rules.REGISTERS_AS],
        "shortest": rules.PASSWORD_MIN,
        "longest": rules.PASSWORD_MAX,
    }
    return page(request, "register.html", words, error=error)


async def show_register(request: Request) -> Response:
    """The form for an account."""
    return _register_page(request, {"role": request.query_params.get("as", "")})


async def take_register(request: Request) -> Response:
    """An account for whoever asks; they are logged in with it at once, and whoever needs a yes is told to wait."""
    fields = await asking.form(request)
    try:
        if fields.get("role", "") not in [*rules.REGISTERS_AS]:
            raise Invalid("role_invalid", "role must be dancer, dj or organiser.", advice="Open the page again.")
        wanted = Registration(
            role=Role(fields["role"]),
            email=fields.get("email", ""),
            name=fields.get("name", ""),
            password=fields.get("password", ""),
        )
        account = await register(request, wanted=wanted)
    except BoxError as error:
        return _register_page(request, fields, error=error)
    done = await accounts.begin_login(site_of(request).ports, account_id=account.id)
    return welcome(request, done, going_to=ACCOUNT)


def to_login(request: Request) -> Response:
    """To the way in, and back here after it."""
    return RedirectResponse(f"{LOGIN}?{urlencode({'next': request.url.path})}", status_code=303)


async def end_login(request: Request, response: Response) -> None:
    """Forgets the browser's login, here and in the browser."""
    secret = request.cookies.get(asking.LOGIN_COOKIE)
    if secret:
        await accounts.log_out(site_of(request).ports, secret=secret)
        response.delete_cookie(asking.LOGIN_COOKIE, httponly=True, samesite="lax")


async def logout(request: Request) -> Response:
    """Ends this browser's login."""
    await asking.form(request)
    response = RedirectResponse("/", status_code=303)
    await end_login(request, response)
    return response


ROUTES = [
    Route(LOGIN, show_login),
    Route(LOGIN, take_login, methods=["POST"]),
    Route(REGISTER, show_register),
    Route(REGISTER, take_register, methods=["POST"]),
    Route("/logout", logout, methods=["POST"]),
]
