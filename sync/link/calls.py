"""One question over HTTP, and a bounded answer: no proxy, no redirect, no cookie, whatever the environment says.

Directly on `httpcore`: the conveniences around it would cost a laptop more memory than all the rest of the
conversation. Whom to ask, and what an answer means, is the caller's.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import httpcore

#: for one sign of life of the other side
SILENCE_MOST_S = 5.0

# The library's errors have no root of their own; the last two are what it makes of an address that is none.
_FAULTS = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    OSError,
    ValueError,
)


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


class Caller:
    """Connections that are kept for the next question. An async context manager."""

    def __init__(self, context: ssl.SSLContext | None = None, *, silence_s: float = SILENCE_MOST_S) -> None:
        """`context` says who may answer to `https`. Without one only plain addresses can be asked."""
        # Without a context the library would trust every authority there is.
        self._pool = httpcore.AsyncConnectionPool(ssl_context=context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        self._limits = dict.fromkeys(("connect", "read", "write", "pool"), silence_s)

    async def __aenter__(self) -> Self:
        """Nothing is connected yet."""
        return self

    async def __aexit__(self, *error: object) -> None:
        """Closes what is open."""
        await self._pool.aclose()

    async def ask(
        self, method: str, url: str, *, most: int, within_s: float, content: bytes = b"", **headers: str
    ) -> Heard:
        """Asks, and reads until the end or just beyond `most` bytes. A header `x_y` travels as `x-y`.

        Raises: NotAnswered.
        """
        sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        try:
            async with (
                asyncio.timeout(within_s),
                self._pool.stream(
                    method, url, headers=sent, content=content or None, extensions={"timeout": self._limits}
                ) as response,
            ):
                body = bytearray()
                async for part in response.aiter_stream():
                    body += part
                    if len(body) > most:
                        break
        except (TimeoutError, httpcore.TimeoutException) as error:
            raise TooSlow("timeout") from error
        except (httpcore.ConnectError, ssl.SSLError) as error:
            raise NotReached(type(error).__name__, str(error)) from error
        except _FAULTS as error:
            raise NotAnswered(type(error).__name__, str(error)) from error
        heard = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        if "content-encoding" in heard:
            # Nobody asked for that; unpacked it could be of any size.
            raise NotAnswered("Encoded")
        return Heard(response.status, heard, bytes(body))
