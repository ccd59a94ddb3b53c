"""The journal for whoever carries it away: read on a connection that can't write, and let go of once it is elsewhere.

Beside the box's one writer, never in its way: every change here is a short transaction of a few thousand rows. Must
not decide what may go: that is whose who knows what is durable elsewhere.
"""

import json
import os
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance.domain import timekeeping
from appliance.domain.events import BODY_VERSION
from appliance.domain.models import Stamp
from appliance.domain.timekeeping import Anchor
from appliance.domain.uplink import JOURNAL_SENT
from appliance.errors import Unavailable
from appliance.store.box.rows import newest_stamp
from appliance.store.migrate import connect
from appliance.store.stamps import stamp_parameters
from appliance.store.statements import queries

#: rows changed in one transaction: about five milliseconds in which nobody else can write
ROWS_AT_ONCE = 2000
#: pages given back to the disk in one transaction
PAGES_AT_ONCE = 500
#: the place below which rows may be missing because they were let go of
FLOOR = "journal_floor"


@dataclass(frozen=True, slots=True)
class JournalEnd:
    """How far the journal reaches, and whose it is."""

    last_seq: int
    epoch: str
    #: the box's id
    box: str


@dataclass(frozen=True, slots=True)
class Restoration:
    """A place where the journal goes on from a copy of itself."""

    #: the row that says so
    seq: int
    #: the epoch of the history that was copied, and the one that began
    previous: str
    epoch: str
    #: the copy's highest sequence
    last_seq: int


def _unreadable(error: sqlite3.Error | OSError) -> Unavailable:
    return Unavailable("store_unreadable", f"The journal can't be read: {error}.", advice="Restart the box.")


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise _unreadable(error) from error


class JournalReader:
    """A read-only connection to the box's database. Every method raises Unavailable when it can't be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._file = (0, 0)

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            # First: a file that is replaced meanwhile is noticed with the next question, and the other way round never.
            self._file = self._mark()
            connection = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=5, check_same_thread=False
            )
            connection.execute("PRAGMA cache_size = -2000")
            self._connection = connection
        return self._connection

    def _mark(self) -> tuple[int, int]:
        found = os.stat(self._path)  # noqa: PTH116 - the pair, as cheap as it gets: asked several times a second
        return found.st_dev, found.st_ino

    def close(self) -> None:
        """Gives the file back; the next question opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def version(self) -> tuple[int, int, int]:
        """Something that differs after each commit of anybody, and when another file took the database's place."""
        with _reading():
            if self._connection is not None and self._mark() != self._file:
                self.close()
            found: int = self._open().execute("PRAGMA data_version").fetchone()[0]
            return (*self._file, found)

    def end(self) -> JournalEnd:
        """How far it reaches."""
        with _reading():
            row = self._open().execute(queries()["journal_end_seq"]).fetchone()
            return JournalEnd(int(row[0]), str(row[1] or ""), str(row[2] or ""))

    def first_seq(self) -> int | None:
        """The oldest row that is there."""
        with _reading():
            found: int | None = self._open().execute(queries()["journal_first_seq"]).fetchone()[0]
            return found

    def lines(self, after: int) -> Generator[tuple[int, bytes], None, None]:
        """Rows behind a sequence as (sequence, line), oldest first, one by one: however many, few are in memory."""
        with _reading(), closing(self._open().execute(queries()["journal_lines"], {"after": after})) as rows:
            for seq, line in rows:
                # A line break in a body can only stand between tokens, where it means nothing.
                broken = b"\n" in line or b"\r" in line
                yield seq, line.replace(b"\n", b" ").replace(b"\r", b" ") if broken else line

    def meta(self, name: str) -> str | None:
        """A fact about the box."""
        with _reading():
            row = self._open().execute(queries()["meta"], {"name": name}).fetchone()
            return str(row[0]) if row else None

    def restorations(self, after: int = 0) -> list[Restoration]:
        """Where it goes on from a copy, behind a sequence."""
        with _reading():
            rows = self._open().execute(queries()["journal_restorations"], {"after": after}).fetchall()
        found = []
        for seq, text in rows:
            body = json.loads(text)
            found.append(Restoration(seq, str(body["previous"]), str(body["epoch"]), int(body["last_seq"])))
        return found

    def oldest_wall_ms(self, after: int) -> int | None:
        """When the first row behind a sequence was written, by the clock of then; None when there is none."""
        with _reading():
            row = self._open().execute(queries()["journal_stamp"], {"after": after}).fetchone()
            return int(row[1]) if row else None

    def first_from(self, wall_ms: int, *, to: int) -> int | None:
        """The oldest row up to `to` that was written at or after a moment, or at a time that nobody knew."""
        with _reading():
            values = {"to": to, "from_ms": wall_ms}
            row = self._open().execute(queries()["journal_first_after"], values).fetchone()
            return int(row[0]) if row else None

    def known_time(self) -> tuple[Anchor | None, Stamp | None]:
        """What a clock should know: who set it last, and when something was stored last."""
        anchor = timekeeping.read_anchor(self.meta(timekeeping.ANCHOR))
        with _reading():
            cursor = self._open().execute(queries()["newest_stamp"])
            cursor.row_factory = sqlite3.Row
            row = cursor.fetchone()
        return anchor, newest_stamp(row) if row else None

    def forgotten(self, after: int, *, to: int) -> list[tuple[int, str]]:
        """Who asked to be forgotten between two sequences: (sequence, guest)."""
        with _reading():
            values = {"after": after, "to": to}
            rows = self._open().execute(queries()["forgotten_in_journal"], values).fetchall()
        return [(int(seq), str(guest)) for seq, guest in rows]


