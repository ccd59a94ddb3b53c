"""uvicorn's HTTP protocol with an end to its patience: a request's head is bounded in size and time.

Tied to names inside uvicorn (`on_message_begin`, `connection_made`, `pipeline`, ...); the tests of raw connections fail
at once when a new version changes them.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: whoever asks sends a request's head in one packet; who takes longer than this only holds a connection
HEAD_WITHIN_S = 10.0
HEAD_MOST = 32 * 1024
#: requests sent ahead of their answers; browsers send none
WAITING_MOST = 32


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


class BoundedProtocol(HttpToolsProtocol):
    """One connection, of which nobody holds more than they need."""

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
