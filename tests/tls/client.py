"""A phone that speaks TLS: the name it wants and the roots it trusts are its own; the address is always loopback."""

import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.authority import NAME
from tests.support.visitors import Answer

SOON_S = 10.0


def trusting(roots: Path) -> ssl.SSLContext:
    """What a careful phone brings."""
    return ssl.create_default_context(cafile=str(roots))


def careless() -> ssl.SSLContext:
    """A phone that takes any certificate, to see what it would be shown."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def connected(port: int, context: ssl.SSLContext, *, name: str | None = NAME) -> ssl.SSLSocket:
    """An encrypted connection."""
    raw = socket.create_connection(("127.0.0.1", port), timeout=SOON_S)
    try:
        return context.wrap_socket(raw, server_hostname=name)
    except BaseException:
        raw.close()
        raise


class _Connection(http.client.HTTPSConnection):
    """Sends the public name, and reaches the box on loopback, as the venue's DNS would have it."""

    def __init__(self, port: int, context: ssl.SSLContext, source: str) -> None:
        super().__init__(NAME, port, timeout=SOON_S, context=context)
        self._tls, self._source = context, source

    def connect(self) -> None:
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=SOON_S, source_address=(self._source, 0))
        try:
            self.sock = self._tls.wrap_socket(raw, server_hostname=NAME)
        except BaseException:
            raw.close()
            raise


@dataclass
class Phone:
    """Asks over HTTPS; keeps cookies."""

    port: int
    roots: Path
    #: from 127.0.0.0/8: the box knows phones on loopback by it
    address: str = "127.0.0.1"
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, body: Any = None) -> Answer:
        connection = _Connection(self.port, trusting(self.roots), self.address)
        sent = {"Host": f"{NAME}:{self.port}", **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/json"
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, body=json.dumps(body) if body is not None else None, headers=sent)
            response = connection.getresponse()
            named = {name.lower(): ", ".join(response.headers.get_all(name, [])) for name in response.headers}
            answer = Answer(status=response.status, headers=named, body=response.read())
        finally:
            connection.close()
        self.cookies |= answer.cookies()
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def press(self, path: str) -> Answer:
        """A button of a page that came over HTTPS."""
        return self.ask("POST", path, headers={"Origin": f"https://{NAME}:{self.port}"})


def reach(port: int) -> tuple[str, float]:
    """Whether a port is open or refused, and after how many milliseconds that was known."""
    began = time.monotonic()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=SOON_S):
            return "open", (time.monotonic() - began) * 1000
    except ConnectionRefusedError:
        return "refused", (time.monotonic() - began) * 1000


def eventually(true: Callable[[], bool], *, within_s: float = SOON_S) -> float:
    """Waits for something; how long it took, in seconds."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < within_s, "it did not come true"
        time.sleep(0.01)
    return time.monotonic() - began


def is_open(port: int) -> Callable[[], bool]:
    return lambda: reach(port)[0] == "open"


def is_refused(port: int) -> Callable[[], bool]:
    return lambda: reach(port)[0] == "refused"
