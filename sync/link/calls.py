"""One question over HTTP, and a bounded answer: no proxy, no redirect, no cookie, whatever the environment says.

Directly on `h11`: the conveniences around it would cost a laptop more memory than all the rest of the conversation, and
four times the work. Whom to ask, and what an answer means, is the caller's.
"""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import SplitResult, urlsplit

import h11

#: for one sign of life of the other side
SILENCE_MOST_S = 5.0
#: before another address of the same name is tried beside the first
_NEXT_ADDRESS_S = 0.25
_PIECE = 64 * 1024


class NotAnswered(Exception):
    """Nobody answered, or not in HTTP. `why` is one word for logs."""

    def __init__(self, why: str, words: str = "") -> None:
        super().__init__(words or why)
        self.why = why


class TooSlow(NotAnswered):
    """There was no answer in time."""


class NotReached(NotAnswered):
    """There was no connection, or whoever was there has another key."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back."""

    status: int
    #: names in small letters
    headers: Mapping[str, str] = field(repr=False)
    #: cut a little behind the most that was asked for
    body: bytes = field(repr=False)


class _Line:
    """One connection. A question at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, silence_s: float) -> None:
        self._reader, self._writer, self._silence_s = reader, writer, silence_s
        self._http = h11.Connection(h11.CLIENT)

    @property
    def is_open(self) -> bool:
        """Whether another question may be asked."""
        return self._http.our_state is h11.IDLE and not self._reader.at_eof() and not self._writer.is_closing()

    def close(self) -> None:
        # Nothing is under way any more, so nobody is waited for.
        self._writer.transport.abort()

    async def ask(self, request: h11.Request, content: bytes, *, most: int) -> Heard:
        """Raises: OSError, TimeoutError, h11.ProtocolError."""
        events = [request, *([h11.Data(data=content)] if content else []), h11.EndOfMessage()]
        self._writer.write(b"".join(self._http.send(event) or b"" for event in events))
        async with asyncio.timeout(self._silence_s):
            await self._writer.drain()
        head, body = await self._head(), bytearray()
        while len(body) <= most and isinstance(part := await self._event(), h11.Data):
            body += part.data
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        return Heard(head.status_code, _words(head.headers), bytes(body))

    async def _head(self) -> h11.Response:
        while not isinstance(event := await self._event(), h11.Response):
            # What may come before is `100 Continue` and the like.
            if not isinstance(event, h11.InformationalResponse):
                raise h11.RemoteProtocolError("no answer")
        return event

    async def _event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            async with asyncio.timeout(self._silence_s):
                self._http.receive_data(await self._reader.read(_PIECE))
        return event


def _words(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}


class Caller:
    """Connections that are kept for the next question. An async context manager."""

    def __init__(self, context: ssl.SSLContext | None = None, *, silence_s: float = SILENCE_MOST_S) -> None:
        """`context` says who may answer to `https`; without one, nobody may."""
        self._context, self._silence_s = context, silence_s
        self._kept: dict[str, _Line] = {}

    async def __aenter__(self) -> Self:
        """Nothing is connected yet."""
        return self

    async def __aexit__(self, *error: object) -> None:
        """Closes what is open."""
        for line in self._kept.values():
            line.close()
        self._kept.clear()

    async def ask(
        self,
        method: str,
        url: str,
        *,
        most: int,
        within_s: float,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Heard:
        """Asks, and reads until the end or just beyond `most` bytes.

        Raises: NotAnswered.
        """
        try:
            parts = urlsplit(url)
            request = _request(method, parts, content, headers or {})
            async with asyncio.timeout(within_s):
                line = await self._line(parts)
                heard = await self._asked(line, request, content, most=most, place=parts.netloc)
        except TimeoutError as error:
            raise TooSlow("timeout") from error
        except (OSError, ValueError, h11.ProtocolError) as error:
            raise NotAnswered(type(error).__name__, str(error)) from error
        if "content-encoding" in heard.headers:
            # Nobody asked for that; unpacked it could be of any size.
            raise NotAnswered("Encoded")
        return heard

    async def _asked(self, line: _Line, request: h11.Request, content: bytes, *, most: int, place: str) -> Heard:
        try:
            heard = await line.ask(request, content, most=most)
        except BaseException:
            line.close()
            raise
        if line.is_open and place not in self._kept:
            self._kept[place] = line
        else:
            line.close()
        return heard

    async def _line(self, parts: SplitResult) -> _Line:
        """A connection that was kept, or a new one. Raises: NotReached, TimeoutError, ValueError."""
        kept = self._kept.pop(parts.netloc, None)
        if kept is not None and kept.is_open:
            return kept
        if kept is not None:
            kept.close()
        is_secret = parts.scheme == "https"
        if parts.scheme not in {"http", "https"} or not parts.hostname or (is_secret and self._context is None):
            raise ValueError("This is no address that may be asked.")
        try:
            async with asyncio.timeout(self._silence_s):
                reader, writer = await asyncio.open_connection(
                    parts.hostname,
                    parts.port or (443 if is_secret else 80),
                    ssl=self._context if is_secret else None,
                    server_hostname=parts.hostname if is_secret else None,
                    happy_eyeballs_delay=_NEXT_ADDRESS_S,
                )
        except TimeoutError:
            raise
        except OSError as error:
            raise NotReached(type(error).__name__, str(error)) from error
        return _Line(reader, writer, silence_s=self._silence_s)


def _request(method: str, parts: SplitResult, content: bytes, headers: Mapping[str, str]) -> h11.Request:
    """Raises: h11.ProtocolError, ValueError."""
    sent = [("host", parts.netloc.rpartition("@")[2])]
    sent += headers.items()
    if content or method == "POST":
        sent.append(("content-length", str(len(content))))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return h11.Request(method=method, target=target, headers=sent)
