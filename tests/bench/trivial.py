"""Servers that do nothing but answer: what the generators can measure at best, in the same run.

Started as a process of its own: `python -m tests.bench.trivial PORT`. One uvloop, one write for each connection and
event, answers prepared in advance. No storage, no parsing beyond the first bytes, no checks: not a candidate.
"""

import asyncio
import json
import sys
from typing import cast

import uvloop

from tests.bench.sockets import HOST

_JSON = b"Content-Type: application/json\r\n"
_PAGE = b"<!doctype html><title>Main Floor</title>" + b"<p>What is on now, and what was.</p>" * 200
_STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\n"


def _answer(status: bytes, body: bytes, headers: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s" % (status, headers, len(body), body)


_PAGE_ANSWER = _answer(b"200 OK", _PAGE, b"Content-Type: text/html\r\nSet-Cookie: guest=g.0; Path=/\r\n")
_LIKED = _answer(b"200 OK", b'{"play":"p","liked":true,"likes":1}', _JSON)
_STARTED = _answer(b"201 Created", b'{"session":{"id":"session"}}', _JSON)
_ANNOUNCED = _answer(b"201 Created", b'{"current":true}', _JSON)


class _Stage:
    """The one event everybody sees, and who listens."""

    def __init__(self) -> None:
        self.listening: set[asyncio.Transport] = set()
        self.event = b"event: state\ndata: {}\n\n"

    def announce(self, body: bytes) -> None:
        play = json.loads(body)
        now = {"play": play.pop("id"), **play, "began_at": "2026-11-20T21:14:03.120Z", "age_ms": 0, "likes": 0}
        data = json.dumps({"v": 1, "stage": "main-floor", "now": now}, separators=(",", ":")).encode()
        self.event = b"id: 1\nevent: now\ndata: %s\n\n" % data
        for transport in self.listening:
            transport.write(self.event)


class _Phone(asyncio.Protocol):
    def __init__(self, stage: _Stage) -> None:
        self._stage = stage
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes, they only act like them.
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._stage.listening.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        if data.startswith(b"PUT "):
            self._transport.write(_LIKED)
        elif data.startswith(b"GET /api/"):
            self._stage.listening.add(self._transport)
            self._transport.write(_STREAM_HEAD + self._stage.event)
        elif data.startswith(b"GET "):
            self._transport.write(_PAGE_ANSWER)
        elif b"/plays HTTP" in data:
            self._stage.announce(data.partition(b"\r\n\r\n")[2])
            self._transport.write(_ANNOUNCED)
        else:
            self._transport.write(_STARTED)


async def _serve(port: int) -> None:
    stage = _Stage()
    server = await asyncio.get_running_loop().create_server(lambda: _Phone(stage), HOST, port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
