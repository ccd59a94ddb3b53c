"""What phones' systems do on a real network: their probes in their own order and timing, judged by their own rules."""

import asyncio
import ssl
import time
from collections.abc import Awaitable

from tests.hall.browser import Browser, Reply
from tests.hall.mobile import Mobile
from tests.hall.systems import Android, Apple, Heard, Verdict

_NO_ANSWER = (OSError, TimeoutError, asyncio.IncompleteReadError, ssl.SSLError)


async def _timed(probe: Awaitable[Reply]) -> Heard:
    began = time.monotonic()
    try:
        reply = await probe
    except _NO_ANSWER:
        return Heard(0, 0, (time.monotonic() - began) * 1000)
    return Heard(reply.status, len(reply.body), (time.monotonic() - began) * 1000)


async def _encrypted(phone: Mobile, host: str) -> Reply:
    """The encrypted probe: whoever answers must prove to be that host."""
    reader, writer = await phone.dial(host, 443)
    try:
        await writer.start_tls(ssl.create_default_context(), server_hostname=host)
    finally:
        writer.close()
    del reader
    # Nobody in a hall has that proof.
    raise AssertionError(f"somebody here can prove to be {host}")


async def android_sees(phone: Mobile, rules: Android) -> tuple[Verdict, Heard, Heard]:
    """Both probes at once; what the system believes then, and how each ended."""
    browser = Browser(phone.dial, agent="Mozilla/5.0 (X11; Linux x86_64)")
    http, https = await asyncio.gather(
        _timed(browser.ask("GET", f"http://{rules.http_host}{rules.path}")),
        _timed(_encrypted(phone, rules.https_host)),
    )
    browser.close()
    address = await phone.resolve(rules.http_host)
    return rules.verdict(address=address, http=http, https=https), http, https


async def apple_sees(phone: Mobile) -> Verdict:
    """The assistant's probe."""
    rules = Apple()
    browser = Browser(phone.dial, agent="CaptiveNetworkSupport-443.120.2 wispr")
    try:
        reply = await browser.ask("GET", f"http://{rules.host}{rules.path}")
    except _NO_ANSWER:
        return rules.verdict(status=0, body=b"")
    finally:
        browser.close()
    return rules.verdict(status=reply.status, body=reply.body)


async def press(phone: Mobile, button: str = "/welcome", *, port: int = 8080) -> str:
    """The owner's tap on a button of the welcome pages; where it leads."""
    assert phone.lease is not None
    browser = Browser(phone.dial)
    reply = await browser.ask("POST", f"http://{phone.lease.router}:{port}{button}")
    browser.close()
    assert reply.status == 303, reply
    return reply.headers["location"]
