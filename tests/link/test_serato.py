"""Serato as it writes: session logs of version 3 that grow, the database of version 4 while it is open."""

import os
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.link.sources.serato.library import SeratoLibrary
from sync.link.sources.serato.records import Row, rows
from sync.link.sources.serato.sessions import SeratoSessions
from sync.link.sources.source import Confidence, Sighting, SourceTrouble
from tests.link.laptops import laptop

NOON_S = 1_795_000_000
NOON_MS = NOON_S * 1000
HEARD, LOADED = Confidence.HEARD, Confidence.LOADED
TEXTS = {2: "path", 6: "title", 7: "artist", 10: "length", 17: "comment", 51: "key", 63: "device"}


def field(number: int, value: str | int) -> bytes:
    data = (value + "\0").encode("utf-16-be") if isinstance(value, str) else value.to_bytes(4, "big")
    return struct.pack(">II", number, len(data)) + data


def chunk(tag: bytes, body: bytes) -> bytes:
    return struct.pack(">4sI", tag, len(body)) + body


def record(row_id: int, title: str = "", *, played: bool = False, start_s: int = NOON_S, **rest: str | int) -> bytes:
    """A row of a session as Serato appends it."""
    numbers = {name: number for number, name in TEXTS.items()} | {"bpm": 15, "deck": 31, "playtime": 45}
    fields = field(1, row_id) + field(6, title) + field(28, start_s)
    fields += b"".join(field(numbers[name], value) for name, value in rest.items())
    fields += struct.pack(">IIB", 50, 1, int(played))
    return chunk(b"oent", chunk(b"adat", fields))


HEAD = chunk(b"vrsn", "1.0/Serato Scratch LIVE Review".encode("utf-16-be"))


class Serato3:
    """A Serato whose session file is written by the test."""

    def __init__(self, folder: Path) -> None:
        self.sessions = folder / "Music" / "_Serato_" / "History" / "Sessions"
        self.sessions.mkdir(parents=True)
        self.source = SeratoSessions(laptop(folder))
        self.cursor: str | None = None
        self._stamp = 1_000_000.0
        assert self.source.probe().usable

    def append(self, data: bytes, *, file: str = "7.session") -> None:
        path = self.sessions / file
        is_new = not path.exists()
        with path.open("ab") as session:
            session.write((HEAD if is_new else b"") + data)
        self._stamp += 1
        os.utime(path, (self._stamp, self._stamp))

    def poll(self, *, now_ms: int = NOON_MS) -> list[Sighting]:
        polled = self.source.poll(self.cursor, now_ms=now_ms)
        self.cursor = polled.cursor
        return list(polled.sightings)

    def told(self, *, now_ms: int = NOON_MS) -> list[tuple[str, Confidence]]:
        return [(one.title, one.confidence) for one in self.poll(now_ms=now_ms)]


@pytest.fixture
def serato(tmp_path: Path) -> Serato3:
    return Serato3(tmp_path)


def test_a_load_is_told_as_loaded_and_as_heard_when_the_flag_comes(serato: Serato3) -> None:
    serato.append(b"")
    assert serato.told() == []
    serato.append(
        record(1, "So What", artist="Miles Davis", path="/Music/a.mp3", bpm=136, key="Dm", deck=2, length="09:22.05")
    )
    (loaded,) = serato.poll()
    assert loaded == Sighting(
        source="serato", native_id="7.session:1", confidence=LOADED, title="So What", artist="Miles Davis",
        started_ms=NOON_MS, deck=2, path="/Music/a.mp3", bpm=136, key="Dm", duration_s=562.05,
    )  # fmt: skip
    serato.append(record(1, "So What", played=True))
    (heard,) = serato.poll()
    assert (heard.native_id, heard.confidence) == (loaded.native_id, HEARD)
    serato.append(record(1, "So What", played=True, playtime=200))
    assert serato.told() == []


def test_a_file_that_grows_byte_by_byte_tells_each_row_once(serato: Serato3) -> None:
    serato.append(b"")
    serato.told()
    found = []
    for byte in record(1, "A") + record(2, "B", played=True) + record(1, "A", played=True):
        serato.append(bytes([byte]))
        found += serato.told()
    assert found == [("A", LOADED), ("B", HEARD), ("A", HEARD)]


