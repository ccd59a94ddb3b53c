"""`./box bench cloud`: a backlog drains from a real carrier over HTTPS into a real receiver and a real PostgreSQL.

Everything is on this machine: what is measured is what the programs cost, not a link.
"""

import argparse
import asyncio
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import psutil

from tests.bench.like_load import Likes, announce_plays, let_in, like
from tests.bench.process import Cpus, cpu_ms, in_own_process, rss_bytes
from tests.bench.server import pika_box
from tests.bench.table import Figure, Goal, as_text
from tests.chaos.cloud.parts import IN_EARNEST, Box, Receiver, until
from tests.chaos.cloud.world import World, found_organisation
from tests.support.authority import Authority, new_key
from tests.support.ports import free_port
from tests.support.postgres import TEMPLATE, Postgres

_LOOK_S = 0.05
_DRAINS_WITHIN_S = 1800.0


@dataclass(frozen=True, slots=True)
class Drain:
    """One backlog."""

    #: events a second, from the first batch to the last
    rate: float
    #: from the carrier's start until the first batch was durable, seconds
    first_s: float
    #: the carrier's memory at its highest, megabytes
    rss_mb: float
    #: CPU for a thousand events, milliseconds
    carrier_ms: float
    receiver_ms: float
    postgres_ms: float


@contextmanager
def cloud(folder: Path, *, postgres: Postgres | None = None) -> Iterator[World]:
    """A receiver with a certificate of its own, and a PostgreSQL that writes in earnest."""
    folder.chmod(0o755)
    with ExitStack() as stack:
        server = postgres or Postgres(folder / "pg", free_port(), IN_EARNEST)
        if postgres is None:
            server.make()
            stack.callback(lambda: server.end(signal.SIGQUIT))
            server.start()
            server.make_template()
        url = server.new_database(template=TEMPLATE)
        found_organisation(url)
        authority = Authority()
        roots, bundle = folder / "roots.pem", folder / "cloud.pem"
        roots.write_bytes(authority.roots)
        bundle.write_bytes(authority.bundle(key=new_key(), names=("localhost",)))
        receiver = Receiver(url, folder, bundle=bundle, roots=roots)
        stack.callback(receiver.end)
        receiver.start()
        yield World(folder, server, authority, roots, [receiver], receiver.url, url)


def drain(here: World, *, rows: int) -> Drain:
    """One box's backlog of so many rows."""
    box = here.box()
    box.carrier = "sync"
    box.grow(rows)
    (receiver,) = here.receivers
    assert receiver.process is not None
    parts = _Parts(here, receiver.process.pid)
    before = parts.cpu_ms()
    began = time.monotonic()
    box.start()
    try:
        found = asyncio.run(_watch(here, box, rows=rows, began=began))
        assert box.process is not None
        carrier = cpu_ms(box.process.pid)
    finally:
        box.end()
    after = parts.cpu_ms()
    each = 1000 / rows
    return Drain(
        *found,
        carrier_ms=carrier * each,
        receiver_ms=(after[0] - before[0]) * each,
        postgres_ms=(after[1] - before[1]) * each,
    )


async def _watch(here: World, box: Box, *, rows: int, began: float) -> tuple[float, float, float]:
    assert box.process is not None
    connection = await asyncpg.connect(here.database)
    first_s, first_seq, most, name = 0.0, 0, 0, box.id
    try:
        await connection.execute("SET ROLE pika_service")
        while True:
            text = "SELECT coalesce(sum(seq), 0)::bigint FROM histories WHERE box_id = $1"
            seq = int(await connection.fetchval(text, name))
            now = time.monotonic()
            most = max(most, rss_bytes(box.process.pid))
            if seq and not first_s:
                first_s, first_seq = now - began, seq
            if seq >= rows:
                return (seq - first_seq) / max(now - began - first_s, 1e-3), first_s, most / 1e6
            assert now - began < _DRAINS_WITHIN_S, f"{seq} of {rows} arrived"
            await asyncio.sleep(_LOOK_S)
    finally:
        await connection.close()


