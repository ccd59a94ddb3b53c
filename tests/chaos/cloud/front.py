"""What stands between a box and the cloud: ends TLS as a venue's or a provider's proxy does, and misbehaves when told.

Owns the misbehaviour. Must not know what a batch is: it sees requests and answers.
"""

import asyncio
import contextlib
import random
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.authority import Authority, new_key

#: where there is a name to look up
NAME = "cloud.pika.test"
#: requests that are kept to be sent once more
_REMEMBERED = 60


@dataclass(frozen=True, slots=True)
class Order:
    """What is done to one request. The default is nothing."""

    #: seconds before it goes on
    wait_s: float = 0.0
    #: the connection ends after a part of the request
    cut_request: bool = False
    #: the cloud does what it was asked to, and the box never hears of it
    lose_answer: bool = False
    #: a bit of the request's body is turned over
    flip_request: bool = False
    #: a bit of the answer's body is turned over
    flip_answer: bool = False
    #: this goes back, and the cloud hears nothing
    instead: bytes | None = None
    #: nothing goes back, and nothing ends
    hang: bool = False
    #: so many old requests are sent again before it, in any order
    again: int = 0


NOTHING = Order()
#: decides by method and path
Rule = Callable[[str, str], Order]


def canned(status: str, body: bytes, *, kind: str = "text/html", **headers: str) -> bytes:
    """An answer of somebody else's."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


def nothing(_method: str, _path: str) -> Order:
    """All is well."""
    return NOTHING


@dataclass
class Front:
    """One listening proxy."""

    upstreams: list[int]
    context: ssl.SSLContext
    port: int = 0
    host: str = "127.0.0.1"
    rule: Rule = nothing
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    #: requests that came to an end
    passed: int = 0
    #: orders that were not the default
    done: int = 0
    _old: deque[bytes] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    _turn: int = 0
    _loop: asyncio.AbstractEventLoop | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where boxes find the cloud."""
        return f"https://localhost:{self.port}"

    async def serve(self, ready: Callable[[], None], over: asyncio.Event) -> None:
        """Until it is over."""
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._come, self.host, self.port, ssl=self.context)
        self.port = server.sockets[0].getsockname()[1]
        ready()
        await over.wait()
        server.close()
        self._cut_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut_all(self) -> None:
        """Ends every connection now."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._cut_all)

    def _cut_all(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open.add(writer)
        try:
            while await self._one(reader, writer):
                self.passed += 1
        except (OSError, EOFError, ssl.SSLError, asyncio.CancelledError):
            # Also at the end of it all: nobody waits for this task.
            return
        finally:
            self._open.discard(writer)
            self._tasks.discard(task)
            writer.transport.abort()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head, body = await _message(reader)
        method, path = head.decode("latin-1").split(" ", 2)[:2]
        order = self.rule(method, path)
        self.done += order != NOTHING
        if order.wait_s:
            await asyncio.sleep(order.wait_s)
        if order.hang:
            await asyncio.Event().wait()
        if order.instead is not None:
            writer.write(order.instead)
            return True
        if order.again:
            for old in self.chance.sample(list(self._old), min(order.again, len(self._old))):
                await self._ask(old)
        if order.cut_request:
            with contextlib.suppress(OSError, EOFError):
                await self._ask(head + body[: len(body) // 2], is_whole=False)
            return False
        if path == "/v1/ingest":
            self._old.append(head + body)
        answer = await self._ask(head + (_flipped(body, self.chance) if order.flip_request else body))
        if order.lose_answer:
            return False
        if order.flip_answer:
            start = answer.index(b"\r\n\r\n") + 4
            answer = answer[:start] + _flipped(answer[start:], self.chance)
        writer.write(answer)
        await writer.drain()
        return True

    async def _ask(self, request: bytes, *, is_whole: bool = True) -> bytes:
        """What the cloud says; 502 where it is away, as proxies say it."""
        self._turn += 1
        port = self.upstreams[self._turn % len(self.upstreams)]
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return canned("502 Bad Gateway", b"<h1>Bad Gateway</h1>")
        try:
            writer.write(request)
            if not is_whole:
                await writer.drain()
                return b""
            head, body = await _message(reader)
            return head + body
        except (OSError, EOFError):
            return canned("502 Bad Gateway", b"<h1>Bad Gateway</h1>")
        finally:
            writer.transport.abort()


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return head, await reader.readexactly(int(value))
    return head, b""


def _flipped(body: bytes, chance: random.Random) -> bytes:
    if not body:
        return body
    at = chance.randrange(len(body))
    return body[:at] + bytes([body[at] ^ (1 << chance.randrange(8))]) + body[at + 1 :]


@contextmanager
def standing(
    upstreams: list[int], folder: Path, authority: Authority, *, host: str = "127.0.0.1", port: int = 0
) -> Iterator[Front]:
    """A proxy called localhost, and what it is called elsewhere."""
    own = folder / f"front-{host}.pem"
    own.write_bytes(authority.bundle(key=new_key(), names=("localhost", NAME)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    front = Front(upstreams, context, port, host)
    ready = threading.Event()
    ends: list[Callable[[], object]] = []

    async def run() -> None:
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        ends.append(lambda: loop.call_soon_threadsafe(over.set))
        await front.serve(ready.set, over)

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(5)
    try:
        yield front
    finally:
        ends[0]()
        thread.join(10)
