"""uvicorn's HTTP protocol, with three additions: it lends its transport, does not wait for ever, and explains itself.

Tied to names inside uvicorn (`on_message_begin`, `connection_made`, `pipeline`, ...); the tests of the stream and of
raw connections fail at once when a new version changes them.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from appliance.errors import Invalid
from appliance.web.gate import SECURITY_HEADERS
from appliance.web.problems import problem_response

#: the scope's key for the connection's `asyncio.Transport`, or what stands for it
TRANSPORT = "pika_box.transport"
#: a phone sends its request's head in one packet; whoever takes longer than this only holds a connection
HEAD_WITHIN_S = 10.0
HEAD_MOST = 32 * 1024
#: requests sent ahead of their answers; browsers send none
WAITING_MOST = 32


class EncryptedWire:
    """An encrypted connection as the hub sees it: one that counts everything a phone has not taken.

    What is encrypted already waits in the socket's own transport, which nobody can ask; but only when that holds
    64 KiB, something waits here.
    """

    __slots__ = ("_transport", "abort", "close", "is_closing", "write")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.write, self.is_closing = transport.write, transport.is_closing
        self.abort, self.close = transport.abort, transport.close

    def get_write_buffer_size(self) -> int:
        """Bytes that were written and not sent, at least."""
        here = self._transport.get_write_buffer_size()
        return HIGH_WATER_LIMIT + here if here else 0


class _Answering:
    """A connection as uvicorn's answers see it: what is written when it is over already goes nowhere.

    Between an end (ours, or the phone's) and uvicorn's hearing of it, an answer may begin; on a closed transport that
    would be a fault of the program.
    """

    __slots__ = ("_transport", "close", "get_extra_info", "is_closing")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.close, self.is_closing, self.get_extra_info = (
            transport.close,
            transport.is_closing,
            transport.get_extra_info,
        )

    def write(self, data: bytes) -> None:
        """Writes, while there is somebody to write to."""
        if not self._transport.is_closing():
            self._transport.write(data)


class BoxProtocol(HttpToolsProtocol):
    """One connection."""

    _impatience: asyncio.TimerHandle | None = None
    #: bytes of a head that is still coming in; None between heads
    _head_bytes: int | None = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.scheme == "https":
            # By default half a megabyte may wait.
            transport.set_write_buffer_limits(HIGH_WATER_LIMIT)
            self._lent: asyncio.Transport | EncryptedWire = EncryptedWire(transport)
        else:
            self._lent = transport
        self._expect_head()

    def _expect_head(self) -> None:
        self._calm_down()
        self._head_bytes = 0
        self._impatience = self.loop.call_later(HEAD_WITHIN_S, self.transport.abort)

    def _calm_down(self) -> None:
        if self._impatience is not None:
            self._impatience.cancel()
            self._impatience = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._calm_down()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._head_bytes is None and self.cycle.response_complete:
            # Line breaks before the next head, or the rest of a body that was refused already: they stop uvicorn's
            # own timer, so without one of ours they would hold the connection for ever.
            self._expect_head()
        while data and not self.transport.is_closing():
            if self._head_bytes is None:
                super().data_received(data)
                return
            room = HEAD_MOST - self._head_bytes
            if room == 0:
                self.transport.abort()
                return
            piece, data = data[:room], data[room:]
            self._head_bytes += len(piece)
            super().data_received(piece)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._head_bytes is None:
            self._expect_head()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope[TRANSPORT] = self._lent

    def on_header(self, name: bytes, value: bytes) -> None:
        # After a body come trailers: nobody reads them, and without an end they would fill the memory.
        if self._head_bytes is not None:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._calm_down()
        self._head_bytes = None
        if len(self.pipeline) >= WAITING_MOST:
            self.transport.abort()
            return
        super().on_headers_complete()
        self.cycle.transport = _Answering(self.transport)  # type: ignore[assignment]

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP at all is refused like everything else; uvicorn's own words would be plain text."""
        del msg
        refusal = problem_response(Invalid("http_broken", "This is not a valid HTTP request."))
        headers = {**refusal.headers, **SECURITY_HEADERS, "cache-control": "no-store", "connection": "close"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(f"HTTP/1.1 400 Bad Request\r\n{lines}\r\n".encode("latin-1") + bytes(refusal.body))
        self.transport.close()
