"""Databases that begin with facts of an earlier one: after a reset, and on the way to another box."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from appliance.domain.models import Stamp
from appliance.errors import Invalid, Unavailable
from appliance.files import sync_folder
from appliance.store.inspect import has_strange_things, look_at
from appliance.store.migrate import connect, open_database
from appliance.store.recovery import begin_epoch
from appliance.store.statements import queries


def facts(path: Path, names: Iterable[str]) -> dict[str, str]:
    """These facts of the database, as far as it has them.

    Raises: Unavailable with the code `store_unreadable`.
    """
    if not path.is_file():
        return {}
    try:
        with closing(connect(path)) as connection:
            rows = {name: connection.execute(queries()["meta"], {"name": name}).fetchone() for name in names}
    except (sqlite3.Error, Unavailable) as error:
        raise Unavailable("store_unreadable", f"The database {path} can't be read: {error}.") from error
    return {name: str(row["value"]) for name, row in rows.items() if row is not None}


def found(path: Path, given: Mapping[str, str]) -> None:
    """Makes a new database at `path` with these facts; its epoch is new. It is there whole or not at all.

    Raises: Unavailable; OSError.
    """
    draft = path.with_name(f".{path.name}.founding")
    for suffix in ("", "-wal", "-shm"):
        draft.with_name(draft.name + suffix).unlink(missing_ok=True)
    with closing(open_database(draft)) as connection:
        for name, value in given.items():
            connection.execute(queries()["set_meta"], {"name": name, "value": value})
        # One file, so that one rename puts it in place.
        connection.execute("PRAGMA journal_mode = DELETE")
    draft.replace(path)
    sync_folder(path.parent)


def inspect(path: Path) -> None:
    """Looks whether a database from elsewhere is whole and ours.

    Raises: Invalid with the code `backup_damaged`, `backup_too_new` or `backup_strange`.
    """
    look = look_at(path, with_log=False)
    if look.fault:
        raise Invalid(
            "backup_damaged", f"The backup's database can't be used: {look.fault}.", advice="Take an older backup."
        )
    if look.is_too_new:
        raise Invalid(
            "backup_too_new",
            f"The backup was made by a newer version of the box (schema {look.schema}).",
            advice="Update this box first, then restore.",
        )
    # Ours has neither triggers nor views: in a file from elsewhere they would run whenever the box writes.
    if not look.box or has_strange_things(path):
        raise Invalid("backup_strange", "This is no database of a Pika Box.")


def adopt(path: Path, given: Mapping[str, str], *, at: Stamp) -> None:
    """Makes a copied database one that a box can go on with: these facts, nothing of the other's night, a new epoch.

    The journal's rows are as they were. Done again it only begins one more epoch.

    Raises: Unavailable with the code `store_unavailable`.
    """
    known = queries()
    try:
        with closing(connect(path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            there = {row["name"] for row in connection.execute(known["table_names"])}
            for name, value in given.items():
                connection.execute(known["set_meta"], {"name": name, "value": value})
            connection.execute(known["forget_meta"], {"name": "portal_salt"})
            if "releases" in there:
                connection.execute(known["end_releases"])
            connection.execute("COMMIT")
        begin_epoch(path, at=at)
    except sqlite3.Error as error:
        raise Unavailable("store_unavailable", f"The copy {path} can't be written: {error}.") from error
