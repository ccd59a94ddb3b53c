"""Whether an older program can go on with a newer one's database: told from the steps, and kept in the database."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from appliance.errors import Invalid, Unavailable
from appliance.store.backup import copy_database, good_backup, make_backup
from appliance.store.compatibility import faults, levels
from appliance.store.founding import inspect
from appliance.store.handover import put_back, written
from appliance.store.migrate import connect, migrate, open_database, steps
from appliance.store.recovery import mend
from tests.storage.databases import AT, play_songs, songs_in

_BASE = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE journal (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL) STRICT;
CREATE TABLE plays (id TEXT PRIMARY KEY, title TEXT NOT NULL, likes INTEGER NOT NULL DEFAULT 0) STRICT;
"""


@pytest.mark.parametrize(
    "step",
    [
        "CREATE TABLE polls (id TEXT PRIMARY KEY, words TEXT NOT NULL) STRICT;",
        "CREATE INDEX plays_by_title ON plays (title);",
        "ALTER TABLE plays ADD COLUMN remix TEXT;",
        "ALTER TABLE plays ADD COLUMN votes INTEGER NOT NULL DEFAULT 0;",
        "CREATE TABLE votes (play_id TEXT REFERENCES plays (id) ON DELETE CASCADE) STRICT;",
        "CREATE TABLE polls (id TEXT PRIMARY KEY) STRICT; INSERT INTO polls (id) VALUES ('update me');",
        "-- DROP nothing, UPDATE nothing\nCREATE TABLE polls (id TEXT) STRICT;",
    ],
)
def test_a_step_that_only_adds_leaves_the_database_readable(step: str) -> None:
    assert faults({1: _BASE, 2: step}) == {}
    assert levels({1: _BASE, 2: step}) == {1: 1, 2: 1}


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("DROP TABLE plays;", "DROP"),
        ("ALTER TABLE plays DROP COLUMN likes;", "column likes"),
        ("ALTER TABLE plays RENAME COLUMN title TO name;", "RENAME"),
        ("ALTER TABLE plays RENAME TO tracks;", "RENAME"),
        ("UPDATE plays SET likes = likes * 10;", "UPDATE"),
        ("CREATE TABLE x (id TEXT);\ndelete from plays;", "delete"),
        ("CREATE UNIQUE INDEX one_of_each ON plays (title);", "allows less"),
        ("CREATE TABLE votes (play_id TEXT REFERENCES plays (id)) STRICT;", "deleted"),
        (
            "CREATE TRIGGER once BEFORE INSERT ON plays BEGIN SELECT raise(ABORT, 'no'); END;",
            "TRIGGER",
        ),
        ("CREATE TABLE oops (", "run"),
    ],
)
def test_a_step_that_an_older_program_could_not_live_with_is_named(step: str, why: str) -> None:
    later = {1: _BASE, 2: "CREATE TABLE a (id TEXT) STRICT;", 3: step, 4: "CREATE TABLE b (id TEXT) STRICT;"}
    assert list(faults(later)) == [3]
    assert why in faults(later)[3]
    assert levels(later) == {1: 1, 2: 1, 3: 3, 4: 3}


def _newer(path: Path, *added: str) -> None:
    """A database that a program with further steps wrote."""
    known = steps()
    first = max(known) + 1
    with closing(connect(path)) as connection:
        migrate(connection, path, known | dict(enumerate(added, start=first)))


def test_this_program_goes_on_with_what_a_newer_one_only_added_to(tmp_path: Path) -> None:
    path = tmp_path / "box.db"
    open_database(path).close()
    _newer(path, "CREATE TABLE more (id TEXT) STRICT;", "ALTER TABLE stages ADD COLUMN colour TEXT;")
    with closing(open_database(path)) as connection:
        # The newer program must find its schema as it left it.
        assert connection.execute("PRAGMA user_version").fetchone()[0] == max(steps()) + 2
    found = written(path)
    assert found is not None
    assert found.is_readable_by(max(steps()))
    _newer(path, "CREATE TABLE more (id TEXT) STRICT;", "ALTER TABLE stages ADD COLUMN colour TEXT;")


