"""Processes of the cloud, and boxes that write with their own store and carry with the carrier."""

import asyncio
import os
import secrets
import signal
import sqlite3
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from appliance.domain.audit import STAFF
from appliance.domain.uplink import FOLDER
from appliance.errors import Unavailable
from appliance.store.migrate import open_database as open_box
from appliance.store.reader import SqliteReader
from appliance.store.writer import Writer
from appliance.usecases import likes, people, plays, sessions
from sync.agent.keys import BoxKey, KeyFolder
from tests.chaos.cloud.audit import Fact, committed
from tests.chaos.cloud.carrier import ENV_SHIFT
from tests.support.evening import Told, open_evening, track
from tests.support.ports import free_port

ROOT = Path(__file__).parents[3]
ORG = "c" * 20
READY_WITHIN_S = 30.0
#: nothing may be lost by a killed server, so it writes as in earnest
IN_EARNEST: Mapping[str, str] = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


def until(true: Callable[[], bool], *, within_s: float, what: str) -> float:
    """Waits; how long it took, seconds. Raises: AssertionError after `within_s`."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < within_s, f"{what}: not within {within_s:g} s"
        time.sleep(0.02)
    return time.monotonic() - began


@dataclass
class Receiver:
    """One process of the cloud."""

    database: str
    folder: Path
    port: int = field(default_factory=free_port)
    #: its certificate with the key in it, and who vouches; none behind a proxy
    bundle: Path | None = None
    roots: Path | None = None
    host: str = "127.0.0.1"
    inside: tuple[str, ...] = ()
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"https://localhost:{self.port}" if self.bundle else f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it said."""
        return self.folder / f"receiver-{self.port}.log"

    def start(self, *, is_waited_for: bool = True) -> None:
        """Starts it, and waits until it answers."""
        line = [sys.executable, "-m", "sync.cloud", "--database", self.database, "--port", str(self.port)]
        line += ["--host", self.host]
        if self.bundle:
            line += ["--certificate", str(self.bundle), "--key", str(self.bundle)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with self.log.open("ab") as out:
            self.process = subprocess.Popen([*self.inside, *line], env=environment, stdout=out, stderr=out)
        if is_waited_for:
            until(self.answers, within_s=READY_WITHIN_S, what="the cloud's process answers")

    def answers(self) -> bool:
        """Whether it is there."""
        try:
            trusted = ssl.create_default_context(cafile=str(self.roots)) if self.roots else True
            return httpx.get(f"{self.url}/health", timeout=2, verify=trusted).status_code == 200
        except httpx.TransportError:
            return False

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Ends it."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(20)
            self.process = None


@dataclass
class Box:
    """A box's data folder, who writes there, and the process that carries."""

    data: Path
    url: str
    roots: Path
    #: rows that were there at any time, also in databases that were replaced
    ever: "Counter[Fact]" = field(default_factory=Counter)
    #: rows that are no events
    aside: int = 0
    process: "subprocess.Popen[bytes] | None" = None
    #: what runs the carrier: another program, a namespace
    inside: tuple[str, ...] = ()
    carrier: str = "tests.chaos.cloud.carrier"
    numbers: int = 0
    refused: int = 0
    #: how far its wall clock is off
    shift_ms: int = 0
    #: what else the carrier is told
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """Its database."""
        return self.data / "box.db"

    @property
    def id(self) -> str:
        """Its own id."""
        with closing(sqlite3.connect(self.path)) as connection:
            return str(connection.execute("SELECT value FROM meta WHERE name = 'box_id'").fetchone()[0])

    @property
    def key(self) -> BoxKey:
        """Its key, made now if it has none."""
        folder = self.data / FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        return KeyFolder(folder).own()

    def make(self) -> "Box":
        """Makes its database."""
        self.data.mkdir(parents=True, exist_ok=True)
        open_box(self.path).close()
        return self

    def write(self, count: int) -> int:
        """So many likes by the box's own use cases, numbered; how many were answered "liked"."""
        return asyncio.run(self._evening(count))

    async def _evening(self, count: int) -> int:
        told = Told()
        writer = Writer(await asyncio.to_thread(open_box, self.path), on_commit=told)
        writer.start()
        reader = await SqliteReader.open(self.path)
        try:
            return await self._likes(writer, reader, told, count)
        finally:
            await reader.close()
            await writer.stop()

    async def _likes(self, writer: Writer, reader: SqliteReader, told: Told, count: int) -> int:
        evening = await open_evening(writer, reader, told)
        evening.clock.wall_ms += self.shift_ms
        # Numbers that count would be the same in the next piece of the evening.
        evening.ports = replace(evening.ports, new_id=lambda: secrets.token_hex(10))
        found = await reader.token_by_name("dj-anna")
        dj = (
            found[1]
            if found
            else (await people.issue_token(evening.ports, dj_name="DJ Anna", verifier=_verifier, by=STAFF)).dj
        )
        started = await sessions.start_session(evening.ports, dj=dj, stage_id="main-floor", take_over=False)
        play = secrets.token_hex(8)
        heard = plays.ToldPlay(track=track(play), play_id=play, session_id=started.session.id)
        await plays.announce_play(evening.ports, dj=dj, told=heard)
        first, self.numbers = self.numbers, self.numbers + count

        async def like(number: int) -> bool:
            try:
                await likes.set_like(evening.ports, guest_id=f"g{number}", play_id=play, liked=True)
            except Unavailable:
                self.refused += 1
                return False
            return True

        done = 0
        for start in range(first, first + count, 200):
            numbers = range(start, min(start + 200, first + count))
            done += sum(await asyncio.gather(*(like(number) for number in numbers)))
        return done

    def grow(self, count: int) -> None:
        """So many likes of a thousand guests at once, made by SQLite itself: a backlog."""
        with closing(sqlite3.connect(self.path, timeout=30)) as connection, connection:
            connection.execute("CREATE TEMP TABLE someone (id TEXT)")
            connection.executemany("INSERT INTO someone VALUES (?)", [(secrets.token_hex(10),) for _ in range(1000)])
            connection.execute(
                "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
                " INSERT INTO journal (kind, v, boot, boot_ms, wall_ms, trust, body)"
                " SELECT 'like.given', 1, 'b0f5a6c2-8a66-4c6e-9d7e-0a1b2c3d4e5f', (? + i) * 137 + abs(random()) % 137,"
                " 1790000000000 + (? + i) * 137 + abs(random()) % 137, 'ntp',"
                ' \'{"play":"\' || (SELECT id FROM someone WHERE rowid = 1 + i / 400 % 1000) || \'","guest":"\''
                " || (SELECT id FROM someone WHERE rowid = 1 + abs(random() % 1000 + i - i)) || '\"}' FROM n",
                (count, self.numbers, self.numbers),
            )
        self.numbers += count

    def put(self, kind: object, body: object) -> None:
        """A row that no use case would write."""
        with closing(sqlite3.connect(self.path, timeout=30)) as connection, connection:
            connection.execute(
                "INSERT INTO journal (kind, v, boot, boot_ms, wall_ms, trust, body)"
                " VALUES (?, 1, 'boot-1', ?, 1790000000000, 'ntp', ?)",
                (kind, self.numbers, body),
            )
        self.numbers += 1

    def shift(self, years: float) -> None:
        """Its wall clock is so far off from now on."""
        self.shift_ms = int(years * 365.25 * 86_400_000)
        draft = self.data / "shift.new"
        draft.write_text(str(self.shift_ms), encoding="ascii")
        draft.replace(self.data / "shift")

    def rows(self) -> "Counter[Fact]":
        """Its journal, which is remembered."""
        found = committed(self.path)
        self.ever |= found
        return found

    def environment(self) -> dict[str, str]:
        """What the carrier is told."""
        return {
            "PYTHONPATH": str(ROOT),
            "PIKA_BOX_DATA": str(self.data),
            "PIKA_BOX_CLOUD_URL": self.url,
            "PIKA_BOX_TLS_ROOTS": str(self.roots),
            ENV_SHIFT: str(self.data / "shift"),
            **self.settings,
        }

    def start(self) -> None:
        """Begins to carry."""
        assert self.process is None
        with (self.data.parent / f"{self.data.name}.log").open("ab") as out:
            self.process = subprocess.Popen(
                [*self.inside, sys.executable, "-m", self.carrier],
                env={**os.environ, **self.environment()},
                stdout=out,
                stderr=out,
            )

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Ends the carrier; nobody else is told."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(20)
            self.process = None

    def complaints(self) -> list[str]:
        """Tracebacks of the carrier: it must come through all of this without one."""
        log = self.data.parent / f"{self.data.name}.log"
        return ["the carrier broke down"] if log.exists() and "Traceback" in log.read_text("utf-8", "replace") else []


def _verifier(secret: str) -> str:
    """Nobody signs in here."""
    return f"verifier-of-{len(secret)}"
