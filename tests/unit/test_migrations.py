"""The database's schema: written once as truth, reached step by step, and never without a copy."""

import re
import sqlite3
from pathlib import Path

import pytest

from appliance.errors import Unavailable
from appliance.store.migrate import connect, ensure_identity, migrate, open_database, steps
from appliance.store.named import statements
from appliance.store.statements import FOLDER, queries


def shape(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    """Everything a database is made of, white space and comments aside."""
    found = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")
    lines: list[tuple[str, ...]] = []
    for kind, name, table, sql in found:
        plain = " ".join(line.partition("--")[0] for line in (sql or "").splitlines())
        # Token by token: a column that was added later stands behind another kind of white space.
        words = re.findall(r"\w+|[^\w\s]", plain)
        lines.append((kind, name, table, " ".join(words)))
    return lines


def test_all_steps_lead_to_the_schema_that_is_written_down(tmp_path: Path) -> None:
    stepped = connect(tmp_path / "stepped.db")
    migrate(stepped, tmp_path / "stepped.db")
    whole = connect(tmp_path / "whole.db")
    whole.executescript((FOLDER / "schema.sql").read_text(encoding="utf-8"))
    assert shape(stepped) == shape(whole)
    stepped.close()
    whole.close()


def test_steps_are_numbered_without_a_gap() -> None:
    assert list(steps()) == list(range(1, len(steps()) + 1))


def test_every_statement_can_be_prepared_against_the_schema(tmp_path: Path) -> None:
    connection = open_database(tmp_path / "box.db")
    for name, statement in queries().items():
        parameters = dict.fromkeys(re.findall(r":(\w+)", statement))
        assert connection.execute(f"EXPLAIN {statement}", parameters), name
    connection.close()


def test_two_statements_of_one_name_are_a_fault_that_names_it(tmp_path: Path) -> None:
    for topic in ("places", "people"):
        (tmp_path / f"{topic}.sql").write_text("-- name: both\n-- What it is for.\nSELECT 1;\n", encoding="utf-8")
    with pytest.raises(ValueError, match="there are two statements both"):
        statements(tmp_path / "places.sql", tmp_path / "people.sql")


def test_a_database_with_content_is_copied_before_a_step(tmp_path: Path) -> None:
    path = tmp_path / "box.db"
    connection = open_database(path)
    box_id = connection.execute("SELECT value FROM meta WHERE name = 'box_id'").fetchone()[0]
    following = max(steps()) + 1
    migrate(connection, path, {**steps(), following: "CREATE TABLE more (id TEXT) STRICT;"})
    copy = sqlite3.connect(tmp_path / f"box.before-{following:04d}.db")
    assert copy.execute("SELECT value FROM meta WHERE name = 'box_id'").fetchone()[0] == box_id
    assert copy.execute("PRAGMA user_version").fetchone()[0] == max(steps())
    assert connection.execute("PRAGMA user_version").fetchone()[0] == following
    copy.close()
    connection.close()


def test_a_step_that_fails_leaves_the_old_schema(tmp_path: Path) -> None:
    path = tmp_path / "box.db"
    connection = open_database(path)
    before = shape(connection)
    with pytest.raises(sqlite3.Error):
        migrate(connection, path, {**steps(), 99: "CREATE TABLE more (id TEXT); SELECT nonsense FROM nowhere;"})
    assert shape(connection) == before
    assert connection.execute("PRAGMA user_version").fetchone()[0] == max(steps())
    connection.close()


def test_a_database_of_a_newer_box_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "box.db"
    connection = open_database(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(Unavailable) as error:
        open_database(path)
    assert error.value.code == "store_too_new"


def test_identity_is_made_once_and_kept(tmp_path: Path) -> None:
    connection = open_database(tmp_path / "box.db")
    first = connection.execute("SELECT name, value FROM meta ORDER BY name").fetchall()
    ensure_identity(connection)
    again = connection.execute("SELECT name, value FROM meta ORDER BY name").fetchall()
    assert [tuple(row) for row in first] == [tuple(row) for row in again]
    assert {row["name"] for row in first} >= {"box_id", "epoch", "login_key", "phone_key"}
    connection.close()


def test_every_commit_is_on_the_disk(tmp_path: Path) -> None:
    connection = open_database(tmp_path / "box.db")
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    connection.close()


def test_a_file_that_is_no_database_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "box.db").write_bytes(b"not a database at all, but long enough to be read as one" * 40)
    with pytest.raises(Unavailable) as error:
        open_database(tmp_path / "box.db")
    assert error.value.code == "store_unavailable"
