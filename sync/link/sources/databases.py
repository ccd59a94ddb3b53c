"""Looking into another program's SQLite database while that program writes it: read only, briefly, never a copy.

Not `immutable`: on a database that lives this would read nonsense. File events miss what goes into the log beside it,
so it is polled.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePath

from sync.link.sources.places import is_file
from sync.link.sources.source import SourceTrouble

_BUSY_S = 1.0


def read_only(path: PurePath) -> str:
    """The address by which SQLite opens an absolute path and never writes: any name, any drive, also a share's."""
    address = path.as_uri()
    # The host of a share (file://host/share) is a part of the path to SQLite, which knows no hosts.
    if not address.startswith("file:///"):
        address = f"file://{address.removeprefix('file:')}"
    return f"{address}?mode=ro"


@contextmanager
def looking_into(path: Path, *, program: str) -> Iterator[sqlite3.Connection]:
    """A connection for a few questions. What goes wrong with them is raised as SourceTrouble, in words."""
    if not is_file(path):
        raise SourceTrouble(f"{program}'s database {path} is gone.")
    try:
        with closing(sqlite3.connect(read_only(path.absolute()), uri=True, timeout=_BUSY_S)) as connection:
            connection.row_factory = sqlite3.Row
            # A hostile or damaged schema must not run code of its own.
            connection.execute("PRAGMA trusted_schema = OFF")
            yield connection
    except sqlite3.OperationalError as error:
        raise SourceTrouble(_meaning(str(error), path, program=program)) from error
    except sqlite3.DatabaseError as error:
        raise SourceTrouble(f"{program}'s database {path} is damaged ({error}).") from error


def _meaning(error: str, path: Path, *, program: str) -> str:
    if "no such" in error:
        return f"{program}'s database is of a version that is not known here ({error}): look for a newer link."
    if "locked" in error or "busy" in error:
        return f"{program} keeps its database locked; it is asked again."
    if "unable to open" in error:
        return f"{program}'s database {path} can't be opened: may this user read it?"
    return f"{program}'s database {path} is damaged ({error})."
