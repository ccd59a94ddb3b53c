"""The stage's event stream as a browser keeps it: opened, read, and opened again from where it broke off.

Owns the reading of events and the browser's own habit of coming back; what is drawn of it is nobody's business here.
"""

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

from tests.hall.browser import Browser, read_head, request

_WITHIN_S = 15.0
_BROKEN = (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)
_RETRY_MS = 3000


@dataclass
class Stream:
    """One open stream."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    #: titles heard, and the newest id
    titles: list[str] = field(default_factory=list)
    last_id: str = ""
    #: how long the box wants to be left alone when this breaks, milliseconds
    retry_ms: int = _RETRY_MS

    async def next(self) -> tuple[str, dict[str, Any]]:
        """The next event: its name and what it holds."""
        name = ""
        while True:
            line = (await self.reader.readuntil(b"\n")).rstrip(b"\r\n").decode()
            # Lengths of chunks stand between the lines and look like nothing else here.
            key, _, value = line.partition(": ")
            match key:
                case "event":
                    name = value
                case "id":
                    self.last_id = value
                case "retry":
                    self.retry_ms = int(value)
                case "data":
                    data: dict[str, Any] = json.loads(value)
                    if isinstance(now := data.get("now"), dict):
                        self.titles.append(now["title"])
                    return name, data

    async def until(self, title: str, *, within_s: float = _WITHIN_S) -> None:
        """Listens until this track is on."""
        async with asyncio.timeout(within_s):
            while title not in self.titles:
                await self.next()

    def close(self) -> None:
        """Hangs up."""
        self.writer.close()


async def open_stream(browser: Browser, url: str, *, last_id: str = "") -> Stream:
    """The stream at an address, from where it broke off.

    Raises: OSError; TimeoutError; asyncio.IncompleteReadError when the box hangs up.
    """
    host, _, port = url.removeprefix("http://").partition("/")[0].partition(":")
    reader, writer = await browser.dial(host, int(port or 80))
    since = {"Last-Event-ID": last_id} if last_id else {}
    writer.write(request("GET", url, browser.headers(Accept="text/event-stream") | since))
    browser.asked += 1
    async with asyncio.timeout(_WITHIN_S):
        status, _ = await read_head(reader)
    if status != 200:
        writer.close()
        raise OSError(f"the stream was answered with {status}")
    return Stream(reader, writer, last_id=last_id)


class Listener:
    """A browser's EventSource: whatever breaks, it comes back after the wait that it was told, and goes on."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._task: asyncio.Task[None] | None = None
        self._stream: Stream | None = None
        #: when each track was first heard, on the monotonic clock, in the order in which the page showed them
        self.heard: dict[str, float] = {}
        #: the tracks one after the other, a repetition of what is on left out
        self.shown: list[str] = []
        #: when each stream was open, on the monotonic clock
        self.opened: list[float] = []
        #: names of events, since the latest opening
        self.events: list[str] = []

    def start(self) -> None:
        """Begins to listen."""
        self._task = asyncio.get_running_loop().create_task(self._listen())

    async def _listen(self) -> None:
        last_id, wait_ms = "", _RETRY_MS
        while True:
            try:
                stream = await open_stream(self._browser, self._url, last_id=last_id)
            except _BROKEN:
                await asyncio.sleep(wait_ms / 1000)
                continue
            self.opened.append(time.monotonic())
            self.events = []
            self._stream = stream
            try:
                with contextlib.suppress(*_BROKEN):
                    await self._read(stream)
            finally:
                stream.close()
            last_id, wait_ms = stream.last_id, stream.retry_ms
            await asyncio.sleep(wait_ms / 1000)

    async def _read(self, stream: Stream) -> None:
        while True:
            name, data = await stream.next()
            self.events.append(name)
            now = data.get("now")
            if isinstance(now, dict) and self.shown[-1:] != [now["title"]]:
                self.shown.append(now["title"])
                self.heard.setdefault(now["title"], time.monotonic())

    def drop(self) -> None:
        """Loses the connection without a word."""
        assert self._stream is not None
        self._stream.writer.transport.abort()

    async def until(self, title: str, *, within_s: float) -> None:
        """Returns when this track has been heard."""
        async with asyncio.timeout(within_s):
            while title not in self.heard:
                assert self._task is not None
                assert not self._task.done(), self._task
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """Ends it."""
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
