"""Text files of any program: one line that is replaced, lists that grow, in every encoding that is met."""

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.link.sources.source import SourceTrouble
from sync.link.sources.text_files import TextFile, titles


class Writer:
    """A program that writes a file, and the link that watches it."""

    def __init__(self, path: Path) -> None:
        self.path, self.source = path, TextFile(path)
        self.cursor: str | None = None
        self._stamp = 1_000_000.0

    def put(self, data: str | bytes, *, encoding: str = "utf-8") -> None:
        self.path.write_bytes(data.encode(encoding) if isinstance(data, str) else data)
        self._touch()

    def add(self, data: str | bytes, *, encoding: str = "utf-8") -> None:
        with self.path.open("ab") as file:
            file.write(data.encode(encoding) if isinstance(data, str) else data)
        self._touch()

    def _touch(self) -> None:
        self._stamp += 1
        os.utime(self.path, (self._stamp, self._stamp))

    def told(self) -> list[str]:
        polled = self.source.poll(self.cursor, now_ms=5)
        self.cursor = polled.cursor
        return [one.title or one.path or "" for one in polled.sightings]


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    return Writer(tmp_path / "playing.txt")


def test_one_line_that_is_replaced(writer: Writer) -> None:
    writer.put("Old - Song")
    assert writer.told() == []
    writer.put("Miles Davis - So What")
    assert writer.told() == ["Miles Davis - So What"]
    writer.put("")
    assert writer.told() == []
    writer.put("Miles Davis - So What\n")
    assert writer.told() == ["Miles Davis - So What"]
    writer.put("Nina Simone - Sinnerman\n")
    writer.told()
    writer.put("Nina Simone - Sinnerman\n")
    assert writer.told() == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_list_that_grows(writer: Writer, encoding: str) -> None:
    writer.put("21:00 : Ørsted - Café\r\n", encoding=encoding)
    assert writer.told() == []
    tail = {"utf-16": "utf-16-le", "utf-8-sig": "utf-8"}.get(encoding, encoding)
    found = []
    for byte in "21:04 : Émile - Début\r\n21:09 : B - Two\r\n".encode(tail):
        writer.add(bytes([byte]))
        found += writer.told()
    assert found == ["Émile - Début", "B - Two"]


def test_the_same_line_twice_in_a_list_is_two_plays(writer: Writer) -> None:
    writer.put("A - One\n")
    writer.told()
    writer.add("B - Two\n")
    first = writer.source.poll(writer.cursor, now_ms=1)
    writer.cursor = first.cursor
    writer.add("B - Two\n")
    second = writer.source.poll(writer.cursor, now_ms=2)
    assert first.sightings[0].native_id != second.sightings[0].native_id


def test_what_is_in_a_tracklist_and_what_is_no_track() -> None:
    text = """VirtualDJ History 2026/11/20
------------------------------
21:04 : Miles Davis - So What
[21:09:30] Nina Simone - Sinnerman
03. Ella - Misty
#EXTM3U
#EXTINF:240,Duke - Caravan
/music/caravan.mp3
#EXTINF:
C:\\Music\\Plain Name.flac
99 Luftballons
"""
    assert titles(text) == [
        ("Miles Davis - So What", None),
        ("Nina Simone - Sinnerman", None),
        ("Ella - Misty", None),
        ("Duke - Caravan", "/music/caravan.mp3"),
        ("", "C:\\Music\\Plain Name.flac"),
        ("99 Luftballons", None),
    ]


def test_a_file_that_goes_and_comes_back(writer: Writer) -> None:
    writer.put("A - One\n")
    writer.told()
    writer.path.unlink()
    assert not writer.source.probe().usable
    with pytest.raises(SourceTrouble):
        writer.told()
    writer.put("B - Two\n")
    assert writer.told() == ["B - Two"]


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_bytes_raise(tmp_path_factory: pytest.TempPathFactory, first: bytes, second: bytes) -> None:
    writer = Writer(tmp_path_factory.mktemp("text") / "x.txt")
    for write, data in ((writer.put, first), (writer.add, second)):
        write(data)
        with contextlib.suppress(SourceTrouble):
            writer.told()
