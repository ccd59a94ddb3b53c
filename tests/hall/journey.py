"""One phone's whole way in, from the link to the live track, with the time that each part of it took.

Owns the order of things: as the system does it by itself and its owner does it with one tap, without their pauses.
"""

import asyncio
import json
import re
import time
from dataclasses import dataclass, field

from tests.hall.browser import Browser, read_head, request
from tests.hall.mobile import Mobile
from tests.hall.systems import System

_STREAM = re.compile(r'data-stream="([^"]+)"')
_BUTTON = re.compile(r'<form method="post" action="([^"]+)"')
_WITHIN_S = 15.0


@dataclass
class Journey:
    """How it went."""

    system: str
    #: what DHCP gave
    address: str = ""
    #: milliseconds since the link went up, by what was reached then
    at_ms: dict[str, float] = field(default_factory=dict)
    #: how long the encrypted probe took to be refused, milliseconds
    refused_ms: float = 0.0
    #: requests that it took
    requests: int = 0


@dataclass
class Stream:
    """The stage's open event stream."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    #: titles heard, and the newest id
    titles: list[str] = field(default_factory=list)
    last_id: str = ""

    async def next(self) -> tuple[str, dict[str, object]]:
        """The next event: its name and what it holds."""
        name = ""
        while True:
            line = (await self.reader.readuntil(b"\n")).rstrip(b"\r\n").decode()
            # Lengths of chunks stand between the lines and look like nothing else here.
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("id: "):
                self.last_id = line.removeprefix("id: ")
            elif line.startswith("data: "):
                data: dict[str, object] = json.loads(line.removeprefix("data: "))
                now = data.get("now")
                if isinstance(now, dict):
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


async def open_stream(phone: Mobile, browser: Browser, url: str) -> Stream:
    """The stream at an address."""
    host, _, port = url.removeprefix("http://").partition("/")[0].partition(":")
    reader, writer = await phone.dial(host, int(port or 80))
    writer.write(request("GET", url, browser.headers(Accept="text/event-stream")))
    status, _ = await read_head(reader)
    assert status == 200, status
    browser.asked += 1
    return Stream(reader, writer)


async def _portal(browser: Browser, system: System) -> None:
    """The sheet: the welcome page, its one button, and the page after it."""
    browser.agent = system.agent
    here, page = await browser.page(f"http://{system.host}{system.path}")
    button = _BUTTON.search(page.body.decode())
    assert button is not None, page.body
    base = here[: here.index("/", len("http://"))]
    there, _ = await browser.page(base + button[1], method="POST")
    assert there.endswith("/welcome/done"), there


async def travel(phone: Mobile, system: System, *, stage: str = "main-floor") -> tuple[Journey, Stream]:
    """From the link to the first event of the stage's stream; the stream stays open.

    Raises: AssertionError, OSError or TimeoutError when anything is not as a phone needs it.
    """
    journey = Journey(system.name)
    began = time.monotonic()

    def reached(what: str) -> None:
        journey.at_ms[what] = (time.monotonic() - began) * 1000

    lease = await phone.join()
    journey.address = lease.address
    reached("address")
    browser = Browser(phone.dial)
    probe = f"http://{system.host}{system.path}"
    encrypted = asyncio.create_task(phone.refused_after_ms(system.https_host)) if system.https_host else None
    caught = await browser.ask("GET", probe)
    assert caught.status == 302, caught
    journey.refused_ms = await encrypted if encrypted else await phone.refused_after_ms("www.example.com")
    reached("portal")
    await _portal(browser, system)
    reached("button")
    online = await browser.ask("GET", probe)
    assert (online.status, len(online.body)) == system.online, online
    reached("online")
    here, page = await browser.page(f"http://{lease.router}/s/{stage}")
    words = page.body.decode()
    reached("page")
    assert 'data-part="title"' in words, words
    address = _STREAM.search(words)
    assert address is not None, words
    # Without the page's own "since", so that the stream tells the whole state, the track with it.
    stream = await open_stream(phone, browser, here[: here.index("/s/")] + address[1].partition("?")[0])
    async with asyncio.timeout(_WITHIN_S):
        while not stream.titles:
            await stream.next()
    reached("track")
    journey.requests = browser.asked
    browser.close()
    return journey, stream
