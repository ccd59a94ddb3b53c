"""Who asks and what they sent: cookies, tokens, bodies. Everything a route needs before it calls a use case."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response

from appliance.domain import accounts as account_rules
from appliance.domain import guests, signing
from appliance.domain.accounts import LOGIN_PREFIX, Account, Person, Role
from appliance.domain.models import Dj
from appliance.domain.players import Player
from appliance.errors import Invalid, NotAllowed
from appliance.usecases import accounts, people
from appliance.usecases.players import entering
from appliance.web.limits import too_large
from appliance.web.site import Request, Site, site_of
from appliance.web.words import LANGUAGES, chosen

GUEST_COOKIE = "pika_guest"
DJ_COOKIE = "pika_dj"
STAFF_COOKIE = "pika_staff"
LOGIN_COOKIE = "pika_login"
LANGUAGE_COOKIE = "pika_lang"
GUEST_MAX_AGE_S = 30 * 24 * 3600
#: what phones' cookies are signed for
_PHONE = "guest"
_LANGUAGE_MAX_AGE_S = 365 * 24 * 3600
_STAFF_FOR_MS = 12 * 3600 * 1000
_MOST_FIELDS = 50
_BODY_WITHIN_S = 15


@dataclass(frozen=True, slots=True)
class Phone:
    """An anonymous phone by its own id, which is in its cookie and is stored nowhere: see `domain.guests`."""

    id: str
    #: made for this very request: the answer must set the cookie
    new: bool


def phone_in(cookie: str, site: Site) -> str | None:
    """The phone that a cookie was written for, or None for one that the box did not write."""
    return signing.verify(cookie, key=site.keys.phone, purpose=_PHONE) if cookie else None


def known_phone(request: Request) -> str | None:
    """The phone that asks, or None without a cookie or with one that the box did not write."""
    return phone_in(request.cookies.get(GUEST_COOKIE, ""), site_of(request))


def phone_or_new(request: Request) -> Phone:
    """The phone that opens a page; a forged or foreign cookie is replaced."""
    known = known_phone(request)
    return Phone(id=known, new=False) if known else Phone(id=guests.new_phone(), new=True)


def phone(request: Request) -> str:
    """The phone that does something. For limits: what it does is its guest's, see `attending.guest_at`.

    Raises: NotAllowed with the code `guest_missing` or `guest_forged`.
    """
    if GUEST_COOKIE not in request.cookies:
        raise NotAllowed("guest_missing", "The box does not know this phone yet.", advice="Open the stage page first.")
    known = known_phone(request)
    if known is None:
        raise NotAllowed("guest_forged", "This guest id was not made by this box.", advice="Open the stage page again.")
    return known


def remember_phone(request: Request, response: Response, who: Phone) -> None:
    """Sets the phone's cookie if it is new."""
    if who.new:
        signed = signing.sign(who.id, key=site_of(request).keys.phone, purpose=_PHONE)
        response.set_cookie(GUEST_COOKIE, signed, max_age=GUEST_MAX_AGE_S, httponly=True, samesite="lax")


def language(request: StarletteRequest[Any]) -> str:
    """The language of the page to answer with: asked for in the address, chosen earlier, or the browser's own."""
    wanted = chosen_language(request) or request.cookies.get(LANGUAGE_COOKIE)
    return chosen(wanted=wanted, accepted=request.headers.get("accept-language", ""))


def chosen_language(request: Request) -> str:
    """What the language switch put into the address, to be carried on; empty without."""
    wanted = request.query_params.get("lang", "")
    return wanted if wanted in LANGUAGES else ""


def remember_language(request: Request, response: Response) -> None:
    """Marks an answer that differs by language, and keeps a choice that was made by the switch."""
    response.headers["vary"] = "Accept-Language, Cookie"
    response.headers["content-language"] = language(request)
    if wanted := chosen_language(request):
        response.set_cookie(LANGUAGE_COOKIE, wanted, max_age=_LANGUAGE_MAX_AGE_S, httponly=True, samesite="lax")


def _bearer(request: Request) -> str | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" and value.strip() else None


async def dj(request: Request) -> Dj:
    """The DJ who asks: by bearer token, by the console's cookie, or logged in with an account that is a DJ's.

    Raises: NotAllowed with the code `token_missing`, `token_wrong` or `account_waiting`.
    """
    site = site_of(request)
    secret = _bearer(request)
    if secret is not None and not secret.startswith(LOGIN_PREFIX):
        return (await people.dj_with_token(site.ports, secret=secret))[1]
    cookie = request.cookies.get(DJ_COOKIE) if secret is None else None
    digest = signing.verify(cookie, key=site.keys.login, purpose="dj") if cookie else None
    if digest is None:
        return await _dj_with_account(request)
    return (await people.dj_with_digest(site.ports, digest=digest))[1]


