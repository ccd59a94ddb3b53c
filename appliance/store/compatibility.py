"""Whether an older program can go on with a database that a newer one wrote.

A step that only adds leaves everything that the older program knows as it was. `levels` says for each step the oldest
schema whose program can still use the database; `migrate` writes that into the database, so that a program need not
know the future to trust it.
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

# Steps that change what is stored, or what may be; what the shape can't show.
_CHANGES = re.compile(r"^\s*(UPDATE|DELETE|DROP|REPLACE)\b|\bRENAME\b|\bCREATE\s+(TEMP\s+)?TRIGGER\b", re.I | re.M)
_COMMENT = re.compile(r"--[^\n]*")
# What a new table does to older rows it names when they go: anything else would stand in the older program's way.
_LETS_GO = {"CASCADE", "SET NULL", "SET DEFAULT"}


@dataclass(frozen=True, slots=True)
class _Table:
    """What a program that writes to a table relies on."""

    columns: dict[str, tuple[object, ...]]
    unique: frozenset[tuple[object, ...]]
    refers: frozenset[tuple[object, ...]]
    #: STRICT, WITHOUT ROWID
    kind: tuple[object, ...]


def levels(steps: Mapping[int, str]) -> dict[int, int]:
    """For each step, the oldest schema whose program can use a database at that step."""
    found: dict[int, int] = {}
    level = 1
    for number, fault in _faults(steps):
        level = number if fault else level
        found[number] = level
    return found


def faults(steps: Mapping[int, str]) -> dict[int, str]:
    """The steps that older programs could not live with, and why."""
    return {number: fault for number, fault in _faults(steps) if fault}


def _faults(steps: Mapping[int, str]) -> Iterator[tuple[int, str]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        before: dict[str, _Table] = {}
        for number, sql in sorted(steps.items()):
            try:
                connection.executescript(sql)
            except sqlite3.Error as error:
                yield number, f"it can't be run ({error})"
                continue
            after = _shape(connection)
            yield number, (_fault(sql, before, after) if before else "")
            before = after


def _fault(sql: str, before: Mapping[str, _Table], after: Mapping[str, _Table]) -> str:
    changed = _CHANGES.search(_COMMENT.sub("", sql))
    if changed:
        return f"it changes what is there ({changed[0].strip()})"
    for name, table in before.items():
        if name not in after:
            return f"the table {name} is gone"
        if fault := _table_fault(table, after[name]):
            return f"the table {name} {fault}"
    for name in after.keys() - before.keys():
        for target, on_delete in after[name].refers:
            if target in before and on_delete not in _LETS_GO:
                return f"the table {name} keeps rows of {target} from being deleted"
    return ""


def _table_fault(before: _Table, after: _Table) -> str:
    if before.kind != after.kind or before.refers - after.refers:
        return "is another kind of table"
    for column, facts in before.columns.items():
        if after.columns.get(column) != facts:
            return f"lost or changed its column {column}"
    for column in after.columns.keys() - before.columns.keys():
        _, required, default, _ = after.columns[column]
        if required and default is None:
            return f"needs the new column {column}"
    return "allows less than before" if after.unique - before.unique else ""


def _shape(connection: sqlite3.Connection) -> dict[str, _Table]:
    found = {}
    for _, name, kind, _, without_rowid, strict in connection.execute("PRAGMA main.table_list").fetchall():
        if kind == "table" and not name.startswith("sqlite_"):
            found[name] = _table(connection, name, kind=(without_rowid, strict))
    return found


def _table(connection: sqlite3.Connection, name: str, *, kind: tuple[object, ...]) -> _Table:
    columns: dict[str, tuple[object, ...]] = {
        column: (type_, required, default, key)
        for _, column, type_, required, default, key, _ in connection.execute(
            "SELECT * FROM pragma_table_xinfo(?)", (name,)
        )
    }
    unique = {
        (partial, *(column for _, _, column in connection.execute("SELECT * FROM pragma_index_info(?)", (index,))))
        for _, index, is_unique, _, partial in connection.execute(
            "SELECT * FROM pragma_index_list(?)", (name,)
        ).fetchall()
        if is_unique
    }
    refers = {(row[2], row[6]) for row in connection.execute("SELECT * FROM pragma_foreign_key_list(?)", (name,))}
    return _Table(columns=columns, unique=frozenset(unique), refers=frozenset(refers), kind=kind)
