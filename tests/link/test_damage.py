"""Files as they should not be, for every program that is polled: one clear line, nothing invented, well again after."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from sync.link.settings import LinkSettings, SourcesSection
from sync.link.sources.catalog import catalog
from sync.link.sources.source import PolledSource, SourceTrouble
from sync.link.sources.virtualdj.database import Databases, SongFacts
from tests.link import test_every_source as every
from tests.link.laptops import laptop

#: what each program's history is, below the home folder
BUILD: dict[str, tuple[every.Build, str]] = {
    "virtualdj": (every.virtualdj, "Documents/VirtualDJ/History/a.m3u"),
    "serato": (every.serato, "Music/_Serato_/History/Sessions/1.session"),
    "serato4": (every.serato4, "Library/Application Support/Serato/Library/master.sqlite"),
    "mixxx": (every.mixxx, ".mixxx/mixxxdb.sqlite"),
    "djay": (every.djay, "Music/djay/djay Media Library/MediaLibrary.db"),
    "djay's text": (every.djay_text, "Music/djay/djay Media Library.djayMediaLibrary/NowPlaying.txt"),
    "rekordbox": (every.rekordbox, "Library/Pioneer/rekordbox/master.db"),
    "text": (every.text, "a.txt"),
}
SQLITE = ("serato4", "mixxx", "djay")


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size * 2 // 3)


def other_tables(path: Path) -> None:
    with sqlite3.connect(path) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            database.execute(f'ALTER TABLE "{name}" RENAME TO "new_{name}"')
    database.close()


def other_lines(path: Path) -> None:
    path.write_text('#EXTVDJ2:{"title":"One"}\r\nC:\\Music\\One.mp3\r\n' * 99)


def other_chunks(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"oent", b"nent") * 50)


def without_mark(path: Path) -> None:
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16-le"))


Damage = Callable[[Path], object]
EVERY: dict[str, Damage] = {
    "cut": cut,
    "binary": lambda path: path.write_bytes(bytes(range(256)) * 80),
    "huge": every.huge,
    "empty": lambda path: path.write_bytes(b""),
    "renamed": lambda path: path.rename(path.with_name("old")),
    "the folder is gone": lambda path: path.parent.rename(path.parent.with_name("gone")),
}
#: what is said; empty where there is nothing to say: a history may be short
SAID: dict[str, dict[str, str]] = {
    "virtualdj": {
        "cut": "", "binary": "is no history that is known here", "huge": "is no history that is known here",
        "empty": "", "renamed": "", "the folder is gone": "",
    },
    "serato": {
        "cut": "", "binary": "is no session that is known here", "huge": "is no session that is known here",
        "empty": "", "renamed": "", "the folder is gone": "is gone",
    },
    **{
        name: {
            "cut": "is damaged", "binary": "is damaged", "huge": "is damaged",
            "empty": "of a version that is not known", "renamed": "is gone", "the folder is gone": "is gone",
        }
        for name in SQLITE
    },
    "djay's text": {
        "cut": "", "binary": "is no text that is known here", "huge": "is no text that is known here",
        "empty": "", "renamed": "can't be read|is gone", "the folder is gone": "can't be read|is gone",
    },
    "text": {
        "cut": "", "binary": "is no list of plays", "huge": "is no list of plays", "empty": "",
        "renamed": "can't be read|is gone", "the folder is gone": "can't be read|is gone",
    },
    # Its files are its package's business.
    "rekordbox": {"renamed": "is gone", "the folder is gone": "is gone"},
}  # fmt: skip
CASES = [(name, damage, said) for name, table in SAID.items() for damage, said in table.items()]
NEWER: list[tuple[str, Damage, str]] = [
    *((name, other_tables, "of a version that is not known here") for name in SQLITE),
    ("virtualdj", other_lines, "of a newer VirtualDJ"),
    ("serato", other_chunks, "of a newer Serato"),
    ("virtualdj", without_mark, "is no history that is known here"),
    ("djay's text", without_mark, "is no text that is known here"),
    ("text", without_mark, "is no list of plays"),
]


def test_every_program_that_is_polled_is_here(tmp_path: Path) -> None:
    given = LinkSettings(tmp_path, sources=SourcesSection(text_files=("a.txt",)))
    names = {one.name.partition(":")[0] for one in catalog(given, laptop(tmp_path)).polled}
    # Those two are asked over sockets: what they may answer is in their own tests.
    assert {name.partition("'")[0] for name in SAID} == names - {"virtualdj-control", "mpris"}
    assert set(BUILD) == set(SAID)


def line_of(source: PolledSource, cursor: str) -> str:
    """What the DJ is told; also that nothing was played."""
    said = ""
    for _ in range(2):
        try:
            polled = source.poll(cursor, now_ms=every.NOW_MS + 5000)
        except SourceTrouble as trouble:
            said = str(trouble)
        else:
            assert list(polled.sightings) == []
            said = ""
    probe = source.probe()
    return said or ("" if probe.usable else probe.words)


def suffers(name: str, damage: Damage, home: Path) -> str:
    """Watches a program whose file is damaged; what is said. It must be well after the file is."""
    build, place = BUILD[name]
    source, path = build(home), home / place
    assert source.probe().usable
    cursor = source.poll(None, now_ms=every.NOW_MS).cursor
    kept = home.with_name("kept")
    shutil.copytree(home, kept)
    damage(path)
    home.mkdir(exist_ok=True)
    said = line_of(source, cursor)
    shutil.rmtree(home)
    shutil.copytree(kept, home)
    assert source.probe().usable
    assert list(source.poll(cursor, now_ms=every.NOW_MS + 9000).sightings) == []
    return said


@pytest.mark.parametrize(("name", "damage", "expected"), CASES)
def test_a_file_as_it_should_not_be(tmp_path: Path, name: str, damage: str, expected: str) -> None:
    said = suffers(name, EVERY[damage], tmp_path / "home")
    assert "\n" not in said
    assert (not said) if not expected else any(words in said for words in expected.split("|")), said


@pytest.mark.parametrize(("name", "damage", "expected"), NEWER)
def test_a_file_of_a_newer_version_or_in_another_encoding(
    tmp_path: Path, name: str, damage: Damage, expected: str
) -> None:
    said = suffers(name, damage, tmp_path / "home")
    assert expected in said


@pytest.mark.parametrize("name", ["virtualdj", "serato"])
@pytest.mark.parametrize("first", [True, False])
def test_a_large_file_that_is_damaged_is_read_once_and_said_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, *, first: bool
) -> None:
    build, place = BUILD[name]
    source, path = build(tmp_path), tmp_path / place
    assert source.probe().usable
    cursor = None if first else source.poll(None, now_ms=every.NOW_MS).cursor
    path.write_bytes(bytes(range(256)) * 80)
    opened: list[Path] = []

    def counted(one: Path) -> BinaryIO:
        opened.append(one)
        return one.open("rb")

    module = {"virtualdj": "virtualdj.history", "serato": "serato.sessions"}[name]
    monkeypatch.setattr(f"sync.link.sources.{module}.open_shared", counted)
    for _ in range(5):
        with pytest.raises(SourceTrouble, match="that is known here"):
            source.poll(cursor, now_ms=every.NOW_MS)
    assert opened == [path]


def test_a_database_that_was_locked_is_read_when_it_is_free_though_nobody_wrote_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "database.xml"
    path.write_text('<VirtualDJ_Database><Song FilePath="a.mp3"><Tags Bpm="0.5"/></Song></VirtualDJ_Database>')
    databases = Databases(lambda: [path])

    def locked(one: Path) -> BinaryIO:
        raise PermissionError(13, "Permission denied", str(one))

    def look() -> SongFacts | None:
        databases.refresh()
        assert databases.wait(5)
        return databases.song("a.mp3")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("sync.link.sources.virtualdj.database.open_shared", locked)
        assert look() is None
        assert "can't be read" in databases.faults()[path]
    assert look() == SongFacts(120.0, None)
    assert databases.faults() == {}


@pytest.mark.parametrize("name", SQLITE)
def test_a_database_that_is_locked(tmp_path: Path, name: str) -> None:
    build, place = BUILD[name]
    source = build(tmp_path / "home")
    assert source.probe().usable
    cursor = source.poll(None, now_ms=every.NOW_MS).cursor
    with sqlite3.connect(tmp_path / "home" / place, isolation_level=None) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("CREATE TABLE held (a)")
        with pytest.raises(SourceTrouble, match="keeps its database locked; it is asked again"):
            source.poll(cursor, now_ms=every.NOW_MS)
        other.execute("ROLLBACK")
    other.close()
    assert list(source.poll(cursor, now_ms=every.NOW_MS).sightings) == []


@contextmanager
def as_nobody(home: Path) -> Iterator[None]:
    """As a user without rights, with a temporary folder that it may enter."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        for path in [home, *home.rglob("*")]:
            path.chmod(0o755)


# Whether rekordbox's own file may be read only its package knows.
@pytest.mark.parametrize(
    ("name", "what"),
    [(name, what) for name in BUILD for what in ("file", "folder") if (name, what) != ("rekordbox", "file")],
)
def test_what_may_not_be_read_is_said_so(name: str, what: str) -> None:
    home = Path(tempfile.mkdtemp(prefix="link-home-")) / "home"
    home.parent.chmod(0o755)
    try:
        build, place = BUILD[name]
        source = build(home)
        for path in home.rglob("*"):
            path.chmod(0o755)
        (home / place).chmod(0) if what == "file" else (home / place).parent.chmod(0)
        with as_nobody(home):
            probe = source.probe()
            said = probe.words
            if probe.usable:
                with pytest.raises(SourceTrouble) as raised:
                    source.poll(None, now_ms=every.NOW_MS)
                said = str(raised.value)
        assert any(words in said for words in ("may not be read", "Permission denied", "may this user read")), said
    finally:
        shutil.rmtree(home.parent)