class JournalKeeper:
    """What the carrier changes in the box's database. Every method raises Unavailable when it can't be written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(connect(self._path)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise Unavailable("store_unavailable", f"The box's database can't be written: {error}.") from error

    def set_sent(self, seq: int) -> None:
        """Notes, before anything is sent, up to which row somebody else may know it. Durable when it returns."""
        with self._writing() as connection:
            connection.execute(queries()["set_meta"], {"name": JOURNAL_SENT, "value": str(seq)})

    def append(self, kind: str, body: dict[str, object], *, at: Stamp) -> None:
        """Journals something that no page has to be told of."""
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        entry = {"kind": kind, "v": BODY_VERSION, "body": text} | stamp_parameters(at)
        with self._writing() as connection:
            connection.execute(queries()["append_journal"], entry)

    def drop(self, to: int, *, floor: str) -> int:
        """Lets go of some rows up to `to`; how many, 0 when none is left. `floor` says where the journal begins then.

        The floor is written with the first of them: what it says must be true while only some are gone.
        """
        with self._writing() as connection:
            connection.execute(queries()["set_meta"], {"name": FLOOR, "value": floor})
            return connection.execute(queries()["drop_journal"], {"to": to, "most": ROWS_AT_ONCE}).rowcount

    def erase(self, guest: str, *, to: int) -> int:
        """Takes out of rows up to `to`, which are elsewhere by now, what a guest said; how many rows that were."""
        found, after = 0, 0
        while after < to:
            upper = min(to, after + 10 * ROWS_AT_ONCE)
            values = {"guest": guest, "guests": json.dumps([guest]), "after": after, "to": upper}
            with self._writing() as connection:
                found += connection.execute(queries()["erase_in_journal"], values).rowcount
                found += connection.execute(queries()["erase_forgotten"], values).rowcount
            after = upper
        return found

    def drop_old(self, before_ms: int) -> int:
        """Lets go of some of what is over and from before a moment; how many rows."""
        # Fewer at once: a play has its likes with it.
        values = {"before_ms": before_ms, "most": ROWS_AT_ONCE // 20}
        with self._writing() as connection:
            gone = 0
            for name in _OLD:
                gone += connection.execute(queries()[name], values).rowcount
            if not gone:
                gone = connection.execute(queries()["drop_old_sessions"], {"before_ms": before_ms}).rowcount
                connection.execute(queries()["drop_old_locks"])
            return gone

    def give_back(self) -> int:
        """Gives some free pages back to the disk; how many are still free. Nothing for a database of an older box."""
        try:
            with closing(connect(self._path)) as connection:
                if connection.execute("PRAGMA auto_vacuum").fetchone()[0] != _INCREMENTAL:
                    return 0
                connection.execute(f"PRAGMA incremental_vacuum({PAGES_AT_ONCE})").fetchall()
                free: int = connection.execute("PRAGMA freelist_count").fetchone()[0]
                return free
        except sqlite3.Error as error:
            raise Unavailable("store_unavailable", f"The box's database can't be written: {error}.") from error

    def write_back(self) -> None:
        """Brings what is in the log into the database, as far as readers allow: only then does the file get shorter."""
        try:
            with closing(connect(self._path)) as connection:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error as error:
            raise Unavailable("store_unavailable", f"The box's database can't be written: {error}.") from error


#: what goes when it is old, in this order
_OLD = ("drop_old_likes", "drop_old_plays", "drop_old_announcements", "drop_old_polls", "drop_old_stars")
#: `PRAGMA auto_vacuum` as every new database has it
_INCREMENTAL = 2
