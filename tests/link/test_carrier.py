"""Plays reach a real box once and in order, however often the link, the box or the way between them breaks."""

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.clock import SystemClock
from sync.journal.entries import Entry
from sync.link.calls import Caller
from sync.link.carrier import Carrier, Door, Mood
from sync.link.store.database import LinkStore
from sync.link.telling import aside_words
from tests.support.ports import free_port
from tests.support.real_box import ROOT, RealBox, running_box
from tests.web.served import Served, serving

#: keeps a play every few milliseconds and carries them: path, address, token, how many
PLAYING = """
import asyncio, json, sys
from pathlib import Path
from appliance.clock import SystemClock
from sync.journal.entries import Entry
from sync.link.calls import Caller
from sync.link.carrier import Carrier, Door
from sync.link.store.database import LinkStore

store, clock = LinkStore(Path(sys.argv[1])), SystemClock()
until = int(sys.argv[4])

def keep():
    now = clock.now()
    number = store.history("box").last.seq + 1
    body = {"play": f"p{number}", "set": "set1", "title": f"T{number}", "source": "s", "confidence": "heard"}
    with store.transaction():
        store.append("box", Entry(0, "play.heard", 1, now.boot, now.boot_ms, now.wall_ms, "saved", json.dumps(body)))

async def main():
    async with Caller() as client:
        carrier = Carrier(store, clock, "test/1", client, Door("box", sys.argv[2], sys.argv[3]))
        carrying = asyncio.create_task(carrier.run())
        while store.history("box").last.seq < until:
            keep()
            carrier.wake()
            await asyncio.sleep(0.002)
        while store.history("box").waiting:
            await asyncio.sleep(0.01)
        carrying.cancel()

asyncio.run(main())
"""


@pytest.fixture
def box(tmp_path: Path) -> Iterator[RealBox]:
    """All of a box, with processes to kill."""
    with running_box(tmp_path / "box") as found:
        yield found


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """The same server and store in this process: there in a moment."""
    with serving(tmp_path / "box") as found:
        yield found


def titles(box: RealBox | Served) -> list[str]:
    plays = box.visitor().get("/api/v1/stages/main-floor/history?limit=200").json["plays"]
    return [play["title"] for play in reversed(plays)]


def add(store: LinkStore, *numbers: int, box: str = "box") -> None:
    now = SystemClock().now()
    for number in numbers:
        body = {"play": f"p{number}", "set": "set1", "title": f"T{number}", "source": "s", "confidence": "heard"}
        with store.transaction():
            store.append(box, Entry(0, "play.heard", 1, now.boot, now.boot_ms, now.wall_ms, "saved", json.dumps(body)))


def carry(store: LinkStore, *, url: str, token: str, within_s: float = 20.0) -> Carrier:
    """Until everything is acknowledged, or the time is over."""

    async def until_done() -> Carrier:
        async with Caller() as client:
            carrier = Carrier(
                store, SystemClock(), "test/1", client, Door("box", url, token), draw=lambda low, _: low / 20
            )
            carrying = asyncio.create_task(carrier.run())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    while carrier.progress.mood not in {Mood.DONE, Mood.REFUSED}:
                        await asyncio.sleep(0.01)
            carrying.cancel()
            await asyncio.gather(carrying, return_exceptions=True)
            return carrier

    return asyncio.run(until_done())


def token_of(box: RealBox | Served, name: str = "DJ Anna") -> str:
    token = box.dj(name).token
    assert token is not None
    return token


def test_plays_arrive_and_the_newest_is_what_phones_see(served: Served, tmp_path: Path) -> None:
    store = LinkStore(tmp_path / "link.db")
    add(store, 1, 2, 3)
    carrier = carry(store, url=f"http://127.0.0.1:{served.port}", token=token_of(served))
    assert (carrier.progress.mood, store.history("box").waiting) == (Mood.DONE, 0)
    assert titles(served) == ["T1", "T2", "T3"]
    assert served.visitor().get("/api/v1/stages/main-floor/now").json["now"]["title"] == "T3"


def test_a_link_killed_at_random_moments_loses_nothing_and_doubles_nothing(served: Served, tmp_path: Path) -> None:
    chance = random.Random(5)
    arguments = [str(tmp_path / "link.db"), f"http://127.0.0.1:{served.port}", token_of(served), "180"]
    command = [sys.executable, "-c", PLAYING, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for _ in range(6):
        process = subprocess.Popen(command, env=environment)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.5 + chance.random() * 0.4)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command, env=environment, check=True, timeout=30)
    assert titles(served) == [f"T{number}" for number in range(1, 181)]


def test_a_box_that_is_killed_in_between_gets_everything_once(box: RealBox, tmp_path: Path) -> None:
    store, token = LinkStore(tmp_path / "link.db"), token_of(box)
    for start in (1, 41, 81):
        add(store, *range(start, start + 40))
        server = int(
            subprocess.check_output(["pgrep", "-f", "appliance serve", "-P", str(_supervisord(box))]).split()[0]
        )
        os.kill(server, signal.SIGKILL)
        assert carry(store, url=f"http://127.0.0.1:{box.port}", token=token).progress.mood is Mood.DONE
    assert titles(box) == [f"T{number}" for number in range(1, 121)]


