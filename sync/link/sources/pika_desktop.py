"""The stock Pika desktop app as a source: pointed at `ws://localhost:3001`, it plays to the box without a change.

Answers its protocol (0.3.0) as far as a DJ's app asks: register, broadcast, stop, end, ping. An ACK leaves only after
the play is kept on this laptop's disk, well within the five seconds the app waits; nothing is ever refused for its
rate. Timestamps end in `Z` and absent fields are absent: the app throws a whole frame away otherwise.
Reference: the Pika protocol, sections a1 to a6.
"""

import asyncio
import http
import json
import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from sync.link.sources.asking import port_is_free
from sync.link.sources.source import Confidence, Probe, Sighting, SourceTrouble, Tried

log = logging.getLogger(__name__)

NAME = "pika"
VERSION = "0.3.0"
_HOST = "localhost"
_FRAME_MOST = 64 * 1024
# The app's own pages; a web page elsewhere that finds this port must not play to the hall.
_OWN_PAGES = (None, re.compile(r"(tauri|https?)://(tauri\.)?localhost(:\d+)?"))


class _Track(msgspec.Struct, frozen=True):
    """As the app sends it: unknown keys are ignored."""

    title: str
    artist: str = ""
    bpm: float | None = None
    key: str | None = None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True)
class _Conversation:
    """One app that is connected."""

    tell: Callable[[Sighting], None]
    session: str = ""
    #: the last play, so that its metadata can follow
    current: Sighting | None = None

    def answers(self, frame: str | bytes) -> list[dict[str, Any]]:
        """What is said to a frame; nothing to what is no message, as the original does."""
        try:
            message = json.loads(frame)
        except (ValueError, RecursionError):
            return []
        if not isinstance(message, dict):
            return []
        return self._replies(message) + self._receipt(message)

    def _receipt(self, message: Mapping[str, Any]) -> list[dict[str, Any]]:
        message_id = message.get("messageId")
        if not isinstance(message_id, str) or message.get("type") == "GET_SESSIONS":
            return []
        error = self._refusal(message)
        if error is not None:
            return [{"type": "NACK", "messageId": message_id, "error": error, "timestamp": _now()}]
        return [{"type": "ACK", "messageId": message_id, "status": "ok", "timestamp": _now()}]

    def _replies(self, message: Mapping[str, Any]) -> list[dict[str, Any]]:
        session = message.get("sessionId")
        match message.get("type"):
            case "REGISTER_SESSION":
                self.session = session if isinstance(session, str) and 8 <= len(session) <= 64 else _new_session()
                # The app's own limits for a name in this frame.
                name = re.sub(r"[<>\"']", "", str(message.get("djName") or ""))[:100].strip() or "DJ"
                return [
                    {"type": "SESSION_REGISTERED", "sessionId": self.session, "djName": name, "authenticated": True}
                ]
            case "BROADCAST_TRACK":
                self._broadcast(message)
            case "METADATA_UPDATED":
                self._update(message)
            case "VALIDATE_SESSION":
                return [{"type": "SESSION_VALID", "sessionId": str(session or self.session), "isValid": True}]
            case "GET_SESSIONS":
                return [{"type": "SESSIONS_LIST", "sessions": []}]
            case "PING":
                return [{"type": "PONG"}]
        return []

    @staticmethod
    def _refusal(message: Mapping[str, Any]) -> str | None:
        kind = str(message.get("type"))
        if kind == "BROADCAST_TRACK" and _track_in(message) is None:
            return "The track has no title."
        if kind.startswith(("SEND_", "CANCEL_", "START_", "END_POLL")):
            return "Announcements and polls are made on the box's own pages."
        return None

    def _broadcast(self, message: Mapping[str, Any]) -> None:
        track = _track_in(message)
        if track is None:
            return
        message_id = message.get("messageId")
        # A retry carries the same id; the app makes it once for each broadcast.
        own = message_id if isinstance(message_id, str) and message_id else secrets.token_hex(8)
        self.current = Sighting(
            source=NAME,
            native_id=f"{self.session}:{own}"[:200],
            confidence=Confidence.HEARD,
            title=track.title,
            artist=track.artist,
            bpm=track.bpm,
            key=track.key,
        )
        self.tell(self.current)

    def _update(self, message: Mapping[str, Any]) -> None:
        track = _track_in(message)
        if track is None or self.current is None:
            return
        if (track.title, track.artist) == (self.current.title, self.current.artist):
            self.current = replace(self.current, bpm=track.bpm, key=track.key)
            self.tell(self.current)


def _track_in(message: Mapping[str, Any]) -> _Track | None:
    try:
        track = msgspec.convert(message.get("track"), _Track)
    except msgspec.ValidationError:
        return None
    return track if track.title.strip() else None


def _new_session() -> str:
    return f"link_{secrets.token_hex(8)}"


class PikaDesktop:
    """Listens where the app's "dev" server would be."""

    name = NAME

    def __init__(self, port: int) -> None:
        self._port = port

    def probe(self) -> Probe:
        place = f"ws://{_HOST}:{self._port}/ws"
        if not port_is_free(self._port):
            words = f"Port {self._port} is taken by another program, so the Pika app can't be heard."
            return Probe(False, [Tried(place, False, words)], words)
        return Probe(True, [Tried(place, True, 'In the Pika app: Settings, server "dev" (localhost).')])

    async def listen(self, tell: Callable[[Sighting], None]) -> None:
        async def talk(connection: ServerConnection) -> None:
            conversation = _Conversation(tell)
            try:
                async for frame in connection:
                    for answer in conversation.answers(frame):
                        await connection.send(json.dumps(answer))
            except ConnectionClosed as error:
                log.debug("The Pika app went away: %s", error)

        try:
            server = await serve(
                talk,
                _HOST,
                self._port,
                origins=_OWN_PAGES,
                process_request=_other_paths,
                max_size=_FRAME_MOST,
                server_header=None,
                logger=log,
            )
        except OSError as error:
            raise SourceTrouble(
                f"Port {self._port} is taken by another program, so the Pika app can't be heard."
            ) from error
        await _until_cancelled(server)


async def _until_cancelled(server: Server) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        server.close()
        await server.wait_closed()


def _other_paths(connection: ServerConnection, request: Request) -> Response | None:
    """`/health`, which the app looks at, and nothing else beside the socket."""
    path = request.path.partition("?")[0]
    if path == "/ws":
        return None
    if path in {"/", "/health"}:
        said = {"status": "ok", "version": VERSION, "timestamp": _now(), "activeSessions": 0, "database": "connected"}
        response = connection.respond(http.HTTPStatus.OK, json.dumps(said))
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = "application/json"
        return response
    return connection.respond(http.HTTPStatus.NOT_FOUND, "")
