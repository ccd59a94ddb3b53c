"""One connection to the cloud: HTTP/1.1 with several requests on their way at once, bounded in size and time.

Pipelining is why this is not a library: with a third of a second to the cloud and back, waiting for each answer would
leave a slow link idle half of the time, and the clients there are don't do it. Requests are a few lines; answers are
parsed by httptools, which also serves the box's own pages. Must not know what is said.
"""

import asyncio
import contextlib
import socket
import ssl
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpResponseParser

from sync.agent.pace import Pace
from sync.journal.answers import ANSWER_MOST

_PIECE = 16 * 1024
_HEADERS_MOST = 100
# Linux's numbers; Python does not name the second one everywhere.
_TCP_CONGESTION = getattr(socket, "TCP_CONGESTION", 13)
_TCP_USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", 18)
_TCP_NOTSENT_LOWAT = 25


class Lost(Exception):
    """There is no connection, or no more; `code` is stable, for the status."""

    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(words or code)
        self.code = code


class DatesWrong(Lost):
    """All is well with whoever answers but the dates: their certificate's, or the box's own clock."""


@dataclass(slots=True)
class Response:
    """What came back."""

    status: int = 0
    #: names in small letters
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)

    @property
    def content_type(self) -> str:
        """As it was sent."""
        return self.headers.get("content-type", "")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cloud is."""

    host: str
    port: int
    #: what goes before each path
    path: str
    #: False only on this machine: the box's own server, and a cloud that is tried beside it
    is_encrypted: bool = True

    @classmethod
    def of(cls, url: str) -> "Place":
        """The place of an address such as `https://cloud.example.org/pika`."""
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        return cls(parts.hostname or "", parts.port or (443 if secure else 80), parts.path, secure)

    @property
    def host_header(self) -> str:
        """As HTTP wants it."""
        usual = 443 if self.is_encrypted else 80
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == usual else f"{host}:{self.port}"


class _Parsing:
    """What httptools calls while it reads."""

    def __init__(self, wire: "Wire") -> None:
        self._wire = wire
        self.parser = HttpResponseParser(self)
        self._response = Response()

    def on_message_begin(self) -> None:
        self._response = Response()

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self._response.headers) < _HEADERS_MOST:
            self._response.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        if len(self._response.body) <= ANSWER_MOST:
            self._response.body += body

    def on_message_complete(self) -> None:
        self._response.status = self.parser.get_status_code()
        self._wire.answered(self._response, stays=self.parser.should_keep_alive())


class Wire:
    """An open connection. When it is lost, everything that waits for an answer is told."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, place: Place, pace: Pace) -> None:
        self._reader, self._writer = reader, writer
        self.place, self._pace = place, pace
        self._waiting: deque[asyncio.Future[Response]] = deque()
        self._lost: Lost | None = None
        self._reading = asyncio.get_running_loop().create_task(self._read(), name="wire")

    @classmethod
    async def open(cls, place: Place, *, context: ssl.SSLContext | None, pace: Pace) -> "Wire":
        """Connects. Raises: Lost; DatesWrong when only the dates stand between."""
        try:
            async with asyncio.timeout(pace.connect_s):
                reader, writer = await asyncio.open_connection(
                    place.host,
                    place.port,
                    ssl=context,
                    server_hostname=place.host if context else None,
                    happy_eyeballs_delay=0.25,
                    limit=256 * 1024,
                )
        except ssl.SSLCertVerificationError as error:
            # X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED
            kind = DatesWrong if error.verify_code in {9, 10} else Lost
            raise kind("untrusted", error.verify_message) from error
        except TimeoutError as error:
            raise Lost("timeout") from error
        except (OSError, ValueError) as error:
            raise Lost("unreachable", str(error)) from error
        _tune(writer)
        return cls(reader, writer, place=place, pace=pace)

    @property
    def is_open(self) -> bool:
        """Whether it was not lost yet."""
        return self._lost is None

    def certificate(self) -> dict[str, object]:
        """Of whoever is at the other end, as `ssl.SSLSocket.getpeercert`."""
        found: dict[str, object] = self._writer.get_extra_info("peercert") or {}
        return found

    async def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> "asyncio.Future[Response]":
        """Sends a request behind those that are under way; what comes back comes in their order. Raises: Lost."""
        if self._lost is not None:
            raise self._lost
        lines = [f"{method} {self.place.path}{path} HTTP/1.1", f"Host: {self.place.host_header}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if body or method != "GET":
            lines.append(f"Content-Length: {len(body)}")
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self._writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
        try:
            for start in range(0, max(1, len(body)), _PIECE):
                self._writer.write(body[start : start + _PIECE])
                async with asyncio.timeout(self._pace.write_idle_s):
                    await self._writer.drain()
        except TimeoutError:
            self._lose(Lost("timeout"))
        except OSError as error:
            self._lose(Lost("cut", str(error)))
        return answer

    async def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Response:
        """Sends a request and waits for its answer. Raises: Lost."""
        return await self.answer(await self.send(method, path, body, headers), size=len(body))

    async def answer(self, waiting: "asyncio.Future[Response]", *, size: int) -> Response:
        """The answer to a request of so many bytes. Raises: Lost."""
        try:
            async with asyncio.timeout(self._pace.answer_s + size / self._pace.slowest):
                return await asyncio.shield(waiting)
        except TimeoutError:
            self._lose(Lost("timeout"))
            raise Lost("timeout") from None

    def answered(self, response: Response, *, stays: bool) -> None:
        """An answer is complete."""
        if not self._waiting:
            self._lose(Lost("cut", "an answer that nobody asked for"))
            return
        waiting = self._waiting.popleft()
        if not waiting.done():
            waiting.set_result(response)
        if not stays:
            self._lose(Lost("closed"))

    async def _read(self) -> None:
        parsing = _Parsing(self)
        try:
            while self._lost is None and (data := await self._reader.read(64 * 1024)):
                parsing.parser.feed_data(data)
        except (OSError, HttpParserError, ssl.SSLError) as error:
            self._lose(Lost("cut", str(error)))
        self._lose(Lost("cut"))

    def _lose(self, lost: Lost) -> None:
        if self._lost is not None:
            return
        self._lost = lost
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_exception(lost)
                # Told to whoever still waits; nobody may, and that is no error.
                waiting.exception()
        self._writer.transport.abort()

    async def close(self) -> None:
        """Ends it at once."""
        self._lose(Lost("closed"))
        self._reading.cancel()
        # Whoever is cancelled meanwhile must hear of it: awaiting the other task would not tell the two apart.
        await asyncio.wait([self._reading])


def _tune(writer: asyncio.StreamWriter) -> None:
    """What helps on a bad link, as far as this machine allows it; none of it is needed."""
    # Little in our own buffers: what is queued here can't be overtaken, and tells nothing of how the link is.
    writer.transport.set_write_buffer_limits(high=2 * _PIECE)
    connection = writer.get_extra_info("socket")
    wishes: tuple[tuple[int, int, int | bytes], ...] = (
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        (socket.IPPROTO_TCP, _TCP_USER_TIMEOUT, 30_000),
        (socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, 128 * 1024),
        # With losses, CUBIC leaves five sixths of such a link unused.
        (socket.IPPROTO_TCP, _TCP_CONGESTION, b"bbr"),
    )
    for level, name, value in wishes:
        with contextlib.suppress(OSError):
            connection.setsockopt(level, name, value)
