"""Who asks and what they sent: cookies, tokens, bodies. Everything a route needs before it calls a use case."""

import asyncio
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from appliance.domain import signing
from appliance.domain.models import Dj
from appliance.errors import Invalid, NotAllowed
from appliance.usecases import people
from appliance.web.limits import too_large
from appliance.web.site import Request, site_of
from appliance.web.words import chosen

GUEST_COOKIE = "pika_guest"
DJ_COOKIE = "pika_dj"
STAFF_COOKIE = "pika_staff"
LANGUAGE_COOKIE = "pika_lang"
_GUEST_MAX_AGE_S = 30 * 24 * 3600
_STAFF_FOR_MS = 12 * 3600 * 1000
_MOST_FIELDS = 50
_BODY_WITHIN_S = 15


@dataclass(frozen=True, slots=True)
class Guest:
    """An anonymous phone."""

    id: str
    #: made for this very request: the answer must set the cookie
    new: bool


def known_guest(request: Request) -> str | None:
    """The guest's id, or None without a cookie or with one that the box did not write."""
    cookie = request.cookies.get(GUEST_COOKIE)
    return signing.verify(cookie, key=site_of(request).keys.guest, purpose="guest") if cookie else None


def guest_or_new(request: Request) -> Guest:
    """The guest who opens a page; a forged or foreign cookie is replaced."""
    known = known_guest(request)
    return Guest(id=known, new=False) if known else Guest(id=secrets.token_hex(12), new=True)


def guest(request: Request) -> str:
    """The guest who does something.

    Raises: NotAllowed with the code `guest_missing` or `guest_forged`.
    """
    if GUEST_COOKIE not in request.cookies:
        raise NotAllowed("guest_missing", "The box does not know this phone yet.", advice="Open the stage page first.")
    known = known_guest(request)
    if known is None:
        raise NotAllowed("guest_forged", "This guest id was not made by this box.", advice="Open the stage page again.")
    return known


def remember_guest(request: Request, response: Response, who: Guest) -> None:
    """Sets the guest's cookie if it is new."""
    if who.new:
        signed = signing.sign(who.id, key=site_of(request).keys.guest, purpose="guest")
        response.set_cookie(GUEST_COOKIE, signed, max_age=_GUEST_MAX_AGE_S, httponly=True, samesite="lax")


def language(request: Request) -> str:
    """The language of the page to answer with: asked for in the address, chosen earlier, or the browser's own."""
    wanted = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return chosen(wanted=wanted, accepted=request.headers.get("accept-language", ""))


def _bearer(request: Request) -> str | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" and value.strip() else None


async def dj(request: Request) -> Dj:
    """The DJ who asks, by bearer token or by the console's cookie.

    Raises: NotAllowed with the code `token_missing` or `token_wrong`.
    """
    site = site_of(request)
    secret = _bearer(request)
    if secret is not None:
        return (await people.dj_with_token(site.ports, secret=secret))[1]
    cookie = request.cookies.get(DJ_COOKIE)
    digest = signing.verify(cookie, key=site.keys.login, purpose="dj") if cookie else None
    if digest is None:
        raise NotAllowed(
            "token_missing", "This needs a DJ token.", advice="Send it as `Authorization: Bearer pk_dj_...`."
        )
    found = await site.ports.reader.token_by_digest(digest)
    if found is None:
        raise NotAllowed("token_wrong", "This DJ token does not work any more.", advice="Ask staff for a new one.")
    return found[1]


def remember_dj(request: Request, response: Response, *, secret: str) -> None:
    """Logs the console in. The cookie holds the token's digest, signed, never the token."""
    signed = signing.sign(people.digest(secret), key=site_of(request).keys.login, purpose="dj")
    response.set_cookie(DJ_COOKIE, signed, max_age=_GUEST_MAX_AGE_S, httponly=True, samesite="lax")


def staff_pass(request: Request) -> str:
    """A signed pass for staff: good for twelve hours of this boot, whatever the wall clock says."""
    site = site_of(request)
    now = site.ports.clock.now()
    return signing.sign(f"{now.boot}:{now.boot_ms + _STAFF_FOR_MS}", key=site.keys.login, purpose="staff")


def staff(request: Request) -> None:
    """Staff only.

    Raises: NotAllowed with the code `staff_missing`.
    """
    site = site_of(request)
    given = _bearer(request) or request.cookies.get(STAFF_COOKIE) or ""
    value = signing.verify(given, key=site.keys.login, purpose="staff")
    boot, _, until = (value or "").rpartition(":")
    now = site.ports.clock.now()
    if value is None or boot != now.boot or now.boot_ms > int(until):
        raise NotAllowed("staff_missing", "This is for staff.", advice="Enter the setup code on the staff page.")


def remember_staff(request: Request, response: Response) -> None:
    """Logs staff in."""
    response.set_cookie(STAFF_COOKIE, staff_pass(request), httponly=True, samesite="strict")


async def body(request: Request, *, limit: int | None = None) -> bytes:
    """The body, read no further than the limit (bytes) and waited for no longer than a bad link needs.

    Raises: BodyTooLarge with the code `body_too_large`; Invalid with the code `body_too_slow` or `body_cut`.
    """
    limit = limit or site_of(request).settings.limits.body_bytes
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


async def json_body(request: Request) -> bytes:
    """A JSON body; an absent one counts as `{}`.

    Raises: Invalid with the code `not_json`; as `body`.
    """
    data = await body(request)
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
    data = await body(request)
    try:
        pairs = parse_qsl(data.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except (ValueError, UnicodeDecodeError) as error:
        raise Invalid("form_broken", "The form can't be read.", advice="Open the page again.") from error
    return dict(pairs)
