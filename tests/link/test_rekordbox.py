"""rekordbox's history: rows as they come, sessions that follow each other, and a laptop without the package."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from appliance.domain.origins import FactOrigin
from sync.link.sources.rekordbox import GRACE_MS, Rekordbox, Row, moment_ms, places, read, rows_of, seen
from sync.link.sources.source import Confidence, Sighting, SourceTrouble
from tests.link.laptops import laptop

NOON_MS = 1_795_000_000_000


def row(number: int, *, after_s: int = 0, title: str = "", **rest: object) -> Row:
    return Row(str(number), NOON_MS + after_s * 1000, title or f"T{number}", **rest)  # type: ignore[arg-type]


class Beside:
    """The link beside a rekordbox whose database holds `rows`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "Library" / "Pioneer" / "rekordbox" / "master.db"
        self.path.parent.mkdir(parents=True)
        self.rows: list[Row] = []
        self.reads = 0
        self.write()
        self.source = Rekordbox(laptop(folder, platform="darwin"), read_rows=self.read)
        self.cursor: str | None = None
        assert self.source.probe().usable

    def read(self, path: Path) -> list[Row]:
        assert path == self.path
        self.reads += 1
        return list(self.rows)

    def write(self, *rows: Row) -> None:
        """As rekordbox: into the log beside the database."""
        self.rows += rows
        self.path.touch()
        with self.path.with_name("master.db-wal").open("ab") as log:
            log.write(b"x" * 4096)

    def poll(self, *, now_ms: int = NOON_MS) -> list[Sighting]:
        polled = self.source.poll(self.cursor, now_ms=now_ms)
        self.cursor = polled.cursor
        return list(polled.sightings)

    def titles(self) -> list[str]:
        return [one.title for one in self.poll()]


@pytest.fixture
def rekordbox(tmp_path: Path) -> Beside:
    return Beside(tmp_path)


def test_a_row_of_the_history_was_played(rekordbox: Beside) -> None:
    assert rekordbox.poll() == []
    rekordbox.write(
        row(1, after_s=80, title="So What", artist="Miles Davis", bpm_100=13602, key="Dm", path="/a.mp3", length_s=545)
    )
    assert rekordbox.poll() == [
        Sighting(
            source="rekordbox", native_id="1", confidence=Confidence.PLAYED, title="So What", artist="Miles Davis",
            started_ms=NOON_MS + 80_000, path="/a.mp3", bpm=136.02, key="Dm", duration_s=545,
            bpm_origin=FactOrigin.DATABASE, key_origin=FactOrigin.DATABASE,
        )
    ]  # fmt: skip
    assert rekordbox.poll() == []


def test_all_rows_since_the_last_look_in_order_and_a_replay(rekordbox: Beside) -> None:
    rekordbox.poll()
    rekordbox.write(row(3, after_s=9, title="A"), row(1, after_s=1, title="A"), row(2, after_s=5, title="B"))
    assert rekordbox.titles() == ["A", "B", "A"]


def test_what_is_unknown_is_absent_and_never_nought(rekordbox: Beside) -> None:
    rekordbox.poll()
    rekordbox.write(row(1), Row("2", None, "", path="/music/only a file.mp3"))
    found = [(one.artist, one.bpm, one.key, one.duration_s, one.started_ms) for one in rekordbox.poll()]
    assert found == [("", None, None, None, None), ("", None, None, None, NOON_MS)]


def test_a_deleted_row_is_none_and_one_without_words_is_told_when_it_has_them(rekordbox: Beside) -> None:
    rekordbox.poll()
    rekordbox.write(row(1, deleted=True), Row("2", NOON_MS, ""))
    assert rekordbox.titles() == []
    rekordbox.rows[1] = row(2, title="Late words")
    rekordbox.write()
    assert rekordbox.titles() == ["Late words"]


def test_first_sight(tmp_path: Path) -> None:
    for name, after_s, titles in (("young", -599, ["T2"]), ("old", -600, [])):
        rekordbox = Beside(tmp_path / name)
        rekordbox.write(row(1, after_s=-7200), row(2, after_s=after_s))
        assert rekordbox.titles() == titles
        rekordbox.write(row(3, after_s=1))
        assert rekordbox.titles() == ["T3"]


