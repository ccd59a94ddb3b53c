"""uvicorn's HTTP protocol, with two additions: it lends its transport, and it does not wait for ever.

Tied to names inside uvicorn (`on_message_begin`, `connection_made`, `on_headers_complete`); the tests of the stream
fail at once when a new version changes them.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: the scope's key for the connection's `asyncio.Transport`
TRANSPORT = "pika_box.transport"
#: a phone sends its request's head in one packet; whoever takes longer than this only holds a connection
HEAD_WITHIN_S = 10.0
HEAD_MOST = 32 * 1024


class BoxProtocol(HttpToolsProtocol):
    """One connection."""

    _impatience: asyncio.TimerHandle | None = None
    #: bytes of a head that is still coming in; None between heads
    _head_bytes: int | None = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
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
        if self._head_bytes is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_MOST:
                self.transport.abort()
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._head_bytes is None:
            self._expect_head()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope[TRANSPORT] = self.transport

    def on_headers_complete(self) -> None:
        self._calm_down()
        self._head_bytes = None
        super().on_headers_complete()
