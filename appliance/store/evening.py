"""The evening as a file to take away: a fresh SQLite database without secrets and guests, made while the box goes on.

SQLite copies row by row out of one read transaction, so memory stays small and the writer is not stopped.
"""

import os
import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import NotKnown, Unavailable
from appliance.files import make_durable
from appliance.store.migrate import BUSY_TIMEOUT_S
from appliance.store.statements import FOLDER

_UNSAFE = re.compile(r"[^a-z0-9]+")
#: letters of the event's name in the file's
_NAME_MOST = 60
#: KiB that SQLite may keep of each file
_CACHE_KIB = 2048


@dataclass(frozen=True, slots=True)
class Heard:
    """One line of the set list."""

    number: int
    #: UTC, as the box believed
    began: str
    #: None where nobody knows
    seconds: int | None
    artist: str
    title: str
    dj: str
    stage: str


def write_evening(source: Path, target: Path) -> str:
    """Writes the evening of the box's newest event to `target`, which must not exist; the name to give the file.

    Raises: NotKnown with the code `store_missing`; Unavailable with the code `evening_failed`.
    """
    if not source.is_file():
        raise NotKnown("store_missing", f"There is no database {source}.", advice="Name the box's folder with --data.")
    make, fill = (FOLDER / "night.sql").read_text(encoding="utf-8").split("-- fill --")
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(f"{target.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
            # Not "ro": a reader that may not write leaves its log beside the database of a box that is off.
            connection.execute("ATTACH DATABASE ? AS box", (f"{source.absolute().as_uri()}?mode=rw",))
            connection.executescript(f"BEGIN;{make}{fill}COMMIT;")
            found = dict(connection.execute("SELECT name, value FROM about"))
        make_durable(target)
    except (OSError, sqlite3.Error) as error:
        target.unlink(missing_ok=True)
        raise Unavailable(
            "evening_failed",
            f"The evening could not be written: {error}.",
            advice="Nothing of the box was changed. Free some space, then try again.",
        ) from error
    return file_name(found.get("event", ""), found.get("first", ""))


def file_name(event: str, first: str) -> str:
    """`friday-social-2026-11-20`, of letters that every system takes."""
    plain = unicodedata.normalize("NFKD", event).encode("ascii", "ignore").decode().lower()
    name = _UNSAFE.sub("-", plain)[:_NAME_MOST].strip("-") or "evening"
    return "-".join(filter(None, (name, first[:10])))


@contextmanager
def set_list(evening: Path) -> Iterator[Iterator[Heard]]:
    """The set list out of such a file, line by line. Raises: sqlite3.Error."""
    with closing(sqlite3.connect(f"{evening.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT number, began, seconds, artist, title, dj, stage FROM set_list")
        yield (Heard(*row) for row in rows)
