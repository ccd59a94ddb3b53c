"""A whole copy of the database while others write to it.

The copy is made beside its place, looked through, and renamed: what is there under its name is always complete.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from appliance.errors import NotKnown, Unavailable


def copy_database(source: Path, target: Path) -> None:
    """Copies the database to `target`, replacing an older copy.

    Raises: NotKnown with the code `store_missing`; Unavailable with the code `backup_failed`.
    """
    if not source.is_file():
        raise NotKnown("store_missing", f"There is no database {source}.", advice="Name the box's folder with --data.")
    draft = target.with_name(f".{target.name}.draft")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _copy(source, draft)
        _to_disk(draft)
        draft.replace(target)
        _to_disk(target.parent)
    except (OSError, sqlite3.Error) as error:
        draft.unlink(missing_ok=True)
        raise Unavailable(
            "backup_failed", f"The copy {target} could not be made: {error}.", advice="The older copy is as it was."
        ) from error


def _copy(source: Path, draft: Path) -> None:
    with (
        # Not "ro": a reader that may not write leaves its log and its index beside the database of a box that is off.
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)) as reading,
        closing(sqlite3.connect(draft)) as writing,
    ):
        reading.backup(writing)
        # One file, without a log beside it that would have to travel along.
        writing.execute("PRAGMA journal_mode = DELETE")
        found = writing.execute("PRAGMA integrity_check").fetchall()
    if found != [("ok",)]:
        raise sqlite3.DatabaseError(f"the copy is damaged ({found[0][0]})")


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
