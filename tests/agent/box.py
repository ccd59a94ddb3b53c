"""A box to carry from: a real database with a journal, and the carrier run on a thread of the test's own."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance import config
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.domain.models import ClockTrust, Stamp
from appliance.domain.uplink import UplinkState, read
from appliance.store.journal import JournalReader
from appliance.store.migrate import open_database
from sync.agent.pace import Pace
from sync.agent.running import carrier, carry

#: patience of a test
QUICK = Pace(
    connect_s=1.0,
    write_idle_s=1.0,
    answer_s=1.0,
    look_s=0.02,
    first_wait_s=0.02,
    longest_wait_s=0.2,
    stable_s=0.2,
    live_s=0.05,
    heartbeat_s=0.3,
    claim_s=0.05,
    alarm_s=0.1,
    tell_s=0.0,
    tidy_s=3600,
    songs_look_s=0.1,
    songs_pause_s=0.1,
    songs_tell_s=0.05,
)


@dataclass
class Box:
    """One box's data."""

    settings: Settings

    @property
    def path(self) -> Path:
        return self.settings.database

    def like(self, first: int, last: int, *, guest: str = "g") -> None:
        """Journal rows `first` to `last`, both included, each with a number of its own."""
        with closing(sqlite3.connect(self.path, timeout=10)) as database, database:
            database.executemany(
                "INSERT INTO journal (kind, v, boot, boot_ms, wall_ms, trust, body)"
                " VALUES ('like.given', 1, 'boot-1', ?, 1790000000000, 'ntp', ?)",
                ((number, f'{{"play":"p{number}","guest":"{guest}{number}"}}') for number in range(first, last + 1)),
            )

    def lines(self) -> list[bytes]:
        reader = JournalReader(self.path)
        try:
            return [line for _, line in reader.lines(0)]
        finally:
            reader.close()

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.path, timeout=10)) as database, database:
            return database.execute(query, values).fetchall()

    @property
    def box_id(self) -> str:
        return str(self.rows("SELECT value FROM meta WHERE name = 'box_id'")[0][0])

    def status(self) -> UplinkState:
        try:
            return read((self.settings.data / "sync" / "status.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return UplinkState()


def make_box(folder: Path, *, url: str, roots: Path, **cloud: object) -> Box:
    folder.mkdir(parents=True, exist_ok=True)
    options: dict[str, dict[str, object]] = {"cloud": {"url": url, **cloud}, "tls": {"roots": str(roots)}}
    settings = config.load(data=folder, environment={}, options=options)
    open_database(settings.database).close()
    return Box(settings)


class NtpClock(SystemClock):
    """This machine's clock, as believed as it can be, so that nothing depends on the machine."""

    def __init__(self, trust: ClockTrust = ClockTrust.NTP) -> None:
        super().__init__()
        self.trust = trust
        self.shift_ms = 0

    def now(self) -> Stamp:
        found = super().now()
        return Stamp(found.boot, found.boot_ms, int(time.time() * 1000) + self.shift_ms, self.trust)


def eventually(true: Callable[[], bool], *, within_s: float = 10) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.01)


@contextmanager
def carrying(box: Box, *, pace: Pace = QUICK, clock: SystemClock | None = None) -> Iterator[None]:
    """The carrier runs meanwhile."""
    begun = threading.Event()
    ends: list[Callable[[], object]] = []
    failed: list[BaseException] = []

    async def run() -> None:
        task = asyncio.ensure_future(
            carry(box.settings, given=carrier(box.settings, clock=clock or NtpClock(), pace=pace))
        )
        loop = asyncio.get_running_loop()
        ends.append(lambda: loop.call_soon_threadsafe(task.cancel))
        begun.set()
        try:
            await task
        except asyncio.CancelledError:
            return
        except BaseException as error:
            failed.append(error)
            raise

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert begun.wait(5)
    try:
        yield
    finally:
        ends[0]()
        thread.join(10)
        assert not thread.is_alive()
        assert not failed, failed
