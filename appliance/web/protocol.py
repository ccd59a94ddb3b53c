"""uvicorn's HTTP protocol, with two additions to its bounds: it lends its transport, and explains itself.

Tied to names inside uvicorn (`on_message_begin`, `connection_made`, ...); the tests of the stream and of raw
connections fail at once when a new version changes them.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT

from appliance.errors import Invalid
from appliance.web.gate import SECURITY_HEADERS
from appliance.web.heads import BoundedProtocol
from appliance.web.problems import problem_response

#: the scope's key for the connection's `asyncio.Transport`, or what stands for it
TRANSPORT = "pika_box.transport"


class EncryptedWire:
    """An encrypted connection as the hub sees it: one that counts everything a phone has not taken.

    What is encrypted already waits in the socket's own transport, which nobody can ask; but only when that holds
    64 KiB, something waits here.
    """

    __slots__ = ("_transport", "abort", "close", "get_extra_info", "is_closing", "write")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.write, self.is_closing = transport.write, transport.is_closing
        self.abort, self.close, self.get_extra_info = transport.abort, transport.close, transport.get_extra_info

    def get_write_buffer_size(self) -> int:
        """Bytes that were written and not sent, at least."""
        here = self._transport.get_write_buffer_size()
        return HIGH_WATER_LIMIT + here if here else 0


class BoxProtocol(BoundedProtocol):
    """One connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.scheme == "https":
            # By default half a megabyte may wait.
            transport.set_write_buffer_limits(HIGH_WATER_LIMIT)
            self._lent: asyncio.Transport | EncryptedWire = EncryptedWire(transport)
        else:
            self._lent = transport

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope[TRANSPORT] = self._lent

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP at all is refused like everything else; uvicorn's own words would be plain text."""
        del msg
        refusal = problem_response(Invalid("http_broken", "This is not a valid HTTP request."))
        headers = {**refusal.headers, **SECURITY_HEADERS, "cache-control": "no-store", "connection": "close"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(f"HTTP/1.1 400 Bad Request\r\n{lines}\r\n".encode("latin-1") + bytes(refusal.body))
        self.transport.close()