async def _dj_with_account(request: Request) -> Dj:
    site = site_of(request)
    found = await account(request)
    if found is not None and found.role is Role.DJ and found.acts_as is not Role.DJ:
        raise NotAllowed("account_waiting", "Nobody has said yes to this DJ yet.", advice="Speak to the staff.")
    known = await site.ports.reader.dj(found.dj_id) if found and found.acts_as is Role.DJ and found.dj_id else None
    if known is None:
        raise NotAllowed(
            "token_missing",
            "This is for DJs.",
            advice="Log in, or send a DJ's token as `Authorization: Bearer pk_dj_...`.",
        )
    return known


async def player(request: Request) -> Player:
    """The house player that asks, by its bearer token.

    Raises: NotAllowed with the code `token_missing` or `token_wrong`; TooMany with the code `too_many_requests`.
    """
    site, secret = site_of(request), _bearer(request)
    if secret is None:
        raise NotAllowed(
            "token_missing",
            "This is for house players.",
            advice="Send the player's token as `Authorization: Bearer pk_player_...`.",
        )
    found = await entering.player_with_token(site.ports, secret=secret)
    site.players.pace.take(found.id)
    return found


def remember_dj(request: Request, response: Response, *, secret: str) -> None:
    """Logs the console in. The cookie holds the token's digest, signed, never the token."""
    signed = signing.sign(people.digest(secret), key=site_of(request).keys.login, purpose="dj")
    response.set_cookie(DJ_COOKIE, signed, max_age=GUEST_MAX_AGE_S, httponly=True, samesite="lax")


def staff_pass(request: Request) -> str:
    """A signed pass for staff: good for twelve hours of this boot, whatever the wall clock says."""
    site = site_of(request)
    now = site.ports.clock.now()
    return signing.sign(f"{now.boot}:{now.boot_ms + _STAFF_FOR_MS}", key=site.keys.login, purpose="staff")


def _has_staff_pass(request: Request) -> bool:
    site = site_of(request)
    given = _bearer(request) or request.cookies.get(STAFF_COOKIE) or ""
    value = signing.verify(given, key=site.keys.login, purpose="staff")
    boot, _, until = (value or "").rpartition(":")
    now = site.ports.clock.now()
    return value is not None and boot == now.boot and now.boot_ms <= int(until)


def login_secret(request: Request) -> str | None:
    """What a login is known by: the bearer's token of a program, or a browser's cookie."""
    bearer = _bearer(request)
    return bearer if bearer is not None else request.cookies.get(LOGIN_COOKIE)


async def account(request: Request) -> Account | None:
    """The account that is logged in, if any."""
    secret = login_secret(request)
    return await accounts.account_with_login(site_of(request).ports, secret=secret) if secret else None


async def person(request: Request) -> Person | None:
    """Whoever is logged in; None for a guest. Staff with the pass of the setup code may do what an admin may."""
    found = await account(request)
    if found is not None:
        return Person(role=found.acts_as, account=found)
    return account_rules.STAFF if _has_staff_pass(request) else None


async def somebody(request: Request) -> Person:
    """Whoever is logged in.

    Raises: NotAllowed with the code `login_missing`.
    """
    found = await person(request)
    if found is None:
        raise NotAllowed("login_missing", "This is for people who are logged in.", advice="Log in first.")
    return found


async def _person_or_staff(request: Request, *, enough: Callable[[Person], bool]) -> Person | None:
    """Whoever is logged in, unless that is not enough and there is a pass for staff beside it."""
    found = await person(request)
    return account_rules.STAFF if _has_staff_pass(request) and not (found and enough(found)) else found


async def organiser(request: Request, event_id: str | None = None) -> Person:
    """An organiser, and of `event_id` its own; an admin and staff may run every event.

    Raises: NotAllowed with the code `login_missing`, `not_organiser` or `event_not_yours`.
    """
    found = await _person_or_staff(request, enough=lambda one: one.is_organiser)
    if found is None:
        raise NotAllowed("login_missing", "This is for organisers.", advice="Log in first.")
    if not found.is_organiser:
        raise NotAllowed("not_organiser", "This is for organisers.", advice="Log in as one.")
    if event_id is not None and not found.is_admin:
        assert found.account is not None  # staff may do what an admin may
        if event_id not in await site_of(request).ports.reader.events_of(found.account.id):
            raise NotAllowed("event_not_yours", "This event belongs to another organiser.", advice="Ask them.")
    return found


