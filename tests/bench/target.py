"""What a generator must know of the server it loads, and the requests it sends, as bytes.

Owns every address and header that phones and DJs send here. Must not open connections.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench.sockets import HOST

#: how long the data of one event is on the wire
EVENT_BYTES = 400
# What `now` carries around the title: the rest of the 400 bytes is title, as a real artist and title with remixers are.
_AROUND_TITLE = 170


@dataclass(frozen=True, slots=True)
class Target:
    """A running server with one session on one stage."""

    #: where it listens on loopback
    port: int
    #: its process
    pid: int
    #: the stage's id
    stage: str = "main-floor"
    #: the DJ's token
    token: str = ""
    #: the running session
    session: str = ""
    #: what it tells everybody because phones came or left has been told after so many seconds
    settles_s: float = 0.3

    @property
    def page(self) -> str:
        """The stage's page."""
        return f"/s/{self.stage}"

    @property
    def stream(self) -> str:
        """The stage's event stream."""
        return f"/api/v1/stages/{self.stage}/stream"

    def _request(self, method: str, path: str, headers: str = "", body: bytes = b"") -> bytes:
        origin = f"{HOST}:{self.port}"
        head = f"{method} {path} HTTP/1.1\r\nHost: {origin}\r\nAccept-Encoding: gzip, deflate\r\n{headers}"
        if method != "GET":
            head += f"Origin: http://{origin}\r\nContent-Length: {len(body)}\r\n"
        return f"{head}\r\n".encode("ascii") + body

    def get(self, path: str, *, cookies: bytes = b"") -> bytes:
        """A phone opens a page."""
        cookie = f"Cookie: {cookies.decode('ascii')}\r\n" if cookies else ""
        return self._request("GET", path, f"Accept: text/html\r\n{cookie}")

    def listen(self, stream: str = "", *, cookies: bytes = b"") -> bytes:
        """A phone opens the stage's event stream, as its page named it or as a program that knows no page."""
        cookie = f"Cookie: {cookies.decode('ascii')}\r\n" if cookies else ""
        return self._request(
            "GET", stream or self.stream, f"Accept: text/event-stream\r\nCache-Control: no-store\r\n{cookie}"
        )

    def like(self, play: str, *, cookies: bytes) -> bytes:
        """A phone likes a play."""
        cookie = f"Cookie: {cookies.decode('ascii')}\r\n"
        return self._request("PUT", f"/api/v1/plays/{play}/like", f"Accept: application/json\r\n{cookie}")

    def start(self) -> bytes:
        """The DJ starts a session."""
        return self.post(f"/api/v1/stages/{self.stage}/sessions", {}, bearer=self.token)

    def announce(self, play: str) -> bytes:
        """The DJ announces a play whose event will be about `EVENT_BYTES` long."""
        title = f"{play} ".ljust(EVENT_BYTES - _AROUND_TITLE - len(play) - len(self.stage), "t")
        body: dict[str, str | float] = {"id": play, "title": title, "artist": "The Bench", "bpm": 128.0, "key": "8A"}
        return self.post(f"/api/v1/sessions/{self.session}/plays", body, bearer=self.token)

    def post(self, path: str, body: Mapping[str, str | float], *, bearer: str = "") -> bytes:
        """A program sends JSON, with a token or a pass if it has one."""
        allowed = f"Authorization: Bearer {bearer}\r\n" if bearer else ""
        return self._request("POST", path, f"Content-Type: application/json\r\n{allowed}", json.dumps(body).encode())