def test_two_thirds_of_a_real_nights_loads_are_never_heard(serato: Serato3) -> None:
    serato.append(b"")
    serato.told()
    for number in range(1, 343):
        serato.append(record(number, f"T{number}", played=number % 342 < 126))
    heard = [title for title, confidence in serato.told() if confidence is HEARD]
    assert len(heard) == 126


def test_a_session_that_is_written_anew_with_every_row_twice_tells_nothing_again(serato: Serato3) -> None:
    serato.append(b"")
    serato.told()
    serato.append(record(1, "A", played=True) + record(2, "B", played=True))
    assert len(serato.told()) == 2
    path = serato.sessions / "7.session"
    path.unlink()
    serato.append(record(1, "A", played=True) * 2 + record(2, "B", played=True) * 2)
    assert serato.told() == []


def test_a_new_session_begins_with_rows_of_its_own(serato: Serato3) -> None:
    serato.append(record(1, "Old", played=True, start_s=NOON_S - 7200))
    assert serato.told() == []
    serato.append(record(1, "New", played=True), file="8.session")
    assert serato.told() == [("New", HEARD)]


def test_at_first_sight_only_the_newest_heard_one_is_told_and_only_if_it_is_young(tmp_path: Path) -> None:
    young, old = Serato3(tmp_path / "young"), Serato3(tmp_path / "old")
    for serato, start_s in ((young, NOON_S - 60), (old, NOON_S - 700)):
        serato.append(record(1, "A", played=True, start_s=NOON_S - 3600) + record(2, "B", played=True, start_s=start_s))
        serato.append(record(3, "On the other deck"))
    assert young.told() == [("B", HEARD)]
    assert old.told() == []


def test_a_comment_never_leaves_the_file(serato: Serato3) -> None:
    serato.append(b"")
    serato.told()
    serato.append(record(1, "A", comment="only for Anna's birthday"))
    assert "birthday" not in repr(serato.poll())


def test_a_stream_has_a_name_and_no_path(serato: Serato3) -> None:
    serato.append(b"")
    serato.told()
    serato.append(record(1, "A", path="/Users/x/Music/_Serato_/_1234.tdl"))
    (sighting,) = serato.poll()
    assert (sighting.path, sighting.stream_id) == (None, "_1234.tdl")


def test_blanks_around_text_and_zero_for_unknown_are_not_believed() -> None:
    found = rows(HEAD + record(1, "  So What \0 rest", artist="   ", bpm=0, deck=0, start_s=0, length="--:--"))
    assert found == {1: Row(1, title="So What")}


def test_without_hardware_doctor_says_what_to_do(serato: Serato3) -> None:
    serato.append(record(1, "A", device="Offline Player"))
    serato.told()
    assert "trust_loads" in serato.source.probe().tried[0].words


def test_a_locked_or_missing_folder_is_trouble(serato: Serato3, tmp_path: Path) -> None:
    serato.append(record(1, "A"))
    serato.told()
    serato.sessions.rename(tmp_path / "away")
    with pytest.raises(SourceTrouble):
        serato.poll()


@given(st.binary(max_size=400))
def test_no_bytes_raise(data: bytes) -> None:
    rows(data)
    rows(HEAD + chunk(b"oent", data) + chunk(b"oent", chunk(b"adat", data)))


def test_damage_in_the_middle_keeps_what_stands_before() -> None:
    whole = HEAD + record(1, "A") + record(2, "B")
    assert list(rows(whole[: len(HEAD) + len(record(1, "A"))] + b"\xff" * 50)) == [1]


# --- version 4

SCHEMA = """
CREATE TABLE history_session (id INTEGER PRIMARY KEY, start_time INTEGER, end_time INTEGER);
CREATE TABLE history_entry (id INTEGER PRIMARY KEY, session_id INTEGER, name TEXT, artist TEXT, album TEXT, bpm REAL,
    key TEXT, start_time INTEGER, played INTEGER, deck INTEGER, device TEXT, portable_id TEXT, location_id INTEGER,
    file_name TEXT);
"""


