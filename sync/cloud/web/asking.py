"""Who asks and what they sent: signed requests of boxes, logins of people, bodies within bounds."""

import asyncio
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from appliance.domain import signing
from appliance.errors import Invalid, NotAllowed
from sync.cloud import identity
from sync.cloud.enrolment import KnownBox, Revoked, box_of_key
from sync.cloud.fleet.rules import Kind
from sync.cloud.identity import Authorisation
from sync.cloud.organisations import Organiser, with_key_id
from sync.cloud.web.site import Request, site_of

COOKIE = "pika_cloud"
SIGNED_IN_FOR_MS = 12 * 3600 * 1000
FORM_MOST = 4096
#: without a byte for so long, nobody is there; for each part of a body, and slow links need their time for the whole
_SILENCE_S, _BODY_WITHIN_S, _SLOWEST = 20.0, 30.0, 4096
_MOST_FIELDS = 20


async def body_within(request: Request, *, limit: int) -> bytes:
    """The body, read no further than `limit` bytes and waited for no longer than a bad link needs.

    Raises: Invalid with the code `body_too_large`, `body_too_slow` or `body_cut`.
    """
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > limit:
        raise _too_large(limit)
    read = bytearray()
    try:
        async with asyncio.timeout(_BODY_WITHIN_S + limit / _SLOWEST), asyncio.timeout(_SILENCE_S) as silence:
            async for part in request.stream():
                silence.reschedule(asyncio.get_running_loop().time() + _SILENCE_S)
                read += part
                if len(read) > limit:
                    raise _too_large(limit)
    except TimeoutError:
        raise Invalid("body_too_slow", "The rest of the request did not come.", advice="Send it again.") from None
    except ClientDisconnect:
        raise Invalid("body_cut", "The request ended in the middle.") from None
    return bytes(read)


def _too_large(limit: int) -> Invalid:
    return Invalid("body_too_large", f"The body is larger than {limit} bytes.", advice="Send less at once.")


def authorisation(request: Request) -> Authorisation:
    """Who a request says it is from, with a nonce of ours: all that can be known before its body is read.

    Raises: NotAllowed with the code `signature_missing` or `nonce_needed`.
    """
    site = site_of(request)
    said = identity.read_authorisation(request.headers.get("authorization", ""))
    if said is None:
        raise NotAllowed("signature_missing", "This request is not signed by a box.", advice="Sign it.")
    site.keys.check_nonce(said.nonce, now_ms=site.now_ms())
    return said


def check_signature(request: Request, said: Authorisation, *, body: bytes, by: bytes) -> None:
    """Raises: NotAllowed with the code `signature_wrong` unless the owner of the key `by` sent this very request."""
    path = request.scope.get("raw_path", b"").decode("latin-1") or request.url.path
    query = request.scope["query_string"].decode("latin-1")
    target = f"{path}?{query}" if query else path
    text = identity.signed_text(request.method, target, body, nonce=said.nonce)
    if not identity.is_signed(text, said.signature, by=by):
        raise NotAllowed("signature_wrong", "The signature is not of this request.")


@dataclass(frozen=True, slots=True)
class Shown:
    """A box that says who it is, before its body was read."""

    said: Authorisation
    box: KnownBox


async def shown(request: Request) -> Shown:
    """The box that a request says it is from. Nothing is proven before `signed_body`.

    Raises: NotAllowed with the code `signature_missing`, `nonce_needed`, `key_unknown` or `key_revoked`; Unavailable.
    """
    site = site_of(request)
    said = authorisation(request)
    try:
        return Shown(said, await box_of_key(site.database, said.key, now_ms=site.now_ms()))
    except Revoked as error:
        await site.watching.note(Kind.REVOKED, org=error.org, box=error.box, subject=error.key)
        raise


async def signed_body(request: Request, who: Shown, *, limit: int = 0) -> bytes:
    """What the box sent, at most `limit` bytes: now it is known to be from it.

    Raises: NotAllowed with the code `signature_wrong`; as `body_within`.
    """
    body = await body_within(request, limit=limit)
    check_signature(request, who.said, body=body, by=who.box.public_key)
    return body


async def organiser(request: Request) -> Organiser:
    """Who is signed in. Raises: NotAllowed with the code `sign_in_needed`; Unavailable."""
    site = site_of(request)
    value = signing.verify(request.cookies.get(COOKIE, ""), key=site.keys.cookie, purpose="organiser")
    key_id, _, until = (value or "").rpartition(":")
    who = await with_key_id(site.database, key_id) if value and site.now_ms() < int(until) else None
    if who is None:
        raise NotAllowed("sign_in_needed", "Sign in first.", advice="You need your organisation's access key.")
    return who


def remember(request: Request, response: Response, who: Organiser) -> None:
    """Signs somebody in. The cookie holds the key's id, signed, never the key."""
    site = site_of(request)
    value = signing.sign(f"{who.key_id}:{site.now_ms() + SIGNED_IN_FOR_MS}", key=site.keys.cookie, purpose="organiser")
    secure = (site.settings.public_url or str(request.url)).startswith("https:")
    response.set_cookie(COOKIE, value, max_age=SIGNED_IN_FOR_MS // 1000, httponly=True, samesite="lax", secure=secure)


def is_own_origin(headers: Headers) -> bool:
    """Whether a form comes from one of our own pages, or from no page at all."""
    origin = headers.get("origin")
    if origin is not None:
        try:
            # The scheme is the proxy's business; a page of the same name is ours.
            return urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""
        except ValueError:
            return False
    return headers.get("sec-fetch-site", "none") in {"none", "same-origin"}


def check_origin(request: Request) -> None:
    """Raises: NotAllowed with the code `origin_foreign` for what another site's page sends."""
    if not is_own_origin(request.headers):
        raise NotAllowed("origin_foreign", "This form comes from another site's page.", advice="Use our own.")


async def form(request: Request) -> dict[str, str]:
    """The fields of a form of one of our pages, of several of one name the last.

    Raises: as `fields`.
    """
    return dict(await fields(request))


async def fields(request: Request, *, limit: int = FORM_MOST, most: int = _MOST_FIELDS) -> list[tuple[str, str]]:
    """The fields of a form of one of our pages, `most` of them in `limit` bytes.

    Raises: NotAllowed with the code `origin_foreign`; Invalid with the code `form_broken`; as `body_within`.
    """
    check_origin(request)
    data = await body_within(request, limit=limit)
    try:
        return parse_qsl(data.decode("ascii"), keep_blank_values=True, max_num_fields=most, errors="strict")
    except (ValueError, UnicodeDecodeError) as error:
        raise Invalid("form_broken", "The form can't be read.", advice="Open the page again.") from error
