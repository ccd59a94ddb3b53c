"""Whether a database file can be used, without changing it: neither the file nor the log beside it.

Looks in bounded time, also at a big one on a slow card.
"""

import re
import sqlite3
import stat
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from appliance.store.migrate import readable_since, steps
from appliance.store.statements import queries

#: looking at a file takes no longer; what is left unseen then is taken for good, and SQLite still says what it meets
LOOK_WITHIN_S = 20.0
#: rows between two looks at the clock
_EVERY_STEPS = 10_000
#: migrations have four digits, so a higher number is no newer program's but damage
_SCHEMA_MOST = 9_999
_HEADER = b"SQLite format 3\x00"
_TABLES = frozenset({"meta", "events", "stages", "sessions", "plays", "likes", "journal"})
_HEX_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Look:
    """What was found in a database file."""

    #: what is wrong, in words for people; empty when it can be used
    fault: str
    #: number of the last migration; 0 for a database that nothing was written to yet
    schema: int = 0
    #: the box's id; empty when it has none yet
    box: str = ""
    #: the journal's epoch
    epoch: str = ""
    #: highest sequence of the journal
    last_seq: int = 0
    #: the oldest schema whose program can use it
    reads_back_to: int = 0
    #: when the last journaled thing happened by the clock of then, milliseconds; 0 when nothing did
    end_ms: int = 0

    @property
    def is_too_new(self) -> bool:
        """Whether only a newer program reads it."""
        return not self.fault and self.reads_back_to > max(steps())


def look_at(path: Path, *, with_log: bool) -> Look:
    """Looks at a database file; `with_log` says whether the log beside it belongs to it."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            return Look("it is not a file")
        if found.st_size == 0:
            return Look("it is empty")
        with path.open("rb") as file:
            if file.read(len(_HEADER)) != _HEADER:
                return Look("it is not a database")
        return _look(path, with_log=with_log)
    except OSError as error:
        return Look(f"it can't be read ({error.strerror})")
    except (sqlite3.Error, UnicodeDecodeError, ValueError, TypeError) as error:
        return Look(f"it is damaged ({error})")


def _look(path: Path, *, with_log: bool) -> Look:
    # A half-made change of the time before there was a log must be taken back first, which is a write.
    has_journal = path.with_name(f"{path.name}-journal").exists()
    how = ("mode=rw" if has_journal else "mode=ro") if with_log else "immutable=1"
    known = queries()
    with closing(
        sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, timeout=1.0, check_same_thread=False)
    ) as connection:
        # It may be from elsewhere.
        connection.execute("PRAGMA trusted_schema = OFF")
        found = _quick_check(connection)
        if found != [("ok",)]:
            return Look(f"it is damaged ({' '.join(str(found[0][0]).split())[:120]})")
        schema: int = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = {str(row[0]) for row in connection.execute(known["table_names"])}
        if schema == 0 and not tables:
            return Look("")
        if not 0 < schema <= _SCHEMA_MOST or not tables >= _TABLES:
            return Look("it is no database of a Pika Box")
        box, epoch = (_fact(connection, name) for name in ("box_id", "epoch"))
        end = connection.execute(known["journal_end"]).fetchone()
        last_seq = int(connection.execute(known["journal_span"]).fetchone()[0])
        end_ms = int(end[0]) if end else 0
        own = identity_of(path).get("box_id", box) if with_log else box
        if box != own:
            return Look("the log beside it is another database's")
        since = readable_since(connection, schema)
        return Look("", schema=schema, box=box, epoch=epoch, last_seq=last_seq, reads_back_to=since, end_ms=end_ms)


def has_strange_things(path: Path) -> bool:
    """Whether a closed database holds what ours never do, and what acts by itself. Raises: sqlite3.Error."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as connection:
        return connection.execute(queries()["strange_things"]).fetchone() is not None


def _quick_check(connection: sqlite3.Connection) -> list[tuple[str]]:
    """What SQLite says, or that all is well as far as it got in time."""
    deadline = time.monotonic() + LOOK_WITHIN_S
    # The walk over the pages hears only the interrupt, the one over the rows also the handler.
    clock = threading.Timer(LOOK_WITHIN_S, connection.interrupt)
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _EVERY_STEPS)
    clock.start()
    try:
        return connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return [("ok",)]
    finally:
        clock.cancel()
        clock.join()
        connection.set_progress_handler(None, 0)


def _fact(connection: sqlite3.Connection, name: str) -> str:
    """An id, or empty when there is none yet. Raises: ValueError when it is not one that a box makes."""
    row = connection.execute(queries()["meta"], {"name": name}).fetchone()
    if row is None:
        return ""
    if not _HEX_ID.fullmatch(row[0]):
        raise ValueError(f"its {name} is broken")
    return str(row[0])


def identity_of(path: Path) -> dict[str, str]:
    """The id and the login key of a damaged database, as far as they can be read: posters, DJs and staff go by them."""
    found: dict[str, str] = {}
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return {}
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as connection:
            for name, size in (("box_id", 16), ("login_key", 64)):
                row = connection.execute(queries()["meta"], {"name": name}).fetchone()
                if row is not None and re.fullmatch(rf"[0-9a-f]{{{size}}}", str(row[0])):
                    found[name] = str(row[0])
    except (OSError, sqlite3.Error, UnicodeDecodeError, ValueError):
        return found
    return found
