"""A box's connection to the cloud: HTTP/1.1 kept alive, every request signed with the nonce of the last answer."""

import asyncio
import contextlib
import re
import time
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.cloud.identity import encoded, key_id, signed_text

_WITHIN_S = 30.0
_HEADER = re.compile(rb"^([A-Za-z-]+): *([^\r]*)\r$", re.MULTILINE)


class Cut(Exception):
    """There was no answer."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer."""

    status: int
    kind: str
    retry_after: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was made."""

    #: when it was sent, by the monotonic clock
    at_s: float
    took_s: float
    what: str
    #: 0: no answer
    status: int


@dataclass(slots=True)
class Line:
    """One connection, made when it is needed."""

    port: int
    private: Ed25519PrivateKey
    #: every request of every box
    log: list[Asked]
    nonce: str = "none"
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    _key: str = field(default="")

    def __post_init__(self) -> None:
        self._key = key_id(self.private.public_key().public_bytes_raw())

    async def ask(self, method: str, target: str, body: bytes = b"", *, encoding: str = "") -> Heard:
        """A signed request; again where only the nonce was missing. Raises: Cut."""
        heard = await self._ask(method, target, body, encoding=encoding)
        if heard.status == 401 and b"nonce_needed" in heard.body:
            heard = await self._ask(method, target, body, encoding=encoding)
        return heard

    async def _ask(self, method: str, target: str, body: bytes, *, encoding: str) -> Heard:
        signature = encoded(self.private.sign(signed_text(method, target, body, nonce=self.nonce)))
        head = (
            f"{method} {target} HTTP/1.1\r\nHost: cloud\r\nContent-Length: {len(body)}\r\n"
            f"Authorization: Pika-Box key={self._key}, nonce={self.nonce}, sig={signature}\r\n"
        )
        if encoding:
            head += f"Content-Encoding: {encoding}\r\n"
        began, status = time.monotonic(), 0
        try:
            async with asyncio.timeout(_WITHIN_S):
                heard = await self._say(head.encode() + b"\r\n" + body)
            status = heard.status
        except (OSError, EOFError, TimeoutError) as error:
            await self.close()
            raise Cut from error
        finally:
            self.log.append(Asked(began, time.monotonic() - began, f"{method} {target.partition('?')[0]}", status))
        return heard

    async def _say(self, request: bytes) -> Heard:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        found = {name.lower(): value.decode("ascii") for name, value in _HEADER.findall(head)}
        body = await reader.readexactly(int(found.get(b"content-length", "0")))
        self.nonce = found.get(b"pika-nonce", self.nonce)
        status, kind = int(head[9:12]), found.get(b"content-type", "")
        if found.get(b"connection", "").lower() == "close":
            await self.close()
        return Heard(status, kind, found.get(b"retry-after", ""), body)

    async def close(self) -> None:
        """Ends the connection."""
        if self._streams is not None:
            writer, self._streams = self._streams[1], None
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
