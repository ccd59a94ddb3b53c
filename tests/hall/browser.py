"""A phone's browser as far as a network sees one: kept-alive connections, a page's own files, a cache, a cookie.

Owns HTTP over connections that a phone opens. Draws nothing and runs no script: it fetches what the page names.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]
#: opens a connection to a host's port
Dial = Callable[[str, int], Awaitable[Link]]

# What browsers open at once to one host.
_CONNECTIONS = 6
_WITHIN_S = 10.0
_FILES = re.compile(rb'(?:<link rel="(?:stylesheet|icon)"[^>]*href|<(?:script|img)[^>]*src)="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes


async def read_head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """The status and the headers of an answer."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.split(": ", 1) for line in lines[1:] if line)
    return int(lines[0].split(" ")[1]), {name.lower(): value for name, value in pairs}


def request(method: str, url: str, headers: dict[str, str]) -> bytes:
    """A request without a body."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}", *(f"{n}: {v}" for n, v in headers.items())]
    if method == "POST":
        lines.append("Content-Length: 0")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


@dataclass
class Browser:
    """One phone's browser."""

    dial: Dial
    agent: str = ""
    cookie: str = ""
    #: requests that were sent
    asked: int = 0
    _idle: dict[str, list[Link]] = field(default_factory=dict)
    _kept: dict[str, bytes] = field(default_factory=dict)
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_CONNECTIONS))

    def headers(self, **more: str) -> dict[str, str]:
        """What goes with each request."""
        cookie = {"Cookie": self.cookie} if self.cookie else {}
        return {"User-Agent": self.agent, "Accept": "text/html, */*", **cookie, **more}

    async def ask(self, method: str, url: str) -> Reply:
        """One request that follows nothing."""
        parts = urlsplit(url)
        origin = {"Origin": f"http://{parts.netloc}"} if method == "POST" else {}
        async with self._room, asyncio.timeout(_WITHIN_S):
            waiting = self._idle.setdefault(parts.netloc, [])
            reader, writer = waiting.pop() if waiting else await self.dial(parts.hostname or "", parts.port or 80)
            self.asked += 1
            writer.write(request(method, url, self.headers(**origin)))
            status, headers = await read_head(reader)
            body = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection") == "close":
            writer.close()
        else:
            waiting.append((reader, writer))
        if "set-cookie" in headers:
            self.cookie = headers["set-cookie"].partition(";")[0]
        return Reply(status, headers, body)

    async def page(self, url: str, *, method: str = "GET") -> tuple[str, Reply]:
        """A page with all its files, after whatever it was sent on to; where that was, and the page."""
        reply = await self.ask(method, url)
        for _ in range(5):
            if reply.status not in {302, 303}:
                break
            url = urljoin(url, reply.headers["location"])
            reply = await self.ask("GET", url)
        assert reply.status == 200, (url, reply)
        await self._fetch([urljoin(url, found.decode()) for found in _FILES.findall(reply.body)])
        return url, reply

    async def _fetch(self, urls: list[str]) -> None:
        """Files; what is here already is not asked for again."""
        missing = [url for url in dict.fromkeys(urls) if url not in self._kept]
        for url in missing:
            self._kept[url] = b""

        async def one(url: str) -> None:
            reply = await self.ask("GET", url)
            assert reply.status == 200, (url, reply)
            self._kept[url] = reply.body

        await asyncio.gather(*(one(url) for url in missing))

    def close(self) -> None:
        """Hangs up."""
        for links in self._idle.values():
            for _, writer in links:
                writer.close()
        self._idle.clear()
