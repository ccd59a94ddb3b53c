"""A copy of the database while a box writes to it."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from appliance.commands import backup
from appliance.errors import NotKnown, Unavailable
from appliance.store.backup import copy_database
from appliance.store.migrate import open_database


def _names(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM meta")}


def test_a_copy_holds_what_was_committed_and_is_one_closed_file(tmp_path: Path) -> None:
    source, target = tmp_path / "box.db", tmp_path / "copies" / "box.db"
    with closing(open_database(source)) as connection:
        # Still in the log beside the database, where a plain copy of the file would miss it.
        connection.execute("INSERT INTO meta (name, value) VALUES ('late', '1')")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO meta (name, value) VALUES ('never committed', '1')")
        copy_database(source, target)
    assert "late" in _names(target)
    assert "never committed" not in _names(target)
    assert [path.name for path in target.parent.iterdir()] == ["box.db"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_box_goes_on_from_a_copy(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "box.db")) as connection:
        before = connection.execute("SELECT value FROM meta WHERE name = 'box_id'").fetchone()[0]
    assert backup.main([str(tmp_path / "other" / "box.db"), "--data", str(tmp_path)]) == 0
    with closing(open_database(tmp_path / "other" / "box.db")) as connection:
        assert connection.execute("SELECT value FROM meta WHERE name = 'box_id'").fetchone()[0] == before


def test_a_copy_that_fails_leaves_the_older_one(tmp_path: Path) -> None:
    source, target = tmp_path / "box.db", tmp_path / "copy.db"
    open_database(source).close()
    copy_database(source, target)
    older = target.read_bytes()
    source.write_bytes(b"no database" * 1000)
    with pytest.raises(Unavailable) as raised:
        copy_database(source, target)
    assert raised.value.code == "backup_failed"
    assert target.read_bytes() == older
    assert sorted(path.name for path in tmp_path.iterdir()) == ["box.db", "copy.db"]


def test_no_database_makes_no_copy(tmp_path: Path) -> None:
    with pytest.raises(NotKnown):
        copy_database(tmp_path / "box.db", tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []
