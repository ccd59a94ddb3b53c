"""A cloud of real processes, a proxy before it, and boxes that write with their own store and carry with the carrier.

Owns starting, killing and healing, and the wait until all is quiet. Must not decide what goes wrong when.
"""

import asyncio
import contextlib
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from appliance.errors import Unavailable
from sync.cloud.identity import encoded, key_id
from sync.cloud.store.engine import open_database
from tests.chaos.cloud.audit import Fact, Held, Verdict, compare, held
from tests.chaos.cloud.front import Front, nothing, standing
from tests.chaos.cloud.parts import IN_EARNEST, ORG, READY_WITHIN_S, Box, Receiver, until
from tests.support.authority import Authority
from tests.support.ports import free_port
from tests.support.postgres import TEMPLATE, Postgres


@dataclass
class World:
    """Everything that runs."""

    folder: Path
    postgres: Postgres
    authority: Authority
    roots: Path
    receivers: list[Receiver]
    #: where boxes find it
    url: str
    database: str
    boxes: int = 0
    #: those of this round
    made: list[Box] = field(default_factory=list)
    #: what has to be undone after this round
    after: ExitStack = field(default_factory=ExitStack)
    #: what stands between, where something does
    between: Front | None = None

    @property
    def front(self) -> Front:
        """What stands between."""
        assert self.between is not None
        return self.between

    def box(self, *, data: Path | None = None) -> Box:
        """A new box that was claimed."""
        self.boxes += 1
        box = Box(data or self.folder / f"box-{self.boxes}", self.url, self.roots).make()
        self.made.append(box)
        self.admit(box.id, public=box.key.public)
        return box

    def twin(self, box: Box) -> Box:
        """The card is copied: two of the same box."""
        other = Box(box.data.with_name(f"{box.data.name}-twin"), box.url, box.roots, ever=box.ever)
        shutil.copytree(box.data, other.data)
        other.numbers = box.numbers + 1_000_000
        self.made.append(other)
        return other

    def admit(self, box: str, *, public: bytes) -> None:
        """A key is a box's, as if the organiser had typed its code."""

        async def add() -> None:
            async with open_database(self.database) as database, database.transaction(org=None) as tx:
                await tx.run("add_box", org=ORG, box=box, name="Box", version="1", now_ms=1)
                key, text = key_id(public), encoded(public)
                await tx.run("add_box_key", id=key, org=ORG, box=box, public_key=text, now_ms=1)

        asyncio.run(add())

    def held(self, box: str) -> Held:
        """What the cloud has of a box."""
        return asyncio.run(held(self.database, box))

    def count(self, box: str) -> int:
        """How many entries, quickly; -1 while the database is away."""

        async def look() -> int:
            connection = await asyncpg.connect(self.database, timeout=2)
            try:
                await connection.execute("SET ROLE pika_service")
                text = "SELECT coalesce(sum(seq), 0) FROM histories WHERE box_id = $1"
                return int(await connection.fetchval(text, box))
            finally:
                await connection.close()

        try:
            return asyncio.run(look())
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return -1

    def settle(self, *boxes: Box, within_s: float = 60.0) -> tuple[Verdict, float]:
        """Waits until the cloud has everything that the boxes have, and stays so; how they compare, and how long."""
        began = time.monotonic()
        verdict = self.compare(*boxes)
        while (verdict.lost or verdict.events == 0) and time.monotonic() - began < within_s:
            time.sleep(0.1)
            verdict = self.compare(*boxes)
        took_s = time.monotonic() - began
        # Whoever sends twice does so by now.
        time.sleep(0.2)
        verdict = self.compare(*boxes)
        return verdict, took_s

    def compare(self, *boxes: Box) -> Verdict:
        """As it is now."""
        now: Counter[Fact] = Counter()
        ever: Counter[Fact] = Counter()
        for box in boxes:
            # Copies of one box share what was before they were copied.
            now |= box.rows()
            ever |= box.ever
        verdict = compare(now, ever, self.held(boxes[0].id), aside=sum(box.aside for box in boxes))
        complaints = [words for box in boxes for words in box.complaints()]
        return Verdict(verdict.events, verdict.lost, verdict.doubled, (*verdict.wrong, *complaints), verdict.forks)

    def heal(self) -> None:
        """Nothing misbehaves any more."""
        self.front.rule = nothing


@contextmanager
def world(folder: Path, *, receivers: int = 1, disk: Path | None = None) -> Iterator[World]:
    """A cloud in earnest; its database on another disk if one is given."""
    folder.chmod(0o755)
    with ExitStack() as stack:
        postgres = Postgres((disk or folder) / "pg", free_port(), IN_EARNEST)
        postgres.make()
        stack.callback(lambda: postgres.end(signal.SIGQUIT))
        postgres.start()
        postgres.make_template()
        url = postgres.new_database(template=TEMPLATE)
        found_organisation(url)
        processes = [Receiver(url, folder) for _ in range(receivers)]
        for one in processes:
            stack.callback(one.end)
            one.start(is_waited_for=False)
        for one in processes:
            until(one.answers, within_s=READY_WITHIN_S, what="the cloud's process answers")
        authority = Authority()
        roots = folder / "roots.pem"
        roots.write_bytes(authority.roots)
        front = stack.enter_context(standing([one.port for one in processes], folder, authority))
        yield World(folder, postgres, authority, roots, processes, front.url, url, between=front)


def found_organisation(url: str) -> None:
    """The organisation whose boxes these are."""

    async def add() -> None:
        async with open_database(url) as database, database.transaction(org=None) as tx:
            await tx.run("add_organisation", org=ORG, name="Hall", now_ms=1)

    asyncio.run(add())


@contextmanager
def writing(box: Box, *, each: int = 100) -> Iterator[None]:
    """The evening goes on meanwhile."""
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            with contextlib.suppress(Unavailable):
                box.write(each)

    hand = threading.Thread(target=write)
    hand.start()
    try:
        yield
    finally:
        over.set()
        hand.join(60)