def test_this_program_refuses_what_a_newer_one_changed(tmp_path: Path) -> None:
    path = tmp_path / "box.db"
    open_database(path).close()
    _newer(path, "ALTER TABLE stages RENAME TO floors;", "CREATE TABLE more (id TEXT) STRICT;")
    with pytest.raises(Unavailable) as raised:
        open_database(path)
    assert raised.value.code == "store_too_new"
    found = written(path)
    assert found is not None
    assert not found.is_readable_by(max(steps()))
    assert found.is_readable_by(max(steps()) + 1)


def test_a_copy_takes_the_place_of_the_database_and_begins_a_journal_of_its_own(tmp_path: Path) -> None:
    path, copy, aside = tmp_path / "box.db", tmp_path / "copy.db", tmp_path / "aside.db"
    with closing(open_database(path)) as connection:
        copy_database(path, copy)
        connection.execute("INSERT INTO meta (name, value) VALUES ('later', '1')")
        epoch = connection.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()[0]
    # What a killed program leaves beside its database.
    path.with_name("box.db-wal").write_bytes(b"of another database")
    put_back(copy, database=path, aside=aside, at=AT)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["aside.db", "box.db"]
    with closing(open_database(path)) as connection:
        facts = dict(connection.execute("SELECT name, value FROM meta").fetchall())
        [told] = connection.execute("SELECT body FROM journal WHERE kind = 'journal.restored'").fetchall()
    assert "later" not in facts
    assert facts["epoch"] != epoch
    assert json.loads(told[0]) == {"previous": epoch, "epoch": facts["epoch"], "last_seq": 0}
    with closing(sqlite3.connect(aside)) as connection:
        assert connection.execute("SELECT value FROM meta WHERE name = 'later'").fetchone() == ("1",)


def test_a_database_that_cannot_be_copied_is_set_aside_as_it_is(tmp_path: Path) -> None:
    path, copy, aside = tmp_path / "box.db", tmp_path / "copy.db", tmp_path / "aside.db"
    open_database(copy).close()
    path.write_bytes(b"no database" * 1000)
    put_back(copy, database=path, aside=aside, at=AT)
    assert aside.read_bytes() == b"no database" * 1000
    open_database(path).close()


def test_after_going_back_nothing_takes_what_a_newer_one_only_added_to_for_damaged_or_too_new(tmp_path: Path) -> None:
    data = tmp_path / "data"
    path, folder = data / "box.db", data / "backup"
    play_songs(path, 0, 3)
    _newer(path, "CREATE TABLE more (id TEXT) STRICT;", "ALTER TABLE stages ADD COLUMN colour TEXT;")
    assert mend(path, backups=[folder], at=AT, has_lived=True) is None
    make_backup(database=path, settings_file=data / "box.toml", folder=folder, name="x", at=AT)
    inspect(folder / "box.db")
    path.write_bytes(b"damaged" * 999)
    done = mend(path, backups=[folder], at=AT, has_lived=True)
    assert done is not None
    assert done.code == "database_restored"
    assert songs_in(path) == ["p0", "p1", "p2"]
    open_database(path).close()


def test_a_copy_that_only_a_newer_one_reads_stays_where_it_is(tmp_path: Path) -> None:
    path, folder = tmp_path / "box.db", tmp_path / "backup"
    open_database(path).close()
    _newer(path, "-- breaks\nALTER TABLE stages ADD COLUMN colour TEXT;\nDELETE FROM likes;")
    make_backup(database=path, settings_file=tmp_path / "box.toml", folder=folder, name="x", at=AT)
    with pytest.raises(Invalid, match="newer version"):
        inspect(folder / "box.db")
    path.write_bytes(b"damaged" * 999)
    done = mend(path, backups=[folder], at=AT, has_lived=True)
    assert done is not None
    # Such as every program keeps before it changes a schema.
    assert "box.before-" in done.words
    assert good_backup(folder) is not None
