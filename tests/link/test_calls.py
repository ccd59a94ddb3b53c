"""One question over a real connection: bounded in size and time, and asked of nobody who was not meant."""

import asyncio
import contextlib
from collections.abc import Callable

import pytest

from sync.link.calls import Caller, Heard, NotAnswered, NotReached, TooSlow
from tests.support.ports import free_port

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"


def asked(said: bytes, *, times: int = 1, silence_s: float = 5.0) -> tuple[list[Heard], int]:
    """What was heard of a server that says this to each question, and how many connections it took."""
    connections = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(said)
                await writer.drain()
        writer.close()

    async def scene() -> list[Heard]:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x?y=1"
        async with server, Caller(silence_s=silence_s) as caller:
            return [await caller.ask("GET", url, most=100, within_s=2) for _ in range(times)]

    return asyncio.run(scene()), connections


def test_a_connection_is_kept_for_the_next_question() -> None:
    heard, connections = asked(OK, times=3)
    assert [(one.status, one.body) for one in heard] == [(200, b"hi")] * 3
    assert connections == 1


def test_what_is_too_long_is_cut_and_its_connection_is_not_used_again() -> None:
    heard, connections = asked(b"HTTP/1.1 200 OK\r\ncontent-length: 900000\r\n\r\n" + b"x" * 900_000, times=2)
    assert all(100 < len(one.body) <= 100 + 64 * 1024 for one in heard)
    assert connections == 2


@pytest.mark.parametrize(
    "said",
    [b"\x00\xff nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 0\r\n\r\n"],
)
def test_what_is_no_answer_is_said_so(said: bytes) -> None:
    with pytest.raises(NotAnswered):
        asked(said)


def test_silence_is_waited_for_only_so_long() -> None:
    with pytest.raises(TooSlow):
        asked(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", silence_s=0.2)


@pytest.mark.parametrize(
    ("url", "error"),
    [
        (lambda: f"http://127.0.0.1:{free_port()}/", NotReached),
        # Without a key to look for, nobody may answer to https.
        (lambda: "https://127.0.0.1:1/", NotAnswered),
        (lambda: "file:///etc/passwd", NotAnswered),
        (lambda: "http://127.0.0.1:99999/", NotAnswered),
        (lambda: "http://127.0.0.1/a b\r\nx: y", NotAnswered),
    ],
)
def test_whoever_can_not_be_asked_is_not_asked(url: Callable[[], str], error: type[NotAnswered]) -> None:
    async def scene() -> None:
        async with Caller() as caller:
            await caller.ask("GET", url(), most=100, within_s=2)

    with pytest.raises(error):
        asyncio.run(scene())
