"""A phone's or a program's side of HTTP: ask the box something, or listen to a stage.

As much of HTTP/1.1 as the box speaks, over asyncio's streams, one connection per question. Keeps cookies and a token.
It must not know what it is used for.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from appliance.errors import BoxError, Refused, Unavailable
from appliance.network import host_in_url

_ANSWER_WITHIN_S = 10.0
#: a stage's stream beats every 15 seconds; a line that is silent for longer than two beats is dead
_SILENCE_MOST_S = 40.0


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream."""

    name: str
    data: Any


class _Line:
    """One connection, from the head of its answer on."""

    def __init__(self, reader: asyncio.StreamReader, *, status: int, headers: dict[str, str]) -> None:
        self._reader, self.status, self._headers = reader, status, headers

    async def parts(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes (RFC 9112, section 6)."""
        if self._headers.get("transfer-encoding") == "chunked":
            while size := int(await self._reader.readline(), 16):
                yield await self._reader.readexactly(size)
                await self._reader.readexactly(2)
        elif "content-length" in self._headers:
            yield await self._reader.readexactly(int(self._headers["content-length"]))
        else:
            yield await self._reader.read()

    async def body(self) -> bytes:
        """All of the body."""
        return b"".join([part async for part in self.parts()])


@dataclass(slots=True)
class WebClient:
    """Someone with a browser or a program."""

    host: str
    port: int
    #: sent as the bearer token, unless empty
    token: str = field(default="", repr=False)
    cookies: dict[str, str] = field(default_factory=dict, repr=False)

    async def ask(self, method: str, path: str, *, body: object = None) -> Any:
        """The JSON of the answer; None when it has none.

        Raises: Unavailable, also with the code `box_away` when no whole answer comes; Refused.
        """
        async with _troubles_in_words(), asyncio.timeout(_ANSWER_WITHIN_S), self._line(method, path, body) as line:
            content = await line.body()
            _raise_for(line.status, content)
            return json.loads(content) if content.startswith((b"{", b"[")) else None

    async def events(self, path: str) -> AsyncGenerator[Event, None]:
        """What a stream tells, until it ends.

        Raises: as `ask`.
        """
        async with _troubles_in_words(), self._line("GET", path, None) as line:
            if line.status != 200:
                _raise_for(line.status, await line.body())
            pending = b""
            async with aclosing(line.parts()) as parts:
                while True:
                    async with asyncio.timeout(_SILENCE_MOST_S):
                        part = await anext(parts, None)
                    if part is None:
                        return
                    *whole, pending = (pending + part).split(b"\n\n")
                    for frame in whole:
                        if (event := _event(frame)) is not None:
                            yield event

    @asynccontextmanager
    async def _line(self, method: str, path: str, body: object) -> AsyncIterator[_Line]:
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(self._request(method, path, body))
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                head = await reader.readuntil(b"\r\n\r\n")
            status, *lines = head.decode("latin-1").rstrip().split("\r\n")
            headers = dict(self._header(line) for line in lines)
            yield _Line(reader, status=int(status.split(" ")[1]), headers=headers)
        finally:
            writer.close()

    def _request(self, method: str, path: str, body: object) -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host_in_url(self.host)}:{self.port}", "Connection: close"]
        if content:
            lines.append("Content-Type: application/json")
        if content or method not in {"GET", "DELETE"}:
            lines.append(f"Content-Length: {len(content)}")
        if self.token:
            lines.append(f"Authorization: Bearer {self.token}")
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + content

    def _header(self, line: str) -> tuple[str, str]:
        name, _, value = line.partition(":")
        name, value = name.lower(), value.strip()
        if name == "set-cookie":
            cookie, _, content = value.partition(";")[0].partition("=")
            self.cookies[cookie] = content
        return name, value


@asynccontextmanager
async def _troubles_in_words() -> AsyncIterator[None]:
    """The network's many failures as one."""
    try:
        yield
    except (OSError, EOFError, ValueError, IndexError, asyncio.LimitOverrunError) as error:
        raise Unavailable("box_away", "The box does not answer.", advice="It comes back by itself.") from error


def _raise_for(status: int, content: bytes) -> None:
    """Raises: Unavailable, when the same again may help; Refused."""
    if status < 400:
        return
    problem = json.loads(content) if content.startswith(b"{") else {}
    kind: type[BoxError] = Unavailable if status >= 500 or status == 429 else Refused
    code, detail = problem.get("code", "refused"), problem.get("detail", f"The box answered {status}.")
    raise kind(code, detail, advice=problem.get("advice", ""))


def _event(frame: bytes) -> Event | None:
    """One frame of a text/event-stream; None when it is only `retry:` or a comment."""
    fields = dict(line.split(": ", 1) for line in frame.decode().split("\n") if ": " in line)
    if "data" not in fields:
        return None
    return Event(name=fields.get("event", "message"), data=json.loads(fields["data"]))
