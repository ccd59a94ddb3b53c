"""Opens the database, brings it to today's schema, and saves a copy before any step.

`PRAGMA user_version` holds the number of the last step, and `meta.reads_back_to` that number again, with the oldest
schema whose program can use what the step left. Each step is one transaction: a power cut leaves the old schema or
the new one.
"""

import logging
import re
import secrets
import sqlite3
from pathlib import Path

from appliance.errors import Unavailable
from appliance.store.compatibility import levels
from appliance.store.statements import FOLDER, queries

log = logging.getLogger(__name__)

BUSY_TIMEOUT_S = 5.0
READS_BACK_TO = "reads_back_to"
_STEP = re.compile(r"(\d{4})_\w+\.sql")


def connect(path: Path) -> sqlite3.Connection:
    """A connection for writing: WAL, every commit on the disk before it returns.

    Raises: Unavailable with the code `store_unavailable`.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        # Counts for a new file only, and before anything else is done with it: what was deleted can be given back.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_size_limit = 16777216")
    except sqlite3.Error as error:
        raise Unavailable(
            "store_unavailable",
            f"The database {path} can't be opened ({error}), so nothing can be saved.",
            advice="Check that the folder exists, is writable and has space.",
        ) from error
    return connection


def steps(folder: Path = FOLDER / "migrations") -> dict[int, str]:
    """The migrations by number, in order."""
    found = {
        int(match[1]): file.read_text(encoding="utf-8")
        for file in sorted(folder.iterdir())
        if (match := _STEP.fullmatch(file.name))
    }
    return dict(sorted(found.items()))


def _save_copy(connection: sqlite3.Connection, path: Path, version: int) -> Path:
    copy = path.with_name(f"{path.stem}.before-{version + 1:04d}{path.suffix}")
    with sqlite3.connect(copy) as target:
        connection.backup(target)
    target.close()
    return copy


def readable_since(connection: sqlite3.Connection, version: int) -> int:
    """The oldest schema whose program can use this database, which is at schema `version`. Raises: sqlite3.Error."""
    if version == 0:
        return 0
    row = connection.execute(queries()["meta"], {"name": READS_BACK_TO}).fetchone()
    said = re.fullmatch(r"(\d+) (\d+)", str(row[0])) if row is not None else None
    # One that does not say it of this very schema is for programs of its own schema.
    return int(said[2]) if said and int(said[1]) == version else version


def migrate(connection: sqlite3.Connection, path: Path, wanted: dict[int, str] | None = None) -> None:
    """Runs the steps that the database has not seen; a database with content is copied aside first.

    A database that a newer program wrote is used as it is when that program's steps only added to it: so the box can
    go back to the version before.

    Raises: Unavailable with the code `store_too_new` when a newer program wrote it in a way that this one can't read.
    """
    wanted = steps() if wanted is None else wanted
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > max(wanted, default=0):
        if readable_since(connection, version) <= max(wanted, default=0):
            log.warning("The database was written by a newer version of the box (schema %d), and can be used.", version)
            return
        raise Unavailable(
            "store_too_new",
            f"The database was written by a newer version of the box (schema {version}).",
            advice="Start that version, or choose another folder with --data.",
        )
    pending = {number: sql for number, sql in wanted.items() if number > version}
    if pending and version > 0:
        log.info("The database was copied to %s before its schema changes.", _save_copy(connection, path, version))
    since = levels(wanted) if pending else {}
    for number, sql in pending.items():
        try:
            connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {number};")
            connection.execute(queries()["set_meta"], {"name": READS_BACK_TO, "value": f"{number} {since[number]}"})
            connection.execute("COMMIT")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def new_token(size: int) -> str:
    """A random id or key of `size` bytes."""
    return secrets.token_hex(size)


def ensure_identity(connection: sqlite3.Connection) -> None:
    """Gives a new database its box id, journal epoch and cookie keys. A database that has them keeps them."""
    known = queries()
    for name, size in (("box_id", 8), ("epoch", 8), ("login_key", 32), ("phone_key", 32)):
        if connection.execute(known["meta"], {"name": name}).fetchone() is None:
            connection.execute(known["set_meta"], {"name": name, "value": new_token(size)})


def open_database(path: Path) -> sqlite3.Connection:
    """The database, at today's schema and with an identity.

    Raises: Unavailable.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = connect(path)
    try:
        migrate(connection, path)
        ensure_identity(connection)
    except sqlite3.Error as error:
        connection.close()
        raise Unavailable(
            "store_unavailable",
            f"The database {path} can't be used ({error}), so nothing can be saved.",
            advice="Restore the copy beside it, or choose another folder with --data.",
        ) from error
    return connection
