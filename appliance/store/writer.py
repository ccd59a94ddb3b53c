"""The one writer: everything queued goes into one transaction, and each caller is answered after it is durable.

Group commit: with an SD card's slow flush this is the difference between 60 and thousands of likes a second. Each job
runs in a savepoint, so one that fails takes nothing of the others with it.
"""

import asyncio
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from appliance.domain.events import Happened
from appliance.errors import BoxError, Unavailable
from appliance.ports import Transaction
from appliance.store.migrate import BUSY_TIMEOUT_S
from appliance.store.transaction import SqliteTransaction

log = logging.getLogger(__name__)
T = TypeVar("T")

BATCH_MOST = 1000
QUEUE_MOST = 20_000
#: in a rush, how long the first of a batch waits for company; a lone job never waits
GATHER_S = 0.002

#: while nothing can be saved, how often that is tried without anybody asking
HEAL_EVERY_S = 3.0
#: a log of more bytes is written back at once, for which readers are waited for a moment
LOG_MOST = 64_000_000
_LOOK_AT_LOG_EVERY = 256
_WAIT_FOR_READERS_MS = 200
#: what a full disk looks like; only the first is nothing else
_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})
_PRIMARY = 0xFF

OnCommit = Callable[[Sequence[Happened]], None]


class MakeRoom(Protocol):
    """Whoever can make room on the disk."""

    def __call__(self, *, is_certain: bool) -> bool:
        """Whether there is more room than before; `is_certain` when want of room is what stopped a write."""
        ...


def no_room(*, is_certain: bool) -> bool:
    """Nobody can."""
    del is_certain
    return False


@dataclass(slots=True)
class _Job:
    run: Callable[[Transaction], Any]
    #: None for a job of the writer's own
    answer: "asyncio.Future[Any] | None"
    result: Any = None
    error: BaseException | None = None


def _prove(transaction: Transaction) -> None:
    """A write that changes nothing for anybody."""
    transaction.set_meta("proved_ns", str(time.monotonic_ns()))


class Writer:
    """Owns the write connection and its thread."""

    def __init__(self, connection: sqlite3.Connection, *, on_commit: OnCommit, make_room: MakeRoom = no_room) -> None:
        """`on_commit` is called on the event loop with what happened, in commit order, before callers are answered."""
        self._connection = connection
        self._on_commit = on_commit
        self._make_room = make_room
        self._log_file = Path(connection.execute("PRAGMA database_list").fetchone()[2] + "-wal")
        self._commits = 0
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._problem: str | None = None

    def start(self) -> None:
        """Begins to take jobs on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def stop(self) -> None:
        """Finishes what is queued, then closes the connection."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        self._connection.close()

    def problem(self) -> str | None:
        """What is wrong with the database, in words for staff, or None."""
        return self._problem

    async def write(self, job: Callable[[Transaction], T]) -> T:
        """See `ports.Store.write`. Raises also: Unavailable with the code `store_busy` when far too much waits."""
        assert self._loop is not None, "start() comes first"
        if self._jobs.qsize() >= QUEUE_MOST:
            raise Unavailable("store_busy", "The box has too much to write at once.", advice="Try again in a moment.")
        answer: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put(_Job(job, answer))
        return await answer

    def _work(self) -> None:
        batch: list[_Job] = []
        while (first := self._next()) is not None:
            if len(batch) > 1:
                time.sleep(GATHER_S)
            batch = [first]
            stop = False
            while len(batch) < BATCH_MOST and not self._jobs.empty():
                following = self._jobs.get()
                if following is None:
                    stop = True
                    break
                batch.append(following)
            happened = self._commit(batch)
            assert self._loop is not None
            self._loop.call_soon_threadsafe(self._answer, batch, happened)
            if stop:
                return

    def _next(self) -> _Job | None:
        """The next job, as soon as there is one. While nothing can be saved, that is tried meanwhile."""
        while self._problem is not None:
            try:
                return self._jobs.get(timeout=HEAL_EVERY_S)
            except queue.Empty:
                self._commit([_Job(_prove, None)])
        return self._jobs.get()

    def _commit(self, batch: list[_Job]) -> list[Happened]:
        try:
            happened = self._transact(batch)
        except sqlite3.Error as error:
            self._roll_back()
            code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
            if code not in _FULL or not self._make_room(is_certain=code == sqlite3.SQLITE_FULL):
                self._give_up(batch, error)
                return []
            try:
                happened = self._transact(batch)
            except sqlite3.Error as again:
                self._roll_back()
                self._give_up(batch, again)
                return []
        self._problem = None
        self._bound_log()
        return happened

    def _transact(self, batch: list[_Job]) -> list[Happened]:
        happened: list[Happened] = []
        self._connection.execute("BEGIN IMMEDIATE")
        for job in batch:
            happened += self._run(job)
        self._connection.execute("COMMIT")
        return happened

    def _bound_log(self) -> None:
        """Writes the log back when readers have kept SQLite from doing so for long."""
        self._commits += 1
        if self._commits % _LOOK_AT_LOG_EVERY:
            return
        try:
            if self._log_file.stat().st_size > LOG_MOST:
                self._connection.execute(f"PRAGMA busy_timeout = {_WAIT_FOR_READERS_MS}")
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
        except (OSError, sqlite3.Error) as error:
            log.warning("The database's log can't be written back: %s", error)

    def _run(self, job: _Job) -> list[Happened]:
        """One job in its savepoint. A database error ends the whole batch; anything else only this job."""
        job.result = job.error = None
        self._connection.execute("SAVEPOINT job")
        transaction = SqliteTransaction(self._connection)
        try:
            job.result = job.run(transaction)
        except sqlite3.Error:
            raise
        except BaseException as error:  # noqa: BLE001 - handed to the caller, who is on another thread
            job.error = error
            self._connection.execute("ROLLBACK TO job")
            transaction.happened.clear()
        self._connection.execute("RELEASE job")
        return transaction.happened

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error:
                log.exception("The failed transaction could not be rolled back.")

    def _give_up(self, batch: list[_Job], error: sqlite3.Error) -> None:
        words = f"Nothing can be saved: {error}. Free some space or change the card; likes are refused until then."
        if words != self._problem:  # said once, not every few seconds
            log.error("%s", words)
        self._problem = words
        for job in batch:
            if not isinstance(job.error, BoxError):
                job.error = Unavailable("store_unavailable", "The box can't save right now.", advice="Try again soon.")

    def _answer(self, batch: list[_Job], happened: list[Happened]) -> None:
        try:
            if happened:
                self._on_commit(happened)
        finally:
            for job in batch:
                if (
                    job.answer is None or job.answer.done()
                ):  # the caller went away; what they asked for was done all the same
                    continue
                if job.error is not None:
                    job.answer.set_exception(job.error)
                else:
                    job.answer.set_result(job.result)