class Serato4:
    """A running Serato 4: holds its database open in WAL mode."""

    def __init__(self, folder: Path) -> None:
        library = folder / "Library" / "Application Support" / "Serato" / "Library"
        library.mkdir(parents=True)
        self.path = library / "master.sqlite"
        self.database = sqlite3.connect(self.path, isolation_level=None)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.executescript(SCHEMA)
        self.database.execute("INSERT INTO history_session VALUES (1, ?, -1)", [NOON_S])
        self.source = SeratoLibrary(laptop(folder, platform="darwin"))
        self.cursor: str | None = None
        assert self.source.probe().usable

    def load(self, number: int, title: str, *, played: int = 0, session: int = 1, start_s: int = NOON_S) -> None:
        self.database.execute(
            "INSERT INTO history_entry (id, session_id, name, artist, bpm, key, start_time, played, deck, file_name)"
            " VALUES (?, ?, ?, 'Artist', 120.5, 'Am', ?, ?, 1, '/a.mp3')",
            [number, session, title, start_s, played],
        )

    def hear(self, number: int) -> None:
        self.database.execute("UPDATE history_entry SET played = 1 WHERE id = ?", [number])

    def told(self) -> list[tuple[str, Confidence]]:
        polled = self.source.poll(self.cursor, now_ms=NOON_MS)
        self.cursor = polled.cursor
        return [(one.title, one.confidence) for one in polled.sightings]


@pytest.fixture
def serato4(tmp_path: Path) -> Iterator[Serato4]:
    found = Serato4(tmp_path)
    yield found
    found.database.close()


def test_version_4_while_it_writes(serato4: Serato4) -> None:
    assert serato4.told() == []
    serato4.load(1, "A")
    serato4.load(2, "B")
    assert serato4.told() == [("A", LOADED), ("B", LOADED)]
    serato4.hear(1)
    assert serato4.told() == [("A", HEARD)]
    assert serato4.told() == []
    serato4.load(3, "C", played=1)
    serato4.hear(2)
    assert serato4.told() == [("B", HEARD), ("C", HEARD)]


def test_version_4_first_sight_and_next_session(serato4: Serato4) -> None:
    serato4.load(1, "Old", played=1, start_s=NOON_S - 9000)
    serato4.load(2, "Young", played=1, start_s=NOON_S - 9)
    serato4.load(3, "Cued")
    assert serato4.told() == [("Young", HEARD)]
    serato4.hear(3)
    serato4.database.execute("INSERT INTO history_session VALUES (2, ?, -1)", [NOON_S])
    serato4.load(4, "Next", played=1, session=2)
    assert serato4.told() == [("Cued", HEARD), ("Next", HEARD)]


def test_version_4_locked_newer_or_damaged(serato4: Serato4) -> None:
    serato4.told()
    serato4.database.execute("DROP TABLE history_entry")
    with pytest.raises(SourceTrouble, match="version that is not known"):
        serato4.told()
    serato4.database.close()
    for name in ("-wal", "-shm"):
        Path(f"{serato4.path}{name}").unlink(missing_ok=True)
    serato4.path.write_bytes(b"not a database at all, only some text" * 200)
    with pytest.raises(SourceTrouble, match="damaged"):
        serato4.told()
    serato4.path.unlink()
    with pytest.raises(SourceTrouble, match="gone"):
        serato4.told()


def test_what_was_loaded_early_and_heard_late_did_not_begin_before_what_was_heard_meanwhile(
    serato: Serato3, serato4: Serato4
) -> None:
    serato.poll()
    serato.append(record(1, "Early", start_s=NOON_S) + record(2, "Between", start_s=NOON_S + 60))
    serato.poll()
    serato.append(record(2, "Between", played=True, start_s=NOON_S + 60))
    assert [one.started_ms for one in serato.poll()] == [NOON_MS + 60_000]
    serato.append(record(1, "Early", played=True, start_s=NOON_S))
    assert [(one.title, one.started_ms) for one in serato.poll()] == [("Early", NOON_MS + 60_000)]

    assert serato4.told() == []
    serato4.load(1, "Early", start_s=NOON_S)
    serato4.load(2, "Between", start_s=NOON_S + 60)
    assert len(serato4.told()) == 2
    serato4.hear(2)
    assert serato4.told() == [("Between", HEARD)]
    serato4.hear(1)
    polled = serato4.source.poll(serato4.cursor, now_ms=NOON_MS)
    assert [(one.title, one.started_ms) for one in polled.sightings] == [("Early", NOON_MS + 60_000)]


def test_a_session_longer_than_what_is_remembered_is_told_once(serato: Serato3) -> None:
    serato.poll()
    for start in range(1, 1000, 100):
        serato.append(b"".join(record(number, f"T{number}", played=True) for number in range(start, start + 100)))
        assert [one.title for one in serato.poll()] == [f"T{number}" for number in range(start, start + 100)]
