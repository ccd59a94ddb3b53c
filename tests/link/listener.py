"""A phone that never stops listening: notes what it is told and when, and comes back whenever the stream breaks."""

import contextlib
import http.client
import json
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Told:
    """One event that says what is on."""

    #: by the monotonic clock, seconds
    at_s: float
    #: `now` for what changed, `state` for what was on when the stream began
    name: str
    title: str


class Listener:
    """A context manager. The thread ends with the block."""

    def __init__(self, port: int, *, stage: str = "main-floor") -> None:
        self._port, self._path = port, f"/api/v1/stages/{stage}/stream"
        self._told: list[Told] = []
        self._news = threading.Condition()
        self._over = threading.Event()
        self._connection: http.client.HTTPConnection | None = None
        self._thread = threading.Thread(target=self._listen, name="phone")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    @property
    def told(self) -> list[Told]:
        """Everything so far."""
        with self._news:
            return list(self._told)

    def wait_for(self, title: str, *, within_s: float) -> float:
        """When the phone was told this title, seconds of the monotonic clock."""
        with self._news:
            assert self._news.wait_for(lambda: any(one.title == title for one in self._told), within_s), title
            return next(one.at_s for one in self._told if one.title == title)

    def _listen(self) -> None:
        while not self._over.is_set():
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
            try:
                self._connection.request("GET", self._path, headers={"Accept": "text/event-stream"})
                # One that says it ends the connection takes the socket along.
                with self._connection.getresponse() as stream:
                    self._read(stream)
            except (OSError, http.client.HTTPException, ValueError):
                self._over.wait(0.1)
            finally:
                self._connection.close()

    def _read(self, stream: http.client.HTTPResponse) -> None:
        name = ""
        while not self._over.is_set() and (line := stream.readline()):
            word, _, rest = line.decode().rstrip("\n").partition(": ")
            if word == "event":
                name = rest
            elif word == "data" and name in {"now", "state"}:
                self._note(name, json.loads(rest))

    def _note(self, name: str, data: Any) -> None:
        title = (data.get("now") or {}).get("title", "")
        with self._news:
            self._told.append(Told(time.monotonic(), name, title))
            self._news.notify_all()
