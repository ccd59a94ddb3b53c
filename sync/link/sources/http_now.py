"""`/now` on this laptop: for scripts and for programs that call an address with each track.

    curl -G http://127.0.0.1:8471/now --data-urlencode "artist=Miles Davis" --data-urlencode "title=So What"

Loopback only; and because every web page that the DJ opens can call loopback too, a request that comes from a page, or
for another host's name, is refused.
"""

import asyncio
import json
import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

import h11
import msgspec

from sync.link.sources.asking import port_is_free
from sync.link.sources.source import Confidence, Probe, Sighting, SourceTrouble, Tried

log = logging.getLogger(__name__)

NAME = "now"
_HOST = "127.0.0.1"
_BODY_MOST = 16 * 1024
_HEAD_MOST = 16 * 1024
_PIECE = 16 * 1024
_TALKS_MOST = 32
#: a script that has not asked and heard for so long has gone, or only wants to hold the line
_TALK_S = 30
_OWN_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)


class NowIn(msgspec.Struct, frozen=True, kw_only=True):
    """What may be sent, as JSON, form fields or in the address. Unknown fields are ignored."""

    title: str
    artist: str = ""
    remix: str = ""
    bpm: float | None = None
    key: str | None = None
    #: the caller's own name for this play: the same id again is the same play
    id: str | None = None
    path: str | None = None


@dataclass(slots=True)
class _Asked:
    """A request, as far as it is looked at."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytearray = field(default_factory=bytearray)

    @property
    def is_own(self) -> bool:
        """Whether a program on this laptop asks, and no page in its browser."""
        from_page = "origin" in self.headers or self.headers.get("sec-fetch-site", "none") not in {"none"}
        return _OWN_HOST.fullmatch(self.headers.get("host", "")) is not None and not from_page

    def fields(self) -> Mapping[str, object]:
        """What was sent. Raises: msgspec.MsgspecError, ValueError."""
        if self.method == "GET":
            return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True, max_num_fields=50))
        if len(self.body) > _BODY_MOST:
            raise ValueError("the body is too large")
        if self.headers.get("content-type", "").startswith("application/json"):
            found: Mapping[str, object] = msgspec.json.decode(self.body, type=dict[str, object])
            return found
        return dict(parse_qsl(self.body.decode("utf-8"), max_num_fields=50))


def sighting_in(fields: Mapping[str, object]) -> Sighting:
    """The play that somebody told of. Raises: msgspec.ValidationError."""
    said = msgspec.convert(dict(fields), NowIn, strict=False)
    return Sighting(
        source=NAME,
        native_id=said.id or secrets.token_hex(8),
        confidence=Confidence.HEARD,
        title=said.title,
        artist=said.artist,
        remix=said.remix,
        path=said.path,
        bpm=said.bpm,
        key=said.key,
    )


def answer_to(asked: _Asked, tell: Callable[[Sighting], None]) -> tuple[int, Mapping[str, str]]:
    """The one address: a status, and what is said with it."""
    if urlsplit(asked.target).path != "/now":
        return 404, {"error": "Here is only /now."}
    if asked.method not in {"GET", "POST"}:
        return 405, {"error": "Say it with GET or POST."}
    if not asked.is_own:
        return 403, {"error": "Only programs on this laptop may say what plays."}
    try:
        sighting = sighting_in(asked.fields())
    except (msgspec.MsgspecError, ValueError) as error:
        return 422, {"error": f"That can't be used: {error}"}
    tell(sighting)
    return 202, {"id": sighting.native_id}


class _Talk:
    """One connection, and one request after the other on it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_MOST)

    async def run(self, tell: Callable[[Sighting], None]) -> None:
        """Until the other side goes. Raises: OSError, TimeoutError, h11.ProtocolError."""
        while True:
            async with asyncio.timeout(_TALK_S):
                try:
                    asked = await self._request()
                except h11.RemoteProtocolError as error:
                    # Also before the end of what it says: nobody else answers then.
                    await self._answer(error.error_status_hint, {"error": f"This is no request: {error}"})
                    return
                if asked is None:
                    return
                await self._answer(*answer_to(asked, tell))
            if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                return
            self._http.start_next_cycle()

    async def _request(self) -> _Asked | None:
        asked: _Asked | None = None
        while True:
            match await self._event():
                case h11.Request() as head:
                    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
                    asked = _Asked(head.method.decode("latin-1"), head.target.decode("latin-1"), headers)
                case h11.Data() as part if asked is not None:
                    asked.body += part.data
                    if len(asked.body) > _BODY_MOST:
                        return asked
                case h11.EndOfMessage():
                    return asked
                case _:
                    return None

    async def _event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._http.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[])
                self._writer.write(self._http.send(go_on) or b"")
            self._http.receive_data(await self._reader.read(_PIECE))
        return event

    async def _answer(self, status: int, said: Mapping[str, str]) -> None:
        body = json.dumps(said).encode()
        headers = [("content-type", "application/json"), ("content-length", str(len(body)))]
        if status >= HTTPStatus.BAD_REQUEST:
            # A page that is refused must not hold one of the few places.
            headers.append(("connection", "close"))
        parts = (h11.Response(status_code=status, headers=headers), h11.Data(data=body), h11.EndOfMessage())
        self._writer.write(b"".join(self._http.send(part) or b"" for part in parts))
        await self._writer.drain()


class HttpNow:
    """Listens on one port of loopback."""

    name = NAME

    def __init__(self, port: int) -> None:
        self._port = port
        self._talks = 0

    def probe(self) -> Probe:
        place = f"http://{_HOST}:{self._port}/now"
        if not port_is_free(self._port):
            words = f"Port {self._port} is taken by another program: choose another with sources.now_port."
            return Probe(False, [Tried(place, False, words)], words)
        return Probe(True, [Tried(place, True, "Scripts and programs can say here what plays.")])

    async def listen(self, tell: Callable[[Sighting], None]) -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                if self._talks < _TALKS_MOST:
                    self._talks += 1
                    try:
                        await _Talk(reader, writer).run(tell)
                    finally:
                        self._talks -= 1
            except (OSError, TimeoutError, h11.ProtocolError) as error:
                log.debug("A script went away: %r", error)
            finally:
                writer.close()

        try:
            server = await asyncio.start_server(talk, _HOST, self._port)
        except OSError as error:
            raise SourceTrouble(
                f"Port {self._port} is taken by another program: choose another with sources.now_port."
            ) from error
        async with server:
            await server.serve_forever()
