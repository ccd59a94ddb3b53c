"""`./box bench badlink`: the same drain over 1 Mbit/s, 300 ms there and back, and 5 % of all packets lost both ways.

Meanwhile something changes on stage ten times a second: how far the cloud's present is behind is measured too.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from tests.bench.bad_link import BadLink, Conditions, bad_link
from tests.bench.table import Figure, Goal, as_text
from tests.chaos.cloud.parts import IN_EARNEST, Box, Receiver
from tests.chaos.cloud.world import World, found_organisation
from tests.support.authority import Authority, new_key
from tests.support.ports import free_port
from tests.support.postgres import TEMPLATE, Postgres

HOST = "cloud.pika.test"
_DRAINS_WITHIN_S = 600.0
_SETTLED_S = 1.0
#: a short drain is over before the present was looked at
_LOOKS_LEAST = 20


@dataclass
class FarDrain:
    """One backlog over a bad link."""

    #: events a second, from the carrier's first batch to the last
    rate: float = 0.0
    #: how far the cloud's present was behind, each time that was looked at, seconds
    behind_s: list[float] = field(default_factory=list)
    #: from the healing of a black hole until something new was durable, seconds
    recovered_s: float = 0.0

    def late(self, share: float) -> float:
        """So far or less it was behind in this share of the time."""
        return sorted(self.behind_s)[int(share * (len(self.behind_s) - 1))]


def _boot_ms() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


class _Stages(BaseHTTPRequestHandler):
    """The box's own server as far as the live lane asks it: the title is the moment."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        now = {"play": "p", "title": str(_boot_ms()), "artist": "", "likes": 0}
        said = {"stages": [{"stage": {"id": "main-floor", "name": "Main"}, "now": now, "listeners": 1}]}
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody wants to know."""


@contextmanager
def far_world(
    folder: Path, conditions: Conditions, *, postgres: Postgres | None = None
) -> Iterator[tuple[World, BadLink]]:
    """A cloud here, and a link behind which boxes stand."""
    folder.chmod(0o755)
    with ExitStack() as stack:
        link = stack.enter_context(bad_link(conditions, host=HOST))
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
        bundle.write_bytes(authority.bundle(key=new_key(), names=(HOST, "localhost")))
        receiver = Receiver(url, folder, bundle=bundle, roots=roots, host="0.0.0.0")
        stack.callback(receiver.end)
        receiver.start()
        yield World(folder, server, authority, roots, [receiver], f"https://{HOST}:{receiver.port}", url), link


@contextmanager
def _stages(link: BadLink, box: Box) -> Iterator[None]:
    port = free_port()
    box.settings["PIKA_BOX_HTTP_PORT"] = str(port)
    box.settings["PIKA_BOX_HTTP_HOST"] = "127.0.0.1"
    command = [*link.inside, sys.executable, "-m", "tests.bench.far_drain", str(port)]
    process = subprocess.Popen(command)
    try:
        yield
    finally:
        process.kill()
        process.wait(5)


def far_drain(here: World, link: BadLink, *, rows: int, is_cut: bool = False) -> FarDrain:
    """One box's backlog of so many rows; `is_cut`: in the middle nothing passes for 20 seconds, and nobody says so."""
    box = here.box()
    box.carrier, box.inside = "sync", link.inside
    box.grow(rows)
    with _stages(link, box):
        box.start()
        try:
            return asyncio.run(_watch(here, link, box, rows=rows, is_cut=is_cut))
        finally:
            box.end()


async def _watch(here: World, link: BadLink, box: Box, *, rows: int, is_cut: bool) -> FarDrain:
    found, name = FarDrain(), box.id
    connection = await asyncpg.connect(here.database)
    began, first_s, first_seq = time.monotonic(), 0.0, 0
    first_live_s, healed_s, held = 0.0, 0.0, 0
    try:
        await connection.execute("SET ROLE pika_service")
        while True:
            text = "SELECT coalesce(sum(seq), 0)::bigint FROM histories WHERE box_id = $1"
            seq = int(await connection.fetchval(text, name))
            live = await connection.fetchval("SELECT body #>> '{stages,0,title}' FROM live WHERE box_id = $1", name)
            now = time.monotonic()
            if seq and not first_s:
                first_s, first_seq = now, seq
            if live:
                first_live_s = first_live_s or now
                if now - first_live_s > _SETTLED_S and not is_cut:
                    found.behind_s.append((_boot_ms() - int(live)) / 1000)
            if is_cut and seq and not healed_s:
                link.become(Conditions(loss=1.0))
                await asyncio.sleep(20)
                held = int(await connection.fetchval(text, name))
                link.become(Conditions())
                healed_s = time.monotonic()
            if healed_s and seq > held and not found.recovered_s:
                found.recovered_s = now - healed_s
            if seq >= rows and not found.rate:
                found.rate = (seq - first_seq) / max(1e-3, now - first_s)
            if found.rate and (is_cut or len(found.behind_s) >= _LOOKS_LEAST):
                return found
            assert now - began < _DRAINS_WITHIN_S, f"{seq} of {rows} arrived"
            await asyncio.sleep(0.05)
    finally:
        await connection.close()


def figures(drains: Sequence[FarDrain], cut: FarDrain | None) -> list[Figure]:
    """The table's lines."""
    found = [
        Figure("far_per_s", "events drained", "/s", [one.rate for one in drains], Goal(4_000, at_least=True)),
        Figure("far_behind_p50_s", "live lane behind, p50", "s", [one.late(0.5) for one in drains]),
        Figure("far_behind_p95_s", "live lane behind, p95", "s", [one.late(0.95) for one in drains], Goal(3.0)),
        Figure("far_behind_most_s", "live lane behind, at most", "s", [one.late(1.0) for one in drains]),
    ]
    if cut is not None:
        found.append(Figure("far_recovered_s", "after 20 s of a black hole", "s", [cut.recovered_s], Goal(60)))
    return found


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./box bench badlink", description="A backlog drains over a bad link.")
    parser.add_argument("--rows", type=int, default=100_000, help="in the backlog (default 100,000)")
    parser.add_argument("--runs", type=int, default=3, help="how many times (default 3)")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Measures and prints; a missed target is a figure, not a failure."""
    chosen = _arguments(arguments)
    if os.geteuid() != 0:
        print("A namespace needs root.", file=sys.stderr)
        return 1
    with TemporaryDirectory(prefix="pika-bench-") as name, far_world(Path(name), Conditions()) as (here, link):
        drains = [far_drain(here, link, rows=chosen.rows) for _ in range(chosen.runs)]
        cut = far_drain(here, link, rows=chosen.rows, is_cut=True)
    print(as_text(figures(drains, cut)))
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"\n1 Mbit/s, 300 ms there and back, 5 % lost both ways; {chosen.rows:,} rows, {chosen.runs} runs; load {load}."
    )
    return 0


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), _Stages).serve_forever()
