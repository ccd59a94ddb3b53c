"""Which copy a box goes on from when its database is damaged, and which it leaves alone."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from appliance.store.migrate import open_database, steps
from tests.storage.databases import backed_up, mended_in, noise, play_songs, songs_in


def test_the_copy_that_reaches_furthest_wins_whatever_the_clock_said(tmp_path: Path) -> None:
    database, stick = tmp_path / "box.db", tmp_path / "stick"
    play_songs(database, 0, 2)
    backed_up(tmp_path)
    play_songs(database, 2, 5)
    backed_up(tmp_path, "stick")
    os.utime(stick / "box.db", (0, 0))
    noise(database)
    assert mended_in(tmp_path, stick) is not None
    assert len(songs_in(database)) == 5


def test_the_copy_of_before_a_new_version_serves_when_the_backup_is_bad_too(tmp_path: Path) -> None:
    database = tmp_path / "box.db"
    play_songs(database, 0, 2)
    backed_up(tmp_path)
    (tmp_path / "box.before-0003.db").write_bytes((tmp_path / "backup" / "box.db").read_bytes())
    noise(tmp_path / "backup" / "box.db")
    noise(database)
    mended = mended_in(tmp_path)
    assert mended is not None
    assert "box.before-0003.db" in mended.words
    assert songs_in(database) == ["p0", "p1"]


def test_a_copy_that_only_a_newer_version_reads_is_refused_and_kept(tmp_path: Path) -> None:
    database = tmp_path / "box.db"
    play_songs(database, 0, 2)
    with closing(sqlite3.connect(database)) as newer:
        newer.execute(f"PRAGMA user_version = {max(steps()) + 1}")
    backed_up(tmp_path)
    copy = (tmp_path / "backup" / "box.db").read_bytes()
    noise(database)
    mended = mended_in(tmp_path)
    assert mended is not None
    assert mended.code == "database_lost"
    open_database(database).close()
    assert (tmp_path / "backup" / "box.db").read_bytes() == copy
    backed_up(tmp_path)
    assert (tmp_path / "backup.kept" / "box.db").read_bytes() == copy


def test_another_boxs_copy_is_not_taken(tmp_path: Path) -> None:
    database, other = tmp_path / "box.db", tmp_path / "other"
    other.mkdir()
    play_songs(other / "box.db", 0, 9)
    backed_up(other)
    play_songs(database, 0, 2)
    backed_up(tmp_path)
    noise(database)
    assert mended_in(tmp_path, other / "backup") is not None
    assert songs_in(database) == ["p0", "p1"]


@pytest.mark.parametrize("others", [0, 1])
def test_of_a_stick_with_several_boxes_none_is_guessed(tmp_path: Path, others: int) -> None:
    """Nothing in the box tells any more which one it is."""
    database, sticks = tmp_path / "box.db", []
    play_songs(database, 0, 2)
    backed_up(tmp_path, "stick")
    for number in range(others):
        other = tmp_path / f"other-{number}"
        other.mkdir()
        play_songs(other / "box.db", 0, 9)
        backed_up(other)
        sticks.append(other / "backup")
    noise(database)
    mended = mended_in(tmp_path, tmp_path / "stick", *sticks)
    assert mended is not None
    assert mended.code == ("database_lost" if others else "database_restored")
