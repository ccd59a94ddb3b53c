"""A database between two versions of the program: which can use it, and putting an older copy in its place."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from appliance.domain.models import Stamp
from appliance.errors import Unavailable
from appliance.files import sync_folder
from appliance.store.backup import copy_database
from appliance.store.migrate import readable_since
from appliance.store.recovery import begin_epoch
from appliance.store.statements import queries


@dataclass(frozen=True, slots=True)
class Written:
    """What a database says of itself."""

    schema: int
    #: the oldest schema whose program can use it
    reads_back_to: int
    #: how many entries its journal has ever had; None when it is kept in a way that this program does not know
    entries: int | None

    def is_readable_by(self, schema: int) -> bool:
        """Whether a program with this schema can go on with it."""
        return schema >= self.reads_back_to


def written(database: Path) -> Written | None:
    """What a database says of itself; None when there is none.

    Raises: Unavailable with the code `store_unavailable`.
    """
    if not database.is_file():
        return None
    try:
        # Not "ro": a reader that may not write leaves its log and its index beside the database of a box that is off.
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            schema: int = connection.execute("PRAGMA user_version").fetchone()[0]
            since = readable_since(connection, schema)
            return Written(schema=schema, reads_back_to=since, entries=_entries(connection) if schema else 0)
    except sqlite3.Error as error:
        raise Unavailable("store_unavailable", f"The database {database} can't be read ({error}).") from error


def _entries(connection: sqlite3.Connection) -> int | None:
    try:
        found: int = connection.execute(queries()["journal_span"]).fetchone()[0]
    except sqlite3.OperationalError:
        return None
    return found


def put_back(copy: Path, *, database: Path, aside: Path, at: Stamp) -> None:
    """Sets the database aside and puts an older copy in its place, which is used up; nobody may have it open.

    Needs next to no room. Can be run again: a pulled plug leaves the one or the other under its name, whole.

    Raises: Unavailable with the code `store_unavailable`.
    """
    try:
        # Its journal goes on from an earlier number: its numbers must not be taken for those that were given out.
        begin_epoch(copy, at=at)
        _set_aside(database, aside)
        # What is left beside a database under its name would be taken for its own.
        for ending in ("-wal", "-shm"):
            database.with_name(database.name + ending).unlink(missing_ok=True)
        copy.replace(database)
        sync_folder(database.parent)
    except (sqlite3.Error, OSError) as error:
        raise Unavailable(
            "store_unavailable", f"The copy of the database from before can't be put in its place ({error})."
        ) from error


def _set_aside(database: Path, aside: Path) -> None:
    try:
        copy_database(database, aside)
        with closing(sqlite3.connect(database)) as connection:
            # Everything into the one file, so that it is whole without its log.
            connection.execute("PRAGMA journal_mode = DELETE")
    except (Unavailable, sqlite3.Error):
        # Damaged, or no room for a copy: then its files under other names, as they are.
        for ending in ("", "-wal"):
            there, name = (path.with_name(path.name + ending) for path in (database, aside))
            # Done already when this runs again after a pulled plug.
            if there.exists():
                name.unlink(missing_ok=True)
                name.hardlink_to(there)
