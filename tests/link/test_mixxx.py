"""Mixxx while it runs: its sessions, and nothing else that looks like a playlist."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.domain.origins import FactOrigin
from sync.link.sources.mixxx import Mixxx
from sync.link.sources.source import Confidence, Sighting, SourceTrouble
from tests.link.laptops import laptop

NOON_MS = 1_795_000_000_000
YOUNG, OLD = "2026-11-18T11:06:35Z", "2026-11-18 09:00:00"

SCHEMA = """
CREATE TABLE Playlists (id INTEGER PRIMARY KEY, name TEXT, hidden INTEGER DEFAULT 0);
CREATE TABLE track_locations (id INTEGER PRIMARY KEY, location TEXT);
CREATE TABLE library (id INTEGER PRIMARY KEY, artist TEXT, title TEXT, bpm REAL, key TEXT, duration REAL,
    location INTEGER);
CREATE TABLE PlaylistTracks (id INTEGER PRIMARY KEY, playlist_id INTEGER, track_id INTEGER, position INTEGER,
    pl_datetime_added TEXT);
INSERT INTO Playlists VALUES (1, 'My favourites', 0), (2, '2026-11-17', 2), (3, 'Auto DJ', 1);
INSERT INTO track_locations VALUES (1, '/music/a.mp3');
INSERT INTO library VALUES (1, 'Miles Davis', 'So What', 136.0, 'Dm', 545.0, 1), (2, NULL, 'Untagged', 0, '', 0, NULL);
"""


class Running:
    """A Mixxx that holds its database open."""

    def __init__(self, folder: Path) -> None:
        path = folder / ".mixxx" / "mixxxdb.sqlite"
        path.parent.mkdir(parents=True)
        self.path = path
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.executescript(SCHEMA)
        self.source = Mixxx(laptop(folder))
        self.cursor: str | None = None
        assert self.source.probe().usable

    def add(self, track: int, *, playlist: int = 2, added: str = YOUNG) -> None:
        self.database.execute(
            "INSERT INTO PlaylistTracks (playlist_id, track_id, position, pl_datetime_added) VALUES (?, ?, 1, ?)",
            [playlist, track, added],
        )

    def poll(self) -> list[Sighting]:
        polled = self.source.poll(self.cursor, now_ms=NOON_MS)
        self.cursor = polled.cursor
        return list(polled.sightings)


@pytest.fixture
def mixxx(tmp_path: Path) -> Iterator[Running]:
    found = Running(tmp_path)
    yield found
    found.database.close()


def test_a_row_of_a_session_was_heard(mixxx: Running) -> None:
    assert mixxx.poll() == []
    mixxx.add(1)
    assert mixxx.poll() == [
        Sighting(
            source="mixxx", native_id="1", confidence=Confidence.HEARD, title="So What", artist="Miles Davis",
            started_ms=NOON_MS - 5000, path="/music/a.mp3", bpm=136.0, key="Dm", duration_s=545.0,
            bpm_origin=FactOrigin.DATABASE, key_origin=FactOrigin.DATABASE,
        )
    ]  # fmt: skip
    assert mixxx.poll() == []


def test_a_drag_into_a_playlist_is_no_play(mixxx: Running) -> None:
    mixxx.poll()
    mixxx.add(1, playlist=1)
    mixxx.add(1, playlist=3)
    assert mixxx.poll() == []


def test_a_replay_and_an_untagged_track(mixxx: Running) -> None:
    mixxx.poll()
    mixxx.add(1)
    mixxx.add(2)
    mixxx.add(1)
    found = mixxx.poll()
    assert [(one.native_id, one.title, one.artist, one.bpm) for one in found] == [
        ("1", "So What", "Miles Davis", 136.0),
        ("2", "Untagged", "", None),
        ("3", "So What", "Miles Davis", 136.0),
    ]


def test_first_sight(tmp_path: Path) -> None:
    for name, added, count in (("young", YOUNG, 1), ("old", OLD, 0), ("odd", "yesterday", 0)):
        mixxx = Running(tmp_path / name)
        mixxx.add(1, added=OLD)
        mixxx.add(2, added=added)
        assert len(mixxx.poll()) == count
        mixxx.database.close()


def test_a_library_that_is_locked_damaged_or_gone_is_said(mixxx: Running) -> None:
    mixxx.poll()
    mixxx.database.execute("PRAGMA journal_mode = DELETE")
    mixxx.database.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SourceTrouble, match="locked"):
        mixxx.poll()
    mixxx.database.execute("ROLLBACK")
    assert mixxx.poll() == []
    mixxx.database.close()
    mixxx.path.unlink()
    with pytest.raises(SourceTrouble, match="gone"):
        mixxx.poll()
    assert not mixxx.source.probe().usable
