"""Databases that begin with facts of an earlier one: after a reset, and on the way to another box."""

import secrets
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from appliance.errors import Invalid, Unavailable
from appliance.files import sync_folder
from appliance.store.migrate import connect, open_database, steps
from appliance.store.rows import queries


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
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            schema = connection.execute("PRAGMA user_version").fetchone()[0]
            strange = connection.execute(queries()["strange_things"]).fetchall()
            kinds = {name for (name,) in connection.execute(queries()["table_names"])}
            damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise Invalid("backup_damaged", f"The backup's database can't be read: {error}.") from error
    if damage != "ok":
        raise Invalid("backup_damaged", f"The backup's database is damaged: {damage}.", advice="Take an older backup.")
    if schema > max(steps()):
        raise Invalid(
            "backup_too_new",
            f"The backup was made by a newer version of the box (schema {schema}).",
            advice="Update this box first, then restore.",
        )
    # Ours has neither triggers nor views: in a file from elsewhere they would run whenever the box writes.
    if strange or "meta" not in kinds or schema < 1:
        raise Invalid("backup_strange", "This is no database of a Pika Box.")


def adopt(path: Path, given: Mapping[str, str]) -> None:
    """Makes a copied database one that a box can go on with: these facts, a new epoch, nothing of the other's night.

    The journal's rows are as they were. Done again it changes only the epoch.

    Raises: Unavailable with the code `store_unavailable`.
    """
    known = queries()
    try:
        with closing(connect(path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            there = {row["name"] for row in connection.execute(known["table_names"])}
            for name, value in {"epoch": secrets.token_hex(8), **given}.items():
                connection.execute(known["set_meta"], {"name": name, "value": value})
            connection.execute(known["forget_meta"], {"name": "portal_salt"})
            connection.execute(known["nothing_is_on"])
            if "releases" in there:
                connection.execute(known["end_releases"])
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise Unavailable("store_unavailable", f"The copy {path} can't be written: {error}.") from error
