"""An Icecast server that hears no music: Traktor, Mixxx and butt broadcast to it, and it reads the tracks' names.

The sender decides what is on air (Traktor by its faders), so what it sends is heard. Ogg streams begin anew with each
track and carry the names in a comment; MP3 senders say them at `/admin/metadata`. The sound itself is thrown away.
Loopback only. Any password is taken: nothing is given for it.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from sync.link.sources.asking import port_is_free
from sync.link.sources.ogg import OggNames
from sync.link.sources.source import Confidence, Probe, Sighting, SourceTrouble, Tried

log = logging.getLogger(__name__)

NAME = "icecast"
_HOST = "127.0.0.1"
_HEAD_MOST = 16 * 1024
_HEAD_WITHIN_S = 10
_SENDERS_MOST = 8
#: a broadcast that is silent for so long has ended
_SILENCE_S = 120
_PIECE = 16 * 1024


def _text(raw: bytes) -> str:
    """Names in a query: UTF-8, or as older senders write them."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def names_in_query(query: str) -> tuple[str, str]:
    """Artist and title of an `updinfo` request; a song in one piece is all title, and split later."""
    # As Latin-1 every byte is a character, so that it can be told apart afterwards.
    fields = parse_qs(query, max_num_fields=50, encoding="latin-1")
    found = {name: _text(values[0].encode("latin-1", "replace")) for name, values in fields.items()}
    if "title" in found or "artist" in found:
        return found.get("artist", ""), found.get("title", "")
    return "", found.get("song", "")


class Icecast:
    """Listens on one port of loopback."""

    name = NAME

    def __init__(self, port: int) -> None:
        self._port = port
        self._senders = 0
        self._last = ("", "")

    def probe(self) -> Probe:
        place = f"{_HOST}:{self._port}"
        if not port_is_free(self._port):
            words = f"Port {self._port} is taken by another program: choose another with sources.icecast_port."
            return Probe(False, [Tried(place, False, words)], words)
        words = (
            f"Traktor: Preferences, Broadcasting, address {_HOST}, port {self._port}, any password, Ogg Vorbis;"
            " then press the antenna each night."
        )
        return Probe(True, [Tried(place, True, words)])

    async def listen(self, tell: Callable[[Sighting], None]) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                if self._senders < _SENDERS_MOST:
                    self._senders += 1
                    try:
                        await self._serve(reader, writer, tell)
                    finally:
                        self._senders -= 1
            except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
                log.debug("A broadcast ended: %r", error)
            finally:
                writer.close()

        try:
            server = await asyncio.start_server(serve, _HOST, self._port, limit=_HEAD_MOST)
        except OSError as error:
            raise SourceTrouble(
                f"Port {self._port} is taken by another program: choose another with sources.icecast_port."
            ) from error
        async with server:
            await server.serve_forever()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tell: Callable[[Sighting], None]
    ) -> None:
        async with asyncio.timeout(_HEAD_WITHIN_S):
            head = await reader.readuntil(b"\r\n\r\n")
        line, _, rest = head.decode("latin-1").partition("\r\n")
        method, _, target = line.partition(" ")
        target = target.rpartition(" ")[0] or target
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (one.partition(":") for one in rest.split("\r\n"))
        }
        if method in {"SOURCE", "PUT"}:
            if headers.get("expect", "").lower() == "100-continue":
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            writer.write(b"HTTP/1.0 200 OK\r\n\r\n")
            await writer.drain()
            await self._hear(reader, tell)
        elif method == "GET" and urlsplit(target).path == "/admin/metadata":
            artist, title = names_in_query(urlsplit(target).query)
            self._tell(artist, title, tell)
            writer.write(
                b"HTTP/1.0 200 OK\r\ncontent-type: text/xml\r\n\r\n<iceresponse><return>1</return></iceresponse>"
            )
            await writer.drain()
        else:
            writer.write(b"HTTP/1.0 404 Not Found\r\ncontent-length: 0\r\n\r\n")
            with contextlib.suppress(OSError):
                await writer.drain()

    async def _hear(self, reader: asyncio.StreamReader, tell: Callable[[Sighting], None]) -> None:
        names = OggNames()
        while data := await self._piece(reader):
            for comment in names.feed(data):
                self._tell(comment.get("artist", ""), comment.get("title", ""), tell)

    async def _piece(self, reader: asyncio.StreamReader) -> bytes:
        async with asyncio.timeout(_SILENCE_S):
            return await reader.read(_PIECE)

    def _tell(self, artist: str, title: str, tell: Callable[[Sighting], None]) -> None:
        """Senders repeat themselves; the same words again without others in between are the same play."""
        if (artist, title) == self._last or not (artist or title).strip():
            return
        self._last = (artist, title)
        tell(
            Sighting(
                source=NAME,
                native_id=secrets.token_hex(8),
                confidence=Confidence.HEARD,
                title=title,
                artist=artist,
            )
        )
