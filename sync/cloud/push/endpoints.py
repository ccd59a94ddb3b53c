"""Which addresses a subscription may name. They come from anybody: only known services count. Pure.

Suffixes are compared after parsing, label by label, so `fcm.googleapis.com.evil.example` is none of them. That the
name leads to a public address is looked at when it is resolved (`posting`).
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from appliance.errors import Invalid

#: the push services of Chrome, Firefox, Safari and Edge: the host itself, or any host below one with a leading dot
SERVICES = (
    "fcm.googleapis.com",
    "jmt17.google.com",
    "updates.push.services.mozilla.com",
    ".push.services.mozilla.com",
    "web.push.apple.com",
    ".push.apple.com",
    ".notify.windows.com",
)
LENGTH_MOST = 1000


@dataclass(frozen=True, slots=True)
class Services:
    """The services that messages may go to."""

    #: hosts, or with a leading dot every host below one
    names: tuple[str, ...] = SERVICES
    ports: frozenset[int] = frozenset({443})


KNOWN = Services()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a subscription's messages go."""

    url: str
    #: scheme, host and port: what VAPID is signed for, and what is paused together
    origin: str


def origin_of(url: str) -> str:
    """The origin of an endpoint that was allowed before."""
    return "/".join(url.split("/", 3)[:3])


def allowed(url: str, *, services: Services = KNOWN) -> Endpoint:
    """The endpoint in what a browser sent.

    Raises: Invalid with the code `endpoint_refused`.
    """
    refused = Invalid("endpoint_refused", "This is no address of a push service that is known here.", advice="")
    if len(url) > LENGTH_MOST or not url.isascii() or not url.isprintable() or "\\" in url or " " in url:
        raise refused
    try:
        parts = urlsplit(url)
        port = 443 if parts.port is None else parts.port
    except ValueError as error:
        raise refused from error
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https" or port not in services.ports or "@" in parts.netloc or parts.fragment:
        raise refused
    if not any(host == name if not name.startswith(".") else host.endswith(name) for name in services.names):
        raise refused
    return Endpoint(url, f"https://{host}" if port == 443 else f"https://{host}:{port}")
