"""The gate before every route: own addresses only, own pages only, and the same safe headers on every answer.

Plain HTTP on a venue's Wi-Fi: `Host` keeps DNS rebinding out, `Origin` keeps other sites' scripts and forms out.
An IP address can't be rebound and a name under a private suffix can't be registered, so those need no list.
"""

import ipaddress
import re
from collections.abc import Awaitable, Callable, Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from appliance.errors import NotAllowed, Refused
from appliance.venue import looks_public
from appliance.web.problems import problem_response

_PRIVATE_SUFFIXES = (".local", ".internal", ".lan", ".home.arpa", ".localhost", ".test")
_NAME = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*\.?")
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^:\[\]]+)(:(?P<port>\d{1,5}))?")

#: what a request for another host's name gets instead of a refusal, if anything
Stray = Callable[[Scope, str], Awaitable[Response | None]]

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    # Not `no-referrer`: with it browsers send `Origin: null` with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
#: what of it means something where there is no document; a hall opens a thousand streams at once
STREAM_HEADERS = {name: SECURITY_HEADERS[name] for name in ("x-content-type-options", "cross-origin-resource-policy")}


def _host_name(host: str) -> str | None:
    """The name or the address in a Host header, without port and brackets; None when there is neither."""
    found = _HOST.fullmatch(host.strip().lower())
    return found["name"].strip("[]") if found else None


def is_own_host(host: str, *, names: Iterable[str], captures: bool = False) -> bool:
    """Whether a Host header can only mean this box.

    Where the box `captures` the web of every address, one in the internet means somebody else unless it is in `names`.
    """
    name = _host_name(host)
    if name is None:
        return False
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        pass
    else:
        strange = captures and isinstance(address, ipaddress.IPv4Address) and looks_public(address)
        return not strange or name in set(names)
    if not _NAME.fullmatch(name):
        return False
    name = name.rstrip(".")
    return "." not in name or name.endswith(_PRIVATE_SUFFIXES) or name in set(names)


def is_own_origin(headers: Headers, *, scheme: str) -> bool:
    """Whether the request comes from one of our own pages, or from no page at all."""
    origin = headers.get("origin")
    if origin is not None:
        return origin.lower() == f"{scheme}://{headers.get('host', '').lower()}"
    return headers.get("sec-fetch-site", "none") in {"none", "same-origin"}


def is_sheet_origin(headers: Headers) -> bool:
    """Whether a form may come from the small browser in which phones open a portal.

    It got there over another site's name (the probe's), and such browsers then may send `Origin: null` with the
    page's own form. All that these forms change is what this very phone's probes hear, so a foreign page that
    imitates one gains nothing; and a browser that says the page is foreign is believed.
    """
    return headers.get("origin") == "null" and headers.get("sec-fetch-site", "none") in {"none", "same-origin"}


class Gate:
    """ASGI middleware around the whole application."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        names: Iterable[str],
        stray: Stray,
        sheet_forms: Iterable[str] = frozenset(),
        captures: bool = False,
    ) -> None:
        self._app = app
        self._captures = captures
        self._names = frozenset(names)
        self._stray = stray
        self._sheet_forms = frozenset(sheet_forms)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None and refusal.code == "host_unknown":
            captured = await self._captured(scope)
            if captured is not None:
                # As it is: our headers would change the bytes that phones' systems compare.
                await captured(scope, receive, send)
                return
        answer = problem_response(refusal) if refusal else self._app

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_stream = headers.get("content-type", "").startswith("text/event-stream")
                for name, value in (STREAM_HEADERS if is_stream else SECURITY_HEADERS).items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await answer(scope, receive, send_safely)

    async def _captured(self, scope: Scope) -> Response | None:
        hosts = Headers(scope=scope).getlist("host")
        name = _host_name(hosts[0]) if len(hosts) == 1 else None
        return await self._stray(scope, name) if name and _NAME.fullmatch(name) else None

    def _refusal(self, scope: Scope) -> Refused | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not is_own_host(hosts[0], names=self._names, captures=self._captures):
            return Refused(
                "host_unknown",
                "This box does not answer to that name.",
                advice="Use the address on the poster, or add the name to http.names.",
            )
        reading = scope["method"] in {"GET", "HEAD", "OPTIONS"}
        own = is_own_origin(headers, scheme=scope["scheme"])
        if not own and scope["path"] in self._sheet_forms:
            own = is_sheet_origin(headers)
        if not own and (not reading or "origin" in headers):
            return NotAllowed(
                "origin_foreign", "This request comes from another site's page.", advice="Use the box's own."
            )
        return None
