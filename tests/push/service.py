"""A push service over TLS on loopback: checks what comes as a real one does, and answers as it is told."""

import asyncio
import contextlib
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from socket import AddressFamily

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from sync.cloud.push.endpoints import Services
from tests.push.phones import PushedPhone, vapid_claims
from tests.support.authority import Authority

HOST = "push.example"


@dataclass
class Received:
    """A message that the service took or refused."""

    phone: str
    body: bytes
    headers: dict[str, str]


@dataclass
class PushService:
    """One service."""

    port: int
    #: what trusts its certificate
    tls: ssl.SSLContext
    #: status and headers for a phone's next message
    answer: Callable[[str], tuple[int, dict[str, str]]] = lambda phone: (201, {})  # noqa: ARG005 - everybody
    delay_s: float = 0.0
    received: list[Received] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)

    @property
    def origin(self) -> str:
        return f"https://{HOST}:{self.port}"

    @property
    def services(self) -> Services:
        return Services((HOST,), frozenset({self.port}))

    def endpoint(self, phone: PushedPhone) -> str:
        return f"{self.origin}/send/{phone.name}"

    async def take(self, request: web.Request) -> web.Response:
        phone = request.match_info["phone"]
        self.requests[phone] += 1
        body = await request.read()
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        status, headers = self.answer(phone)
        if status == 201:
            self._check(request, body)
            self.received.append(Received(phone, body, dict(request.headers)))
        return web.Response(status=status, headers=headers)

    def _check(self, request: web.Request, body: bytes) -> None:
        claims = vapid_claims(request.headers["Authorization"])
        assert claims["aud"] == self.origin
        expires = claims["exp"]
        assert isinstance(expires, int)
        assert 0 < expires - time.time() <= 86_400
        assert str(claims["sub"]).startswith("mailto:")
        assert request.headers["Content-Encoding"] == "aes128gcm"
        assert int(request.headers["TTL"]) >= 0
        assert len(body) <= 4096


class Loopback(AbstractResolver):
    """Names lead to this machine, or to what a test says, one address after another."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = list(addresses) or ["127.0.0.1"]
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        address = self._addresses[min(self.asked, len(self._addresses) - 1)]
        self.asked += 1
        return [ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        pass


@contextlib.asynccontextmanager
async def push_service(folder: Path) -> AsyncIterator[PushService]:
    """A service that answers until the block ends."""
    authority = Authority()
    (folder / "service.pem").write_bytes(authority.bundle(names=(HOST,)))
    inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    inside.load_cert_chain(folder / "service.pem")
    outside = ssl.create_default_context(cadata=authority.roots.decode())
    service = PushService(0, outside)
    app = web.Application()
    app.router.add_post("/send/{phone}", service.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=inside)
    await site.start()
    service.port = runner.addresses[0][1]
    try:
        yield service
    finally:
        await runner.cleanup()
