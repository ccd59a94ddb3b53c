"""One message to one push service. The only place that knows aiohttp.

The name was allowed when the browser subscribed and is looked at again here; then it must lead to a public address, and
the connection goes to the very address that was looked at, so that a name that changes its mind leads nowhere else.
"""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from socket import AddressFamily

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from appliance.errors import Invalid
from sync.cloud.push import answers, endpoints
from sync.cloud.push.answers import Fate, Verdict
from sync.cloud.push.endpoints import Services
from sync.cloud.push.letters import Signer

#: connections to all services together
CONNECTIONS_MOST = 200
_WITHIN_S, _CONNECT_S = 10.0, 5.0


def is_public(address: str) -> bool:
    """Whether an address is on the internet for everybody, and not behind us."""
    ip = ipaddress.ip_address(address)
    mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    return ip.is_global and not ip.is_multicast and (mapped is None or mapped.is_global)


class PublicResolver(AbstractResolver):
    """Resolves names, and knows only addresses that `may_be` lets through."""

    def __init__(self, inner: AbstractResolver, *, may_be: Callable[[str], bool] = is_public) -> None:
        self._inner, self._may_be = inner, may_be

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        """Raises: OSError when nothing is left."""
        found = [one for one in await self._inner.resolve(host, port, family) if self._may_be(one["host"])]
        if not found:
            raise OSError(f"{host} leads to no public address")
        return found

    async def close(self) -> None:
        await self._inner.close()


@dataclass(frozen=True, slots=True)
class Letter:
    """How messages travel that say the same; see RFC 8030, 5."""

    ttl_s: int
    topic: str
    urgency: str


@dataclass(frozen=True, slots=True)
class Message:
    """One sealed message."""

    endpoint: str
    body: bytes
    letter: Letter


@dataclass(slots=True)
class Poster:
    """Sends. One for each process."""

    session: aiohttp.ClientSession
    signer: Signer
    services: Services = endpoints.KNOWN
    tls: ssl.SSLContext | bool = True

    async def post(self, message: Message) -> Verdict:
        """Sends once. Never raises for what the service does; a broken connection is `FAILED`, without an answer."""
        try:
            endpoint = endpoints.allowed(message.endpoint, services=self.services)
        except Invalid:
            return Verdict(Fate.GONE)
        headers = {
            **self.signer.headers(endpoint.origin),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(message.letter.ttl_s),
            "Topic": message.letter.topic,
            "Urgency": message.letter.urgency,
        }
        try:
            async with self.session.post(
                endpoint.url, data=message.body, headers=headers, allow_redirects=False, ssl=self.tls
            ) as answer:
                said = answers.verdict(answer.status, retry_after=answer.headers.get("Retry-After", ""))
        except (aiohttp.ClientError, OSError, TimeoutError, asyncio.IncompleteReadError):
            return Verdict(Fate.UNKNOWN)
        if said.fate is Fate.REFUSED:
            self.signer.forget(endpoint.origin)
        return said


@asynccontextmanager
async def open_poster(signer: Signer) -> AsyncIterator[Poster]:
    """What sends to the known services, until the block ends."""
    async with open_session() as session:
        yield Poster(session, signer)


def open_session(
    names: AbstractResolver | None = None, *, may_be: Callable[[str], bool] = is_public
) -> aiohttp.ClientSession:
    """A session for `Poster`, to be closed by the caller.

    `names` resolves in the system's place; `may_be` says which addresses may be connected to.
    """
    resolver = PublicResolver(names or aiohttp.ThreadedResolver(), may_be=may_be)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=resolver, limit=CONNECTIONS_MOST, ttl_dns_cache=300),
        timeout=aiohttp.ClientTimeout(total=_WITHIN_S, connect=_CONNECT_S),
        # Nothing is remembered between services, and nothing of our environment counts.
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )
