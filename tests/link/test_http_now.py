"""Scripts on the laptop say what plays; web pages that the DJ opens can not."""

import asyncio
import contextlib
from typing import Any

import httpx
import pytest

from sync.link.sources.http_now import HttpNow
from sync.link.sources.source import Sighting
from tests.support.ports import free_port


def asked(*requests: dict[str, Any]) -> tuple[list[int], list[Sighting]]:
    """The answers' statuses, and what was heard."""
    port, heard = free_port(), list[Sighting]()
    source = HttpNow(port)
    assert source.probe().usable

    async def scene() -> list[int]:
        listening = asyncio.create_task(source.listen(heard.append))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            async with asyncio.timeout(5):
                while True:
                    with contextlib.suppress(httpx.ConnectError):
                        await client.get("/elsewhere")
                        break
                    await asyncio.sleep(0.02)
            assert not source.probe().usable
            usual = {"method": "GET", "url": "/now"}
            statuses = [(await client.request(**{**usual, **request})).status_code for request in requests]
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
        return statuses

    return asyncio.run(scene()), heard


def test_by_address_by_form_and_by_json() -> None:
    track = {"artist": "Miles Davis", "title": "So What", "bpm": "136", "id": "7"}
    statuses, heard = asked(
        {"params": track},
        {"method": "POST", "data": track},
        {"method": "POST", "json": {**track, "bpm": 136, "later": [1]}},
    )
    assert statuses == [202] * 3
    assert {(one.artist, one.title, one.bpm, one.native_id) for one in heard} == {
        ("Miles Davis", "So What", 136.0, "7")
    }


def test_without_an_id_every_call_is_a_play() -> None:
    _, heard = asked({"params": {"title": "A"}}, {"params": {"title": "A"}})
    assert len({one.native_id for one in heard}) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:8471"},
    ],
)
def test_a_web_page_can_not_say_what_plays(headers: dict[str, str]) -> None:
    assert asked({"params": {"title": "A"}, "headers": headers}) == ([403], [])


def test_no_page_and_no_stranger_can_hold_the_line_or_make_it_fall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.link.sources.http_now._TALK_S", 0.5)
    port, heard = free_port(), list[Sighting]()
    good = b"GET /now?title=A HTTP/1.1\r\nHost: localhost\r\n\r\n"

    async def said(sent: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        try:
            return await asyncio.wait_for(reader.read(), 5)
        except ConnectionResetError:
            return b""
        finally:
            writer.close()

    async def scene() -> None:
        listening = asyncio.create_task(HttpNow(port).listen(heard.append))
        async with asyncio.timeout(20):
            while True:
                with contextlib.suppress(ConnectionRefusedError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                await asyncio.sleep(0.02)
            # Refused pages lose their line at once, and whoever speaks no HTTP is told so.
            assert b" 403 " in await said(good.replace(b"localhost", b"rebound.example"))
            assert b" 431 " in await said(b"GET /now HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 20_000)
            assert b" 400 " in await said(b"\x16\x03\x01" + bytes(200))
            # More than there are places for, that begin and never end.
            held = [(await asyncio.open_connection("127.0.0.1", port))[1] for _ in range(300)]
            for one in held:
                one.write(b"G")
            while not (await said(good)).startswith(b"HTTP/1.1 202"):
                await asyncio.sleep(0.1)
            for one in held:
                one.close()
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening

    asyncio.run(scene())
    assert {one.title for one in heard} == {"A"}


def test_what_can_not_be_used_is_refused() -> None:
    statuses, heard = asked(
        {"params": {"artist": "A"}},
        {"params": {"title": "A", "bpm": "fast"}},
        {"method": "POST", "content": b"{", "headers": {"content-type": "application/json"}},
        {"method": "POST", "content": b"x" * 20_000},
        {"method": "POST", "content": b"title=\xff"},
        {"method": "DELETE"},
    )
    assert statuses == [422] * 5 + [405]
    assert heard == []