class _Parts:
    """Who works beside the carrier."""

    def __init__(self, here: World, receiver: int) -> None:
        self._receiver = receiver
        self._postgres = here.postgres.pid

    def cpu_ms(self) -> tuple[float, float]:
        """CPU time of the receiver, and of the server with its parts so far."""
        server = psutil.Process(self._postgres)
        every = [server, *server.children(recursive=True)]
        # Parts that came and went since are in their parent's account.
        ended = server.cpu_times()
        gone = (ended.children_user + ended.children_system) * 1000
        return cpu_ms(self._receiver), gone + sum(cpu_ms(one.pid) for one in every)


def hall(folder: Path, here: World, *, rows: int, seconds: float, clients: int) -> list[Likes]:
    """Likes in the hall, alone and then while a backlog of so many rows drains."""
    cpus = Cpus.here()
    box = here.box(data=folder / "data")
    box.carrier = "sync"
    box.grow(rows)
    with pika_box(folder, cpus=frozenset(os.sched_getaffinity(0))) as server:
        target = server.on_air()
        guests = let_in(target, count=500)
        rounds = []
        for name in ("alone", "drain"):
            if name == "drain":
                box.start()
                until(lambda: here.count(box.id) > 0, within_s=30, what="the drain begins")
            songs = announce_plays(target, name=name, count=30)
            pairs = [(song, guest) for song in songs for guest in guests]
            rounds.append(in_own_process(cpus.load, like, target, pairs, clients=clients, seconds=seconds))
        left = rows - here.count(box.id)
        box.end()
        assert left > 0, "the backlog was too short"
    return rounds


def hall_figures(rounds: Sequence[Sequence[Likes]]) -> list[Figure]:
    """The table's lines."""
    found = []
    for number, name in enumerate(("alone", "during a drain")):
        each = [one[number] for one in rounds]
        late = [sorted(one.took_ms)[int(0.99 * (len(one.took_ms) - 1))] for one in each]
        key = f"hall_{name.split()[-1]}"
        found.append(Figure(f"{key}_p99_ms", f"a like in the hall {name}, p99", "ms", late, Goal(50)))
        found.append(Figure(f"{key}_per_s", f"  durable likes {name}", "/s", [one.rate for one in each]))
    return found


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./box bench cloud", description="A backlog drains on this machine.")
    parser.add_argument("--rows", type=int, default=300_000, help="in the backlog (default 300,000)")
    parser.add_argument("--runs", type=int, default=5, help="how many times (default 5)")
    parser.add_argument("--clients", type=int, default=20, help="phones that like as fast as they are answered (20)")
    parser.add_argument("--only", choices=("drain", "hall"), help="one of both")
    return parser.parse_args(arguments)


def figures(drains: Sequence[Drain]) -> list[Figure]:
    """The table's lines."""
    return [
        Figure("drain_per_s", "events drained", "/s", [one.rate for one in drains], Goal(50_000, at_least=True)),
        Figure("drain_first_s", "start to first durable batch", "s", [one.first_s for one in drains], Goal(5)),
        Figure("drain_rss_mb", "carrier's memory, highest", "MB", [one.rss_mb for one in drains], Goal(60)),
        Figure("drain_carrier_ms", "carrier's CPU for 1,000", "ms", [one.carrier_ms for one in drains]),
        Figure("drain_receiver_ms", "receiver's CPU for 1,000", "ms", [one.receiver_ms for one in drains]),
        Figure("drain_postgres_ms", "PostgreSQL's CPU for 1,000", "ms", [one.postgres_ms for one in drains]),
    ]


def main(arguments: Sequence[str]) -> int:
    """Measures and prints; a missed target is a figure, not a failure."""
    chosen = _arguments(arguments)
    with TemporaryDirectory(prefix="pika-bench-") as name, cloud(Path(name)) as here:
        found: list[Figure] = []
        if chosen.only != "hall":
            found += figures([drain(here, rows=chosen.rows) for _ in range(chosen.runs)])
        if chosen.only != "drain":
            folders = [Path(name) / f"hall-{number}" for number in range(chosen.runs)]
            for folder in folders:
                folder.mkdir()
            size = {"rows": 2 * chosen.rows, "seconds": 3.0, "clients": chosen.clients}
            found += hall_figures([hall(folder, here, **size) for folder in folders])
    print(as_text(found))
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"\n{chosen.rows:,} rows, {chosen.runs} runs; {os.cpu_count()} CPUs for everybody, load {load}.")
    return 0