async def managed(request: Request) -> list[Player]:
    """The house players whose manager is logged in, in the order they were made."""
    found = await account(request)
    if found is None:
        return []
    return [one for one in await site_of(request).ports.reader.players() if one.manager_id == found.id]


async def music_keeper(request: Request) -> Person:
    """Whoever may bring music: an organiser, an admin, staff, or a house player's manager.

    Raises: NotAllowed with the code `login_missing` or `not_organiser`.
    """
    return await somebody(request) if await managed(request) else await organiser(request)


async def crew(request: Request) -> Person | None:
    """Whoever makes the evening: a DJ, an organiser, an admin, staff, or a house player's manager.

    None for a DJ, with an account or without.

    Raises: NotAllowed with the code `login_missing`, `token_wrong` or `account_waiting`.
    """
    found = await _person_or_staff(request, enough=lambda one: one.is_organiser)
    if found is not None and found.is_organiser:
        return found
    try:
        await dj(request)
    except NotAllowed as error:
        if found is not None and await managed(request):
            return found
        if error.code != "token_missing":
            raise
        raise NotAllowed("login_missing", "This is for DJs, organisers and staff.", advice="Log in first.") from error
    return None


async def admin(request: Request) -> Person:
    """An admin, or staff with the pass of the setup code.

    Raises: NotAllowed with the code `staff_missing` or `not_admin`.
    """
    found = await _person_or_staff(request, enough=lambda one: one.is_admin)
    if found is None:
        raise NotAllowed(
            "staff_missing", "This is for staff.", advice="Log in, or enter the setup code on the staff page."
        )
    if not found.is_admin:
        raise NotAllowed("not_admin", "This is for whoever runs the box.", advice="Log in as an admin.")
    return found


def remember_login(response: Response, *, secret: str) -> None:
    """Logs a browser in. What is kept here is only a digest of what the cookie holds."""
    response.set_cookie(LOGIN_COOKIE, secret, max_age=GUEST_MAX_AGE_S, httponly=True, samesite="lax")


def remember_staff(request: Request, response: Response) -> None:
    """Logs staff in."""
    response.set_cookie(STAFF_COOKIE, staff_pass(request), httponly=True, samesite="strict")


async def body(request: Request) -> bytes:
    """The body, read no further than the limit and waited for no longer than a bad link needs.

    Raises: BodyTooLarge with the code `body_too_large`; Invalid with the code `body_too_slow` or `body_cut`.
    """
    return await body_within(request, limit=site_of(request).settings.limits.body_bytes)


async def body_within(request: StarletteRequest[Any], *, limit: int) -> bytes:
    """As `body`, with a limit in bytes, also where there is no site."""
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > limit:
        raise too_large(limit)
    read = bytearray()
    try:
        async with asyncio.timeout(_BODY_WITHIN_S):
            async for part in request.stream():
                read += part
                if len(read) > limit:
                    raise too_large(limit)
    except TimeoutError:
        raise Invalid("body_too_slow", "The rest of the request did not come.", advice="Send it again.") from None
    except ClientDisconnect:
        # Phones at the edge of the Wi-Fi do this all night: no fault, and nobody is left to hear of it.
        raise Invalid("body_cut", "The request ended in the middle.") from None
    return bytes(read)


async def json_body(request: Request, *, limit: int = 0) -> bytes:
    """A JSON body; an absent one counts as `{}`. `limit` is in bytes, 0 for the usual one.

    Raises: Invalid with the code `not_json`; as `body`.
    """
    data = await body_within(request, limit=limit) if limit else await body(request)
    if not data:
        return b"{}"
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Invalid("not_json", "The body must be JSON.", advice="Send Content-Type: application/json.")
    return data


async def form(request: Request) -> dict[str, str]:
    """An HTML form's fields.

    Raises: Invalid with the code `form_broken`; as `body`.
    """
    return form_fields(await body(request))


def form_fields(data: bytes) -> dict[str, str]:
    """The fields of a form's body. Raises: Invalid with the code `form_broken`."""
    try:
        pairs = parse_qsl(data.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except (ValueError, UnicodeDecodeError) as error:
        raise Invalid("form_broken", "The form can't be read.", advice="Open the page again.") from error
    return dict(pairs)