def test_a_new_session_and_one_that_is_deleted(rekordbox: Beside) -> None:
    rekordbox.write(row(1, after_s=-9000))
    rekordbox.poll()
    rekordbox.write(row(2))
    assert rekordbox.titles() == ["T2"]
    # The session goes, and the one of last week comes to light.
    rekordbox.rows = [row(7, after_s=-7 * 86400), row(1, after_s=-9000), row(8, after_s=-GRACE_MS // 1000)]
    rekordbox.write()
    assert rekordbox.titles() == ["T8"]


def test_only_what_changed_is_read(rekordbox: Beside) -> None:
    for _ in range(5):
        rekordbox.poll()
    assert rekordbox.reads == 1
    rekordbox.write()
    rekordbox.poll()
    assert rekordbox.reads == 2


@pytest.mark.parametrize("cursor", ["", "{}", "[]", "null", '{"last_ms": "x", "ids": []}', '{"last_ms": 1, "ids": 2}'])
def test_a_cursor_that_is_none_is_the_first_sight(cursor: str) -> None:
    assert seen([row(1, after_s=-9000)], cursor, now_ms=NOON_MS).sightings == []


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-18 11:06:40.000 +00:00", NOON_MS),
        ("2026-11-18 12:06:40.000 +01:00", NOON_MS),
        ("2026-11-18 11:06:40", NOON_MS),
        (datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC), NOON_MS),
        (datetime(2026, 11, 18, 11, 6, 40), NOON_MS),  # noqa: DTZ001 - as the package gives it
        ("yesterday", None),
        (None, None),
        ("", None),
        (7, None),
    ],
)
def test_moments(written: object, expected: int | None) -> None:
    assert moment_ms(written) == expected


class Opened:
    """An opened database as the package gives it, with sessions of one track each."""

    def __init__(self, sessions: Mapping[str, SimpleNamespace]) -> None:
        self.sessions = sessions

    def get_history(self) -> list[SimpleNamespace]:
        return [
            SimpleNamespace(
                ID=name, created_at=f"2026-11-{name} 20:00:00.000 +00:00", rb_local_deleted=int(name == "20")
            )
            for name in self.sessions
        ]

    def get_history_songs(self, **asked: str) -> list[SimpleNamespace]:
        return [self.sessions[asked["HistoryID"]]]


def test_rows_of_the_two_newest_sessions_that_are_not_deleted() -> None:
    content = SimpleNamespace(
        Title="So What", BPM=13602, Length=545, FolderPath="/a.mp3",
        Artist=SimpleNamespace(Name="Miles Davis"), Key=SimpleNamespace(ScaleName="D#min"),
    )  # fmt: skip
    bare = SimpleNamespace(Title=None, BPM=None, Length=None, FolderPath=None, Artist=None, Key=None)
    written = "2026-11-18 11:06:40.000 +00:00"
    songs = {
        name: SimpleNamespace(ID=number, created_at=written, rb_local_deleted=0, Content=what)
        for number, (name, what) in enumerate({"18": content, "17": bare, "20": content, "19": None}.items(), start=1)
    }
    assert rows_of(Opened(songs)) == [
        Row("1", NOON_MS, "So What", "Miles Davis", 13602, "D#min", "/a.mp3", 545.0),
        Row("4", NOON_MS, ""),
    ]


def test_places_and_what_rekordboxs_own_options_say(tmp_path: Path) -> None:
    windows = laptop(tmp_path, platform="win32", environment={"APPDATA": str(tmp_path / "Roaming")})
    usual = tmp_path / "Roaming" / "Pioneer" / "rekordbox" / "master.db"
    assert places(windows) == [usual]
    options = tmp_path / "Roaming" / "Pioneer" / "rekordboxAgent" / "storage" / "options.json"
    options.parent.mkdir(parents=True)
    options.write_text(json.dumps({"options": [["port", "1"], ["db-path", str(tmp_path / "D" / "master.db")]]}))
    assert places(windows) == [tmp_path / "D" / "master.db", usual]
    for damaged in (b"", b"{", b"[" * 99_999, b'{"options": 5}', b'{"options": [["db-path"]]}', b"\xff\xfe", b"[]"):
        options.write_bytes(damaged)
        assert places(windows) == [usual]
    assert places(laptop(tmp_path)) == []


def test_without_the_package_the_words_say_what_to_install(rekordbox: Beside, tmp_path: Path) -> None:
    assert "pyrekordbox" not in sys.modules
    source = Rekordbox(laptop(tmp_path, platform="darwin"))
    probe = source.probe()
    assert not probe.usable
    assert "pyrekordbox" in probe.tried[0].words
    with pytest.raises(SourceTrouble):
        source.poll(None, now_ms=NOON_MS)
    with pytest.raises(SourceTrouble, match="pyrekordbox"):
        read(rekordbox.path)


def test_the_words_say_that_it_is_late(rekordbox: Beside) -> None:
    assert "60 to 90 s" in rekordbox.source.probe().tried[0].words


def test_a_database_that_goes_is_said(rekordbox: Beside) -> None:
    rekordbox.poll()
    rekordbox.path.unlink()
    with pytest.raises(SourceTrouble, match="gone"):
        rekordbox.poll()
    assert not rekordbox.source.probe().usable
