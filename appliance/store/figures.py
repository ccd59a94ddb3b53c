"""How much a database holds, for the support bundle: numbers and the box's own marks, never a row's content."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import Unavailable
from appliance.store.statements import queries


@dataclass(frozen=True, slots=True)
class Figures:
    """A database in numbers."""

    #: `meta.box_id`, empty when there is none
    box_id: str
    #: `meta.epoch`, empty when there is none
    epoch: str
    #: number of the last migration
    schema: int
    #: highest journal sequence ever written
    last_seq: int
    #: journal rows that are there
    waiting: int
    #: rows of each table
    rows: Mapping[str, int]


def figures(path: Path) -> Figures:
    """Looks at the database at `path`, also while a box writes to it.

    Raises: Unavailable with the code `store_unreadable`.
    """
    try:
        # Not "ro": a reader that may not write leaves its log and its index beside the database of a box that is off.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=5)) as connection:
            connection.execute("PRAGMA query_only = ON")
            return _look(connection)
    except sqlite3.Error as error:
        raise Unavailable("store_unreadable", f"The database {path} can't be read: {error}.") from error


def _look(connection: sqlite3.Connection) -> Figures:
    known = queries()

    def meta(name: str) -> str:
        row = connection.execute(known["meta"], {"name": name}).fetchone()
        return str(row[0]) if row else ""

    last_seq, waiting = connection.execute(known["journal_span"]).fetchone()
    names = [row[0] for row in connection.execute(known["table_names"])]
    # The names come from the database's own list and are quoted, so a table with a strange name is only counted.
    rows = {name: connection.execute(_count(name)).fetchone()[0] for name in names}
    schema = connection.execute("PRAGMA user_version").fetchone()[0]
    return Figures(meta("box_id"), meta("epoch"), schema, last_seq, waiting, rows)


def _count(table: str) -> str:
    quoted = '"' + table.replace('"', '""') + '"'
    return f"SELECT count(*) FROM {quoted}"  # noqa: S608 - quoted above
