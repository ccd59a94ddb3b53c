"""The stock desktop app's side of the protocol, spoken to the link over a real socket."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from sync.link.sources.pika_desktop import PikaDesktop
from sync.link.sources.source import Sighting
from tests.support.ports import free_port

SESSION = "pika_1795000000000_abc1234"


class App:
    """A connected app."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, kind: str, **fields: Any) -> None:
        await self.connection.send(json.dumps({"type": kind, "version": "0.3.0", **fields}))

    async def hear(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(await asyncio.wait_for(self.connection.recv(), 2))
        assert None not in found.values()
        assert str(found.get("timestamp", "Z")).endswith("Z")
        return found


def with_app(scene: Callable[[App], Awaitable[None]]) -> list[Sighting]:
    """What the link heard while `scene` played the app."""
    port, heard = free_port(), list[Sighting]()

    async def run() -> None:
        listening = asyncio.create_task(PikaDesktop(port).listen(heard.append))
        async with asyncio.timeout(10):
            async with httpx.AsyncClient() as client:
                while True:
                    with contextlib.suppress(httpx.ConnectError):
                        health = await client.get(f"http://localhost:{port}/health")
                        assert health.json()["version"] == "0.3.0"
                        break
                    await asyncio.sleep(0.02)
            async with connect(f"ws://localhost:{port}/ws", origin="tauri://localhost") as connection:  # type: ignore[arg-type]
                await scene(App(connection))
            for origin in ("https://evil.example", "http://localhost.evil.example"):
                with pytest.raises(InvalidStatus):
                    await connect(f"ws://localhost:{port}/ws", origin=origin)  # type: ignore[arg-type]
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening

    asyncio.run(run())
    return heard


def test_an_unmodified_app_registers_plays_and_ends() -> None:
    async def scene(app: App) -> None:
        await app.say("REGISTER_SESSION", sessionId=SESSION, djName='DJ <"Anna">', token="")
        assert await app.hear() == {
            "type": "SESSION_REGISTERED", "sessionId": SESSION, "djName": "DJ Anna", "authenticated": True,
        }  # fmt: skip
        await app.say("PING")
        assert await app.hear() == {"type": "PONG"}
        track = {"title": "So What", "artist": "Miles Davis", "bpm": 136, "key": "Dm", "energy": 40}
        await app.say("BROADCAST_TRACK", sessionId=SESSION, track=track, messageId="msg_1_abcdefg")
        ack = await app.hear()
        assert (ack["type"], ack["messageId"], ack["status"]) == ("ACK", "msg_1_abcdefg", "ok")
        await app.say("END_SESSION", sessionId=SESSION, messageId="msg_2_abcdefg")
        assert (await app.hear())["messageId"] == "msg_2_abcdefg"

    (sighting,) = with_app(scene)
    assert (sighting.artist, sighting.title, sighting.bpm, sighting.key) == ("Miles Davis", "So What", 136.0, "Dm")


def test_its_queue_from_offline_is_taken_as_fast_as_it_comes_and_a_retry_is_the_same_play() -> None:
    async def scene(app: App) -> None:
        await app.say("REGISTER_SESSION", sessionId=SESSION, djName="Anna")
        await app.hear()
        for number in [*range(20), 19]:
            track = {"title": f"T{number}", "artist": "A"}
            await app.say("BROADCAST_TRACK", sessionId=SESSION, track=track, messageId=f"msg_{number}")
        assert [(await app.hear())["type"] for _ in range(21)] == ["ACK"] * 21

    heard = with_app(scene)
    assert [one.title for one in heard] == [*(f"T{number}" for number in range(20)), "T19"]
    assert len({one.native_id for one in heard}) == 20


def test_metadata_that_follows_belongs_to_the_same_play() -> None:
    async def scene(app: App) -> None:
        await app.say("BROADCAST_TRACK", sessionId=SESSION, track={"title": "A", "artist": "B"}, messageId="m1")
        await app.hear()
        await app.say("METADATA_UPDATED", sessionId=SESSION, track={"title": "A", "artist": "B", "bpm": 128})
        await app.say("METADATA_UPDATED", sessionId=SESSION, track={"title": "Other", "artist": "B", "bpm": 99})
        await app.say("PING", messageId="m2")
        assert [(await app.hear())["type"] for _ in range(2)] == ["PONG", "ACK"]

    first, second = with_app(scene)
    assert (first.native_id, first.bpm, second.bpm) == (second.native_id, None, 128.0)


def test_what_the_link_can_not_do_is_refused_and_nonsense_is_ignored() -> None:
    async def scene(app: App) -> None:
        await app.say("SEND_ANNOUNCEMENT", sessionId=SESSION, message="Hello", messageId="m1")
        assert (await app.hear())["type"] == "NACK"
        await app.say("BROADCAST_TRACK", sessionId=SESSION, track={"artist": "B"}, messageId="m2")
        assert (await app.hear())["type"] == "NACK"
        for frame in ("", "{", "[]", "null", '{"type":7}', '{"type":"BROADCAST_TRACK","track":[]}', "[" * 5000):
            await app.connection.send(frame)
        await app.connection.send(b"\xff\x00")
        await app.say("VALIDATE_SESSION", sessionId=SESSION)
        assert await app.hear() == {"type": "SESSION_VALID", "sessionId": SESSION, "isValid": True}
        await app.say("GET_SESSIONS", messageId="m3")
        assert await app.hear() == {"type": "SESSIONS_LIST", "sessions": []}
        with contextlib.suppress(ConnectionClosed):
            await app.connection.send("x" * 100_000)
            await app.connection.recv()

    assert with_app(scene) == []
