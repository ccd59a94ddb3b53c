"""One phone's whole way in, from the link to the live track, with the time that each part of it took.

Owns the order of things: as the system does it by itself and its owner does it with one tap, without their pauses.
"""

import asyncio
import re
import time
from dataclasses import dataclass, field

from tests.hall.browser import Browser
from tests.hall.mobile import Mobile
from tests.hall.stream import Stream, open_stream
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
    stream = await open_stream(browser, here[: here.index("/s/")] + address[1].partition("?")[0])
    async with asyncio.timeout(_WITHIN_S):
        while not stream.titles:
            await stream.next()
    reached("track")
    journey.requests = browser.asked
    browser.close()
    return journey, stream
