"""The demo's HTTP client against servers that answer in every legal way, and in illegal ones."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from appliance.demo.web_client import Event, WebClient
from appliance.errors import BoxError, Refused, Unavailable

STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
EVENTS = b'retry: 2000\n\nid: a-1\nevent: now\ndata: {"v":1}\n\nevent: beat\ndata: {}\n\n'
HEARD = [Event("now", {"v": 1}), Event("beat", {})]


@asynccontextmanager
async def answering(*parts: bytes) -> AsyncIterator[tuple[WebClient, list[bytes]]]:
    """A server that says `parts` to whoever asks, then hangs up; and what it was asked."""
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield WebClient("127.0.0.1", server.sockets[0].getsockname()[1]), asked


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def answer_to(*parts: bytes) -> object:
    async with answering(*parts) as (client, _):
        return await client.ask("GET", "/")


async def events_in(*parts: bytes) -> list[Event]:
    async with answering(*parts) as (client, _):
        return [event async for event in client.events("/stream")]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_events_are_heard_however_they_are_cut_into_chunks(size: int) -> None:
    chunks = [chunk(EVENTS[at : at + size]) for at in range(0, len(EVENTS), size)]
    assert asyncio.run(events_in(STREAM, *chunks, b"0\r\n\r\n")) == HEARD


@pytest.mark.parametrize(
    "parts",
    [
        (b'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"a":1}',),
        (b'HTTP/1.1 200 OK\r\n\r\n{"a"', b":1}"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk(b'{"a"'), chunk(b":1}"), b"0\r\n\r\n"),
    ],
    ids=["length", "until the end", "chunks"],
)
def test_a_body_is_whole_in_each_of_the_three_forms(parts: tuple[bytes, ...]) -> None:
    assert asyncio.run(answer_to(*parts)) == {"a": 1}


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (b"HTTP/1.1 200",),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\n{"a":1}',),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{"a"',),
        (b"SSH-2.0-no-web-server\r\n\r\n",),
    ],
    ids=["nothing", "half a head", "half a body", "half a value", "another protocol"],
)
def test_an_answer_that_is_not_whole_is_no_answer(parts: tuple[bytes, ...]) -> None:
    with pytest.raises(Unavailable) as caught:
        asyncio.run(answer_to(*parts))
    assert caught.value.code == "box_away"


def test_a_stream_that_breaks_off_is_said_so_after_what_came() -> None:
    heard: list[Event] = []

    async def scenario() -> None:
        async with answering(STREAM, chunk(EVENTS), b"5\r\nda") as (client, _):
            async for event in client.events("/stream"):
                heard.append(event)  # noqa: PERF401 - what came before the break counts

    with pytest.raises(Unavailable):
        asyncio.run(scenario())
    assert heard == HEARD


@pytest.mark.parametrize(("status", "kind"), [(403, Refused), (409, Refused), (429, Unavailable), (503, Unavailable)])
def test_the_boxs_own_words_come_with_whether_to_ask_again(status: int, kind: type[BoxError]) -> None:
    problem = b'{"code":"some_code","detail":"Words.","advice":"Do this."}'
    with pytest.raises(kind) as caught:
        asyncio.run(answer_to(b"HTTP/1.1 %d No\r\nContent-Length: %d\r\n\r\n" % (status, len(problem)), problem))
    assert caught.value.code == "some_code"
    assert str(caught.value) == "Words. Do this."


def test_a_cookie_is_kept_and_sent_with_the_token() -> None:
    async def scenario() -> bytes:
        head = b"HTTP/1.1 204 No Content\r\nSet-Cookie: pika_guest=abc.def; HttpOnly; Path=/\r\n\r\n"
        async with answering(head) as (client, asked):
            client.token = "secret"
            assert await client.ask("GET", "/") is None
            await client.ask("PUT", "/like")
            return asked[1]

    lines = asyncio.run(scenario()).split(b"\r\n")
    assert b"Cookie: pika_guest=abc.def" in lines
    assert b"Authorization: Bearer secret" in lines
    assert b"Content-Length: 0" in lines
