"""The player's line to its box: finds it, asks it, fetches from it. Knows no song and no deck.

Plain HTTP/1.1 on the venue's own network; each question is a connection of its own, so nothing hangs on an old one.
"""

import asyncio
import errno
import http.client
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from appliance.domain.players import proof
from appliance.errors import BoxError, Invalid, Refused, Unavailable
from appliance.player.kept import DiskFull
from appliance.usecases.people import digest

_ANSWER_S = 3.0
_PIECE_S = 15.0
_PIECE_BYTES = 64 * 1024
#: the largest song that is fetched: an hour without loss
SONG_MOST_BYTES = 700 * 1024 * 1024
#: the box that answered last is asked again so many times before another one is looked for
_MISSED_MOST = 2
_log = logging.getLogger(__name__)

#: the address of a box on this network, such as `http://192.168.1.20:8080`; None when none is found
Finder = Callable[[], Awaitable[str | None]]


def checked_address(text: str) -> str:
    """A box's address. Raises: Invalid with the code `address_invalid`."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise Invalid(
            "address_invalid", f"{text!r} is no box's address.", advice="Write it as http://192.168.1.20:8080"
        )
    return text.rstrip("/")


async def knows(address: str, *, token: str) -> bool:
    """Whether the box at an address is the player's own. It is not shown the token; what it says it can't make up."""
    nonce = secrets.token_hex(16)
    try:
        status, answer = await asyncio.to_thread(_exchange, address, "GET", f"/api/v1/player/proofs?nonce={nonce}")
        said = json.loads(answer)["proofs"] if status == 200 else []
        return proof(digest(token), nonce) in said
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return False


def _connection(address: str, *, timeout: float) -> http.client.HTTPConnection:
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname or "", parts.port, timeout=timeout)


def _exchange(
    address: str, method: str, path: str, data: bytes | None = None, headers: Mapping[str, str] = MappingProxyType({})
) -> tuple[int, bytes]:
    connection = _connection(address, timeout=_ANSWER_S)
    try:
        connection.request(method, path, body=data, headers=dict(headers))
        response = connection.getresponse()
        return response.status, response.read(_PIECE_BYTES * 4)
    finally:
        connection.close()


class Line:
    """To one box. Every question raises Unavailable while it can't be reached."""

    def __init__(self, *, token: str, address: str | None, find: Finder) -> None:
        """`address` is the box's; None to look for one with `find`."""
        self._token, self._given, self._find = token, address, find
        self._found: str | None = None
        self._missed = 0

    @property
    def host(self) -> str:
        """The box's host as it was reached last; empty while it was not."""
        return urlsplit(self._given or self._found or "").hostname or ""

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> bytes:
        """The answer's body.

        Raises: Refused with the box's own code when it says no; Unavailable with the code `box_away` or `box_busy`.
        """
        address = await self._address()
        data = json.dumps(body).encode() if body is not None else None
        try:
            headers = self._headers() | ({"Content-Type": "application/json"} if data is not None else {})
            status, answer = await asyncio.to_thread(_exchange, address, method, path, data, headers)
        except (OSError, http.client.HTTPException) as error:
            raise self._away(address, error) from error
        self._missed = 0
        if status >= 400:
            raise _refusal(status, answer)
        return answer

    async def fetch(self, path: str, target: Path) -> None:
        """Writes a file of the box to `target`, and goes on where an earlier try ended.

        Raises: as `ask`; Unavailable with the code `song_not_read` when it can't be kept; DiskFull.
        """
        address = await self._address()
        try:
            await asyncio.to_thread(self._load, address, path, target)
        except (http.client.HTTPException, TimeoutError, ConnectionError) as error:
            raise self._away(address, error) from error
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise DiskFull from error
            raise Unavailable("song_not_read", f"A song could not be kept: {error.strerror or error}.") from error

    async def _address(self) -> str:
        if self._given is not None:
            return self._given
        if self._found is None:
            self._found, self._missed = await self._find(), 0
            if self._found is None:
                raise Unavailable("box_away", "No box is found on this network.", advice="Name it with --box.")
            _log.info("the box is at %s", self._found)
        return self._found

    def _away(self, address: str, error: Exception) -> Unavailable:
        self._missed += 1
        if self._missed >= _MISSED_MOST:
            # It may have another address by now.
            self._found = None
        return Unavailable("box_away", f"The box at {address} does not answer ({error or type(error).__name__}).")

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}

    def _load(self, address: str, path: str, target: Path) -> None:
        done = target.stat().st_size if target.exists() else 0
        connection = _connection(address, timeout=_PIECE_S)
        try:
            connection.request("GET", path, headers=self._headers() | ({"Range": f"bytes={done}-"} if done else {}))
            response = connection.getresponse()
            if response.status == 416:
                # What is here is no beginning of it, or all of it: there is no telling, so it begins anew.
                target.unlink()
                raise http.client.HTTPException("the song is another one by now")
            if response.status >= 400:
                raise _refusal(response.status, response.read(_PIECE_BYTES))
            _save(response, target, done=done if response.status == 206 else 0)
        finally:
            connection.close()


def _save(response: http.client.HTTPResponse, target: Path, *, done: int) -> None:
    wanted = done + int(response.headers.get("content-length") or 0)
    if wanted > SONG_MOST_BYTES:
        raise Unavailable("song_not_read", f"A song has {wanted} bytes, which is more than is fetched.")
    with target.open("r+b" if done else "wb") as file:
        file.seek(done)
        while piece := response.read(_PIECE_BYTES):
            file.write(piece)
        arrived = file.tell()
        file.truncate()
    if arrived != wanted:
        raise http.client.IncompleteRead(b"", wanted - arrived)


def _refusal(status: int, answer: bytes) -> BoxError:
    """What the box says, as its own error."""
    try:
        said = json.loads(answer)
        code, detail, advice = str(said["code"]), str(said["detail"]), str(said.get("advice", ""))
    except (ValueError, KeyError, TypeError):
        return Unavailable("box_away", f"What answers is no box, or a broken one (status {status}).")
    if status >= 500 or status == 429:
        return Unavailable("box_busy", detail, advice=advice)
    return Refused(code, detail, advice=advice)
