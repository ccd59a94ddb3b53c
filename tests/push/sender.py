"""`python -m tests.push.sender DATABASE FOLDER`: a real sender in a process of its own, to the light service in FOLDER.

Also what both `./box bench push` and `./box chaos push` need around it: a box with an audience, and what was taken.
"""

import asyncio
import hashlib
import json
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvloop

from sync.cloud import ingest
from sync.cloud.derive.worker import Deriving
from sync.cloud.push import signing_key
from sync.cloud.push.book import StoredBook
from sync.cloud.push.endpoints import Endpoint, Services
from sync.cloud.push.guests import Browser, keep
from sync.cloud.push.letters import Signer
from sync.cloud.push.posting import Poster, open_session
from sync.cloud.push.rounds import Rounds
from sync.cloud.push.worker import Work
from sync.cloud.store.engine import Database, open_database
from sync.journal.entries import Entry
from tests.cloud.boxes import BOX, ORG, History, enrolled
from tests.push.phones import PushedPhone
from tests.push.service import HOST, Loopback

EVENT, BOOT = "e1", "boot-1"
_WITHIN_S = 20.0


def now_ms() -> int:
    """True time."""
    return int(time.time() * 1000)


async def send(url: str, folder: Path, *, turns: int | None = None) -> int:
    """Sends as a cloud's process does, for so many turns or until it is killed; what services took."""
    port = int((folder / "port").read_text(encoding="ascii"))
    tls = ssl.create_default_context(cafile=str(folder / "roots.pem"))
    sent = 0
    async with open_database(url) as database, open_session(Loopback(), may_be=lambda _: True) as session:
        key = await signing_key.load(database)
        assert key is not None
        signer = Signer(key, "mailto:night@example.org")
        poster = Poster(session, signer, Services((HOST,), frozenset({port})), tls)
        rounds = Rounds(StoredBook(database, now_ms), poster, "https://cloud.example.org", now_ms)
        work = Work(database, rounds, now_ms)
        while turns is None or turns > 0:
            sent += await work.turn()
            turns = None if turns is None else turns - 1
            if turns is None:
                await asyncio.sleep(0.02)
    return sent


@contextmanager
def light_service(folder: Path, *, delay_ms: int) -> Iterator[int]:
    """The light service in its process; its port."""
    command = [sys.executable, "-m", "tests.push.light", str(folder), str(delay_ms)]
    process = subprocess.Popen(command)
    try:
        until = time.monotonic() + _WITHIN_S
        while not (folder / "port").exists():
            assert process.poll() is None, "the light service ended"
            assert time.monotonic() < until, "the light service does not begin"
            time.sleep(0.02)
        yield int((folder / "port").read_text(encoding="ascii"))
    finally:
        process.kill()
        process.wait()


def taken(folder: Path) -> Counter[str]:
    """How often the light service was sent each topic for each phone."""
    path = folder / "taken"
    return Counter(path.read_text(encoding="ascii").splitlines()) if path.exists() else Counter()


async def gather(database: Database, port: int, *, phones: int) -> None:
    """An audience: so many browsers of one event, of a box whose time is known."""
    history = History()
    anchor = {"boot": BOOT, "boot_ms": 0, "wall_ms": now_ms(), "error_ms": 100, "source": "server"}
    history.lines.append(Entry(1, "time.anchored", 1, BOOT, 0, now_ms(), "ntp", json.dumps(anchor)).line())
    await ingest.take(database, await enrolled(database), batch=history.batch(), now_ms=now_ms())
    await Deriving(database).catch_up()
    await signing_key.make(database)
    # Keys are dear to make and sealing costs the same for any.
    some = [PushedPhone(f"k{number}").keys for number in range(50)]
    async with database.transaction(org=None) as tx:
        for number in range(phones):
            digest = hashlib.sha256(str(number).encode()).hexdigest()
            where = {"org": ORG, "box": BOX, "guest": f"g{number}", "event": EVENT, "stage": None}
            await tx.run("add_push_claim", digest=digest, now_ms=now_ms(), **where)
            url = f"https://{HOST}:{port}/send/p{number}"
            browser = Browser(Endpoint(url, f"https://{HOST}:{port}"), some[number % len(some)])
            await keep(tx, digest, browser, stages=[""], now_ms=now_ms())


async def mean(database: Database, names: Sequence[str]) -> None:
    """The box means something to be told."""
    async with database.transaction(org=None) as tx:
        for name in names:
            usual = {"intent": name, "kind": "news", "event": EVENT, "stage": None, "collapse": name, "path": "/c"}
            body = {**usual, "urgency": "high", "expires_after_s": 1200, "title": f"{name} is live", "text": "Main"}
            row = {"org": ORG, "box": BOX, "id": name, "epoch": "e1", "boot": BOOT, "boot_ms": 0}
            await tx.run("add_push_intent", **row, body=json.dumps(body), now_ms=now_ms())


if __name__ == "__main__":
    uvloop.run(send(sys.argv[1], Path(sys.argv[2])))
