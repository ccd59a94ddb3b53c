"""The cloud under load: a PostgreSQL server of its own, processes of the receiver, and what both use."""

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import psutil

from sync.cloud.identity import encoded, key_id
from sync.cloud.store.engine import open_database
from tests.bench.fleet.box import SimulatedBox
from tests.cloud.running import Cloud, Organiser, command, running
from tests.support.ports import free_port
from tests.support.postgres import Postgres

#: as a server is set up that must not lose what it acknowledged
DURABLE = {"max_connections": "200", "shared_buffers": "256MB"}


@dataclass(frozen=True, slots=True)
class Use:
    """What was used until a moment."""

    receivers_cpu_s: float
    postgres_cpu_s: float
    database_bytes: int
    wal_bytes: int
    connections: int


@dataclass(slots=True)
class Service:
    """Processes of the cloud side by side, and their server."""

    postgres: Postgres
    database: str
    processes: Sequence[Cloud]
    organiser: Organiser

    @property
    def ports(self) -> list[int]:
        """Where each process listens."""
        return [int(cloud.url.rpartition(":")[2]) for cloud in self.processes]

    async def enrol(self, boxes: Sequence[SimulatedBox]) -> None:
        """Makes the boxes known, as if an organiser had claimed each."""
        async with open_database(self.database) as database, database.transaction(org=None) as tx:
            found = await tx.all("organisations")
            who = {"org": found[0]["org_id"], "now_ms": 1}
            for box in boxes:
                raw = box.line.private.public_key().public_bytes_raw()
                await tx.run("add_box", box=box.id, name=box.id, version="1", **who)
                await tx.run("add_box_key", box=box.id, id=key_id(raw), public_key=encoded(raw), **who)

    async def _ask(self, query: str) -> asyncpg.Record:
        connection = await asyncpg.connect(self.database)
        try:
            found = await connection.fetchrow(query)
            assert found is not None
            return found
        finally:
            await connection.close()

    async def use(self) -> Use:
        """What was used so far."""
        row = await self._ask(
            "SELECT pg_database_size(current_database()) AS size, pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"
            " AS wal, (SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pika-cloud') AS connections"
        )
        receivers = sum(_cpu_s(psutil.Process(cloud.process.pid)) for cloud in self.processes)
        return Use(receivers, _family_cpu_s(self.postgres), int(row["size"]), int(row["wal"]), int(row["connections"]))

    async def stored(self) -> Mapping[str, tuple[int, str, int]]:
        """How far each box is durable: its cursor, its chain, and how many events there are."""
        connection = await asyncpg.connect(self.database)
        try:
            rows = await connection.fetch(
                "SELECT h.box_id, h.seq, h.chain, (SELECT count(*) FROM events e WHERE e.box_id = h.box_id) AS n"
                " FROM histories h"
            )
        finally:
            await connection.close()
        return {row["box_id"]: (row["seq"], row["chain"], row["n"]) for row in rows}

    async def underived(self) -> int:
        """How many entries wait to be derived, as the service's own figures say."""
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"{self.processes[0].url}/metrics", timeout=30)).text
        found = re.search(r"^pika_cloud_underived_events (\S+)$", text, re.MULTILINE)
        assert found is not None
        return int(float(found[1]))

    def memory_mb(self) -> list[float]:
        """What each process needed at its highest."""
        return [cloud.rss_mb() for cloud in self.processes]


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _family_cpu_s(postgres: Postgres) -> float:
    """Of the server and of its parts, ended ones included."""
    main = psutil.Process(postgres.pid)
    ended = main.cpu_times()
    total = _cpu_s(main) + float(ended.children_user + ended.children_system)
    for part in main.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += _cpu_s(part)
    return total


@contextlib.contextmanager
def service(folder: Path, *, receivers: int) -> Iterator[Service]:
    """The cloud until the end of the block."""
    folder.chmod(0o755)
    postgres = Postgres(folder / "server", free_port(), settings=DURABLE)
    with contextlib.ExitStack() as stack:
        stack.callback(postgres.end)
        postgres.make()
        postgres.start()
        url = postgres.new_database()
        command(url, "migrate")
        processes = [stack.enter_context(running(url, folder)) for _ in range(receivers)]
        organiser = processes[0].organisation("Everywhere").sign_in()
        yield Service(postgres, url, processes, organiser)
