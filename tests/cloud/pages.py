"""An organiser's open page: its stream, read by a thread of its own."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx

from tests.cloud.running import Organiser

_WITHIN_S = 10.0


class OpenPage:
    """What a page was told so far."""

    def __init__(self) -> None:
        self.told: list[tuple[float, dict[str, Any]]] = []
        self.ended = threading.Event()
        self._news = threading.Condition()

    def take(self, told: dict[str, Any]) -> None:
        """One more event."""
        with self._news:
            self.told.append((time.monotonic(), told))
            self._news.notify_all()

    def wait_for(self, fits: Callable[[dict[str, Any]], bool]) -> float:
        """When the first event came that `fits`, by the monotonic clock."""

        def found() -> float | None:
            return next((at for at, told in self.told if fits(told)), None)

        with self._news:
            assert self._news.wait_for(lambda: found() is not None, _WITHIN_S), self.told
        at = found()
        assert at is not None
        return at


@contextmanager
def open_page(organiser: Organiser, *, at: str = "") -> Iterator[OpenPage]:
    """A page until the end of the block, at the process `at` or at the organiser's own."""
    page, began = OpenPage(), threading.Event()
    client = httpx.Client(cookies=dict(organiser.browser.cookies), timeout=httpx.Timeout(5, read=30))
    lines: list[socket.socket] = []

    def read() -> None:
        try:
            with client.stream("GET", f"{at or organiser.cloud.url}/boxes/live") as answer:
                assert answer.status_code == 200
                lines.append(answer.extensions["network_stream"].get_extra_info("socket"))
                for line in answer.iter_lines():
                    began.set()
                    if line.startswith("data: "):
                        page.take(json.loads(line.removeprefix("data: ")))
        except httpx.TransportError:
            pass
        finally:
            page.ended.set()

    thread = threading.Thread(target=read)
    thread.start()
    assert began.wait(_WITHIN_S)
    try:
        yield page
    finally:
        with suppress(OSError):
            lines[0].shutdown(socket.SHUT_RDWR)
        thread.join(10)
        client.close()
        assert not thread.is_alive()
