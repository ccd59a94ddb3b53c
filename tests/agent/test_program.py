"""The program itself: killed at any moment, in constant memory, started beside the box and quickly."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psutil

from tests.agent.box import Box, eventually
from tests.agent.cloud import Reply, TestCloud

ROWS = 200_000
#: bytes of a program that carries, at most
MEMORY_MOST = 60_000_000


@contextmanager
def program(box: Box) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "PIKA_BOX_DATA": str(box.settings.data),
        "PIKA_BOX_CLOUD_URL": box.settings.cloud.url,
        "PIKA_BOX_TLS_ROOTS": box.settings.tls.roots,
    }
    log = box.settings.data / "sync.log"
    with log.open("ab") as out:
        found = subprocess.Popen([sys.executable, "-m", "sync"], env=environment, stdout=out, stderr=out)
    try:
        yield found
    finally:
        found.kill()
        found.wait()
        assert "Traceback" not in log.read_text(encoding="utf-8")


def test_killed_again_and_again_it_loses_nothing_and_doubles_nothing(box: Box, cloud: TestCloud) -> None:
    draw = random.Random(7)

    def slowly(method: str, path: str, body: bytes) -> Reply | None:
        if path == "/v1/ingest":
            time.sleep(0.03)
        return None

    cloud.before = slowly
    box.like(1, 60_000)
    for _ in range(4):
        with program(box) as running:
            held = len(cloud.lines())
            eventually(lambda held=held: len(cloud.lines()) > held)  # type: ignore[misc]
            time.sleep(draw.uniform(0, 0.15))
            running.send_signal(signal.SIGKILL)
        box.like(100_000, 100_010)
    cloud.before = lambda *_: None
    with program(box):
        eventually(lambda: len(cloud.lines()) >= 60_000 + 44)
        eventually(lambda: cloud.lines() == box.lines())
    assert len(cloud.histories) == 1


def test_a_big_backlog_is_begun_at_once_and_carried_in_little_memory(box: Box, cloud: TestCloud) -> None:
    grow(box, ROWS)
    with program(box) as running:
        began = time.monotonic()
        eventually(lambda: bool(cloud.lines()), within_s=15)
        first_s = time.monotonic() - began
        process, most = psutil.Process(running.pid), 0
        held = 0
        while held < ROWS:
            most = max(most, process.memory_info().rss)
            held = max((kept.cursor.seq for kept in cloud.histories.values()), default=0)
            time.sleep(0.02)
            assert time.monotonic() - began < 60
    print(f"first batch after {first_s:.1f} s, {most / 1e6:.0f} MB at most")
    assert first_s < 5
    assert most < MEMORY_MOST


def grow(box: Box, rows: int) -> None:
    """A backlog, made by SQLite itself."""
    with closing(sqlite3.connect(box.path)) as database, database:
        database.execute(
            "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO journal (kind, v, boot, boot_ms, wall_ms, trust, body)"
            " SELECT 'like.given', 1, 'b0f5a6c2-8a66-4c6e-9d7e-0a1b2c3d4e5f', i * 37, 1790000000000 + i * 37, 'ntp',"
            ' \'{"play":"\' || printf(\'%020x\', (i / 400) * 7919) || \'","guest":"\''
            " || printf('%020x', i * 104729 % 1000003) || '\"}' FROM n",
            (rows,),
        )