def _supervisord(box: RealBox) -> int:
    return int(subprocess.check_output(["pgrep", "-P", str(box.process.pid)]).split()[0])


def test_without_a_box_plays_are_kept_and_the_link_says_that_it_waits(tmp_path: Path) -> None:
    store = LinkStore(tmp_path / "link.db")
    add(store, 1)
    carrier = carry(store, url=f"http://127.0.0.1:{free_port()}", token="pk_dj_x", within_s=0.5)
    assert (carrier.progress.mood, carrier.progress.waiting) == (Mood.WAITING, 1)


def test_a_revoked_token_is_said_and_nothing_is_lost(served: Served, tmp_path: Path) -> None:
    store = LinkStore(tmp_path / "link.db")
    add(store, 1)
    carrier = carry(store, url=f"http://127.0.0.1:{served.port}", token="pk_dj_" + "x" * 43)
    assert carrier.progress.mood is Mood.REFUSED
    assert "token_wrong" in carrier.progress.reason
    assert store.history("box").waiting == 1


@pytest.mark.parametrize("answer", ["portal", "endless", "garbage", "redirect"])
def test_a_box_that_answers_nonsense_is_no_box(tmp_path: Path, answer: str) -> None:
    store = LinkStore(tmp_path / "link.db")
    add(store, 1)
    said: dict[str, bytes] = {
        "portal": b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 7\r\n\r\nWelcome",
        "endless": b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n" + b"x" * 2_000_000,
        "garbage": b"\x00\xff nonsense\r\n\r\n",
        "redirect": b"HTTP/1.1 307 Go\r\nlocation: http://127.0.0.1:1/steal\r\ncontent-length: 0\r\n\r\n",
    }

    async def serve_and_carry() -> Any:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(said[answer])
            with contextlib.suppress(ConnectionError):
                await writer.drain()
            writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, Caller() as client:
            carrier = Carrier(store, SystemClock(), "t/1", client, Door("box", url, "pk"), draw=lambda low, _: low / 50)
            carrying = asyncio.create_task(carrier.run())
            await asyncio.sleep(0.4)
            carrying.cancel()
            await asyncio.gather(carrying, return_exceptions=True)
            return carrier.progress.mood

    assert asyncio.run(serve_and_carry()) is Mood.WAITING
    assert store.history("box").waiting == 1


def test_a_thousand_plays_from_eight_hours_without_a_box_arrive_in_a_moment_and_none_is_now(
    served: Served, tmp_path: Path
) -> None:
    store, now = LinkStore(tmp_path / "link.db"), SystemClock().now()
    with store.transaction():
        for number in range(1000):
            at = now.boot_ms - 8 * 3600_000 + number * 28_000
            body = {"play": f"p{number}", "set": "s", "title": f"T{number}", "source": "s", "confidence": "heard"}
            store.append("box", Entry(0, "play.heard", 1, now.boot, at, now.wall_ms, "saved", json.dumps(body)))
    started = time.monotonic()
    assert carry(store, url=f"http://127.0.0.1:{served.port}", token=token_of(served)).progress.mood is Mood.DONE
    assert time.monotonic() - started < 10
    assert titles(served) == [f"T{number}" for number in range(800, 1000)]
    assert "now" not in served.visitor().get("/api/v1/stages/main-floor/now").json


def test_what_the_box_can_not_use_is_known_here_by_name(served: Served, tmp_path: Path) -> None:
    store, now = LinkStore(tmp_path / "link.db"), SystemClock().now()
    good = {"play": "p1", "set": "set1", "title": "Good", "source": "s", "confidence": "heard"}
    bodies = [good, {**good, "play": "p2", "title": "T" * 600, "artist": "A"}, {**good, "play": "p3", "title": "After"}]
    with store.transaction():
        for body in bodies:
            entry = Entry(0, "play.heard", 1, now.boot, now.boot_ms, now.wall_ms, "saved", json.dumps(body))
            store.append("box", entry)
    assert carry(store, url=f"http://127.0.0.1:{served.port}", token=token_of(served)).progress.mood is Mood.DONE
    assert titles(served) == ["Good", "After"]
    (aside,) = store.asides(since_ms=0)
    assert (aside.box, aside.seq, aside.code, aside.kind) == ("box", 2, "title_too_long", "play.heard")
    assert aside.words == f"A - {'T' * 600}"
    words = aside_words(aside)
    assert len(words) < 300
    assert "the title is too long for the box. Say it shorter: pikabox-link now" in words


def test_it_ends_when_it_is_told_to_in_the_moment_in_which_something_comes(tmp_path: Path) -> None:
    async def scene() -> None:
        store = LinkStore(tmp_path / "link.db")
        async with Caller() as client:
            carrier = Carrier(store, SystemClock(), "t/1", client, Door("box", "http://127.0.0.1:9", "pk"))
            carrying = asyncio.create_task(carrier.run())
            # Nothing waits, and whether the box is there is asked: until it rests.
            while carrier.progress.mood is not Mood.DONE:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            carrier.wake()
            carrying.cancel()
            done, _ = await asyncio.wait([carrying], timeout=5)
            assert done, "it goes on"
        store.close()

    asyncio.run(scene())
