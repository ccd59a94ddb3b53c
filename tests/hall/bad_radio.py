"""A hall with bad radio: some phones lose a third of all packets, some stop reading, and the others must not notice.

Owns the scene and what is measured in it. `test_bad_radio.py` plays seconds of it; for as long as you like:
`sudo .venv/bin/python -m tests.hall.bad_radio MINUTES`.
"""

import asyncio
import contextlib
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

import psutil

from appliance.domain.portal import Mode
from tests.firmware.guests_network import WEB_PORT, GuestsNetwork, guests_network
from tests.hall.browser import Browser, request
from tests.hall.crowd import crowd
from tests.hall.desk import Desk
from tests.hall.inside import inside
from tests.hall.mobile import Mobile
from tests.hall.stream import Listener

_EACH = 10
_LOSS = "table inet radio { chain heard { type filter hook input priority 0; numgen random mod 100 < 30 drop; }; }"
_LITTLE = 4096
# As long as a title may be, so that what is not read piles up soon.
_LONG = "猫" * 480


@dataclass
class Evening:
    """What it came to."""

    #: from announcing each track until each phone with a good line had it, milliseconds
    good_ms: list[float] = field(default_factory=list)
    #: tracks that such a phone missed
    missed: int = 0
    #: seconds from the last track until the phones with bad radio had it too
    bad_s: float = 0.0
    #: the server's memory at the start and at its most, bytes
    memory: tuple[int, int] = (0, 0)
    #: phones that the server cut because they did not read
    cut: int = 0
    #: tracks announced
    tracks: int = 0


def _spoil(phone: Mobile) -> None:
    """Loses three of ten packets that the box sends it."""
    with inside(phone.namespace):
        subprocess.run(["nft", "-f", "-"], input=_LOSS, text=True, check=True)


async def _stop_reading(phone: Mobile, url: str) -> socket.socket:
    """A phone that opens the stream and goes to sleep with it."""
    assert phone.lease is not None
    with inside(phone.namespace):
        asleep = socket.socket()
    asleep.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _LITTLE)
    asleep.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(asleep, (phone.lease.router, WEB_PORT))
    await loop.sock_sendall(asleep, request("GET", url, {"Accept": "text/event-stream"}))
    return asleep


def _server(network: GuestsNetwork) -> psutil.Process:
    mine = Path("/run/netns", network.box.namespace).stat().st_ino
    for process in psutil.process_iter():
        with contextlib.suppress(OSError, psutil.Error):
            here = Path(f"/proc/{process.pid}/ns/net").stat().st_ino
            if here == mine and process.cmdline()[-1:] == ["serve"]:
                return process
    raise LookupError("no server runs")


def _cut(desk: Desk) -> int:
    lines = desk.visit("GET", "/metrics").text.splitlines()
    return sum(int(float(line.split()[-1])) for line in lines if "cut" in line and not line.startswith("#"))


async def _announce(
    desk: Desk, *, seconds: float, every_s: float, server: psutil.Process
) -> tuple[dict[str, float], int]:
    """Tracks for so long; when each was announced, and the server's memory at its most."""
    told: dict[str, float] = {}
    most, began = 0, time.monotonic()
    while time.monotonic() - began < seconds:
        title = f"{len(told)} {_LONG}"
        told[title] = time.monotonic()
        await asyncio.to_thread(desk.announce, title, _LONG)
        most = max(most, server.memory_info().rss)
        await asyncio.sleep(max(0.0, told[title] + every_s - time.monotonic()))
    return told, most


async def play(network: GuestsNetwork, phones: list[Mobile], desk: Desk, *, seconds: float, every_s: float) -> Evening:
    """The scene: a third of `phones` is good, a third loses packets, and a third stops reading."""
    await asyncio.gather(*(phone.join() for phone in phones))
    router = phones[0].lease.router if phones[0].lease else ""
    url = f"http://{router}:{WEB_PORT}/api/v1/stages/main-floor/stream"
    listeners = [Listener(Browser(phone.dial), url) for phone in phones]
    good, lossy = listeners[0::3], listeners[1::3]
    for phone in phones[1::3]:
        _spoil(phone)
    async with contextlib.AsyncExitStack() as stack:
        for listener in (*good, *lossy):
            listener.start()
            stack.push_async_callback(listener.stop)
        for phone in phones[2::3]:
            stack.enter_context(await _stop_reading(phone, url))
        await asyncio.gather(*(listener.until("Before", within_s=10) for listener in good))
        return await _measured(network, desk, good=good, lossy=lossy, seconds=seconds, every_s=every_s)


async def _measured(
    network: GuestsNetwork,
    desk: Desk,
    *,
    good: list[Listener],
    lossy: list[Listener],
    seconds: float,
    every_s: float,
) -> Evening:
    evening, server = Evening(), _server(network)
    at_first = server.memory_info().rss
    told, most = await _announce(desk, seconds=seconds, every_s=every_s, server=server)
    last, ended = list(told)[-1], time.monotonic()
    await asyncio.gather(*(listener.until(last, within_s=5) for listener in good))
    await asyncio.gather(*(listener.until(last, within_s=60) for listener in lossy))
    evening.bad_s = time.monotonic() - ended
    evening.tracks, evening.memory, evening.cut = len(told), (at_first, most), _cut(desk)
    for listener in good:
        evening.missed += len(told.keys() - listener.heard.keys())
        evening.good_ms += [(listener.heard[title] - told[title]) * 1000 for title in told.keys() & listener.heard]
    return evening


def evening_of(folder: Path, *, seconds: float, every_s: float) -> Evening:
    """Plays it in a hall of its own."""
    with (
        guests_network(folder, mode=Mode.PARTY, real=True) as network,
        crowd(network.venue.switch, size=3 * _EACH, folder=folder / "crowd") as phones,
    ):
        desk = Desk(network.box.namespace, said=network.said)
        desk.announce("Before")
        try:
            return asyncio.run(play(network, phones, desk, seconds=seconds, every_s=every_s))
        finally:
            desk.close()


def main(minutes: str) -> None:
    """The long form, which prints what it came to."""
    with TemporaryDirectory(prefix="pika-radio-") as name:
        evening = evening_of(Path(name), seconds=float(minutes) * 60, every_s=1.0)
    before, most = (size / 1e6 for size in evening.memory)
    p99 = quantiles(evening.good_ms, n=100)[-1]
    print(
        f"{evening.tracks} tracks; good phones: p99 {p99:.0f} ms, most {max(evening.good_ms):.0f} ms, missed"
        f" {evening.missed}; bad radio: all there after {evening.bad_s:.1f} s; cut {evening.cut};"
        f" server {before:.1f} MB, at most {most:.1f} MB"
    )


if __name__ == "__main__":
    main(sys.argv[1])
