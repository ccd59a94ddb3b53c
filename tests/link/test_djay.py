"""djay while it runs: its history with blobs as djay makes them, and the text file of the macOS version."""

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.domain.origins import FactOrigin
from sync.link.sources.djay.source import GRACE_MS, Djay
from sync.link.sources.source import Confidence, Sighting, SourceTrouble
from tests.link.djay_blobs import NOON, blob, item
from tests.link.laptops import laptop

NOON_MS = 1_795_000_000_000


SCHEMA = """
CREATE TABLE database2 (rowid INTEGER PRIMARY KEY, collection CHAR NOT NULL, key CHAR NOT NULL, data BLOB,
    metadata BLOB);
CREATE UNIQUE INDEX true_primary_key ON database2 (collection, key);
"""


class Running:
    """A djay that holds its library open."""

    def __init__(self, folder: Path, *, settle_s: float = 0) -> None:
        self.folder = folder / "Music" / "djay" / "djay Media Library"
        self.folder.mkdir(parents=True)
        self.path = self.folder / "MediaLibrary.db"
        self.database = sqlite3.connect(self.path, isolation_level=None)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.executescript(SCHEMA)
        self.source = Djay(laptop(folder, platform="win32"), settle_s=settle_s)
        self.cursor: str | None = None
        assert self.source.probe().usable

    def put(self, collection: str, key: str, data: bytes | str | None) -> None:
        self.database.execute(
            "INSERT INTO database2 (collection, key, data) VALUES (?, ?, ?)"
            " ON CONFLICT (collection, key) DO UPDATE SET data = excluded.data",
            [collection, key, data],
        )

    def start(self, key: str, title: str, artist: str = "Artist", **rest: Any) -> None:
        self.put("historySessionItems", key, item(title, artist, key=key, **rest))

    def poll(self, *, now_ms: int = NOON_MS) -> list[Sighting]:
        polled = self.source.poll(self.cursor, now_ms=now_ms)
        self.cursor = polled.cursor
        return list(polled.sightings)

    def titles(self) -> list[str]:
        return [one.title for one in self.poll()]


@pytest.fixture
def djay(tmp_path: Path) -> Iterator[Running]:
    found = Running(tmp_path)
    yield found
    found.database.close()


def test_a_start_on_a_deck_is_a_load_with_tempo_key_and_file(djay: Running) -> None:
    assert djay.poll() == []
    analysed = {"class": "ADCMediaItemAnalyzedData", "bpm": (0x13, "<f", 128.5), "keySignatureIndex": 17.0}
    djay.put("mediaItemAnalyzedData", "id-So What", blob(analysed))
    title_id = {"class": "ADCMediaItemTitleID", "uuid": "id-So What"}
    djay.put(
        "localMediaItemLocations",
        "id-So What",
        blob(
            {
                "class": "ADCMediaItemLocation", "uuid": "id-So What", "titleIDs": [title_id],
                "sourceURIs": ["file:///C:/My%20Music/a.mp3"],
            }
        ),
    )  # fmt: skip
    djay.start("K1", "So What", "Miles Davis", deck=2, start=NOON + 5)
    assert djay.poll() == [
        Sighting(
            source="djay", native_id="K1", confidence=Confidence.LOADED, title="So What", artist="Miles Davis",
            started_ms=NOON_MS + 5000, deck=2, path="C:/My Music/a.mp3", bpm=128.5, key="F#m", duration_s=240.5,
                bpm_origin=FactOrigin.DATABASE, key_origin=FactOrigin.DATABASE,
        )
    ]  # fmt: skip
    assert djay.poll() == []


def test_two_decks_within_seconds_an_untagged_file_and_a_replay(djay: Running) -> None:
    djay.poll()
    djay.start("K1", "A")
    djay.start("K2", "B - Untagged", "", deck=(0x0F, "<B", 2), start=NOON + 11)
    djay.start("K3", "A", deck=b"\x2d", start=NOON + 200)
    found = [(one.native_id, one.title, one.artist, one.deck) for one in djay.poll()]
    assert found == [("K1", "A", "Artist", 1), ("K2", "B - Untagged", "", 2), ("K3", "A", "Artist", 1)]


def test_what_comes_in_the_second_transaction_is_told_with_the_first(tmp_path: Path) -> None:
    """djay commits the words after the row; with a moment's wait nothing is one behind."""
    djay = Running(tmp_path, settle_s=0.3)
    djay.poll()
    djay.put("historySessionItems", "K1", None)
    second = sqlite3.connect(djay.path, isolation_level=None)
    waited: list[float] = []

    def commit_the_rest(seconds: float) -> None:
        waited.append(seconds)
        second.execute("UPDATE database2 SET data = ? WHERE key = 'K1'", [item("A", key="K1")])

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(time, "sleep", commit_the_rest)
        assert djay.titles() == ["A"]
    assert waited == [0.3]
    second.close()
    djay.database.close()


def test_a_row_that_gets_its_words_late_is_told_then_and_holds_nobody_up(djay: Running) -> None:
    djay.poll()
    djay.put("historySessionItems", "K1", b"")
    djay.start("K2", "B")
    assert djay.titles() == ["B"]
    assert djay.titles() == []
    djay.start("K1", "A")
    assert djay.titles() == ["A"]
    assert djay.titles() == []


def test_what_is_analysed_later_comes_again_under_the_same_id(djay: Running) -> None:
    djay.poll()
    djay.start("K1", "A")
    assert [one.bpm for one in djay.poll()] == [None]
    analysed = {"class": "ADCMediaItemAnalyzedData", "bpm": 96.0, "keySignatureIndex": b"\x2e"}
    djay.put("mediaItemAnalyzedData", "id-A", blob(analysed))
    assert [(one.native_id, one.bpm, one.key) for one in djay.poll()] == [("K1", 96.0, None)]
    assert djay.poll() == []


def test_a_stream_has_a_name_and_no_path(djay: Running) -> None:
    djay.poll()
    place = {"class": "ADCMediaItemLocation", "sourceURIs": ["soundcloud:tracks:1", "beatport:track:2"]}
    djay.put("globalMediaItemLocations", "id-A", blob(place))
    djay.start("K1", "A")
    assert [(one.path, one.stream_id) for one in djay.poll()] == [(None, "soundcloud:tracks:1")]


@pytest.mark.parametrize(("index", "key"), [(0, "Db"), (1, "Bbm"), (5, "Cm"), (8, "F"), (11, "Ebm"), (18, "Bb"),
                                            (22, "C"), (23, "Am"), (24, None), (-1, None)])  # fmt: skip
def test_key_numbers(djay: Running, index: int, key: str | None) -> None:
    djay.poll()
    analysed = {"class": "ADCMediaItemAnalyzedData", "bpm": 120.0, "keySignatureIndex": float(index)}
    djay.put("mediaItemAnalyzedData", "id-A", blob(analysed))
    djay.start("K1", "A")
    assert [one.key for one in djay.poll()] == [key]


def test_at_first_sight_only_the_newest_is_told_and_only_if_it_is_young(tmp_path: Path) -> None:
    for name, start, titles in (("young", NOON - 60, ["Newest"]), ("old", NOON - 600, [])):
        djay = Running(tmp_path / name)
        djay.start("K1", "Old", start=NOON - 7200)
        djay.start("K2", "Newest", start=start)
        assert djay.titles() == titles
        djay.start("K3", "Next")
        assert djay.titles() == ["Next"]
        djay.database.close()


def test_history_of_another_device_that_arrives_now_is_none_of_tonight(djay: Running) -> None:
    djay.poll()
    djay.start("K1", "Last week", start=NOON - 7 * 86400)
    djay.start("K2", "Just before", start=NOON - GRACE_MS / 1000 + 1)
    assert djay.titles() == ["Just before"]


def test_rows_that_go_and_numbers_that_are_given_again(djay: Running) -> None:
    djay.poll()
    djay.start("K1", "A")
    djay.start("K2", "B")
    assert djay.titles() == ["A", "B"]
    djay.database.execute("DELETE FROM database2 WHERE key = 'K2'")
    djay.start("K3", "C")
    assert djay.titles() == ["C"]
    djay.database.execute("DELETE FROM database2")
    assert djay.titles() == []
    djay.start("K4", "D")
    assert djay.titles() == ["D"]
    djay.database.execute("DELETE FROM database2 WHERE key = 'K4'")
    djay.start("K5", "E")
    djay.start("K6", "F")
    assert djay.titles() == ["E", "F"]


def test_a_library_that_is_locked_newer_damaged_or_gone_is_said(djay: Running) -> None:
    djay.poll()
    djay.database.execute("PRAGMA journal_mode = DELETE")
    djay.database.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SourceTrouble, match="locked"):
        djay.poll()
    djay.database.execute("ROLLBACK")
    djay.database.execute("ALTER TABLE database2 RENAME TO database3")
    with pytest.raises(SourceTrouble, match="version that is not known"):
        djay.poll()
    probe = djay.source.probe()
    assert not probe.usable
    assert any("version that is not known" in tried.words for tried in probe.tried)
    djay.database.close()
    djay.path.unlink()
    assert not djay.source.probe().usable
    with pytest.raises(SourceTrouble, match="gone"):
        djay.poll()


@pytest.mark.parametrize("data", ["text", b"", b"TSAF", b"\xff" * 100, blob({"class": "Unknown"})])
def test_a_history_of_another_form_is_said_and_the_text_file_is_used(djay: Running, data: bytes | str) -> None:
    djay.put("historySessionItems", "K1", data)
    probe = djay.source.probe()
    assert not probe.usable
    assert any("form that is not known" in tried.words for tried in probe.tried)
    (djay.folder / "NowPlaying.txt").write_text("Title: A\n")
    assert djay.source.probe().usable


def test_the_words_say_how_to_show_what_is_only_started(djay: Running) -> None:
    assert any("trust_loads" in tried.words for tried in djay.source.probe().tried)


# --- the text file


class MacOs:
    """A djay on macOS without a library that can be read: it replaces one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "Music" / "djay" / "djay Media Library.djayMediaLibrary"
        self.folder.mkdir(parents=True)
        self.path = self.folder / "NowPlaying.txt"
        self.source = Djay(laptop(folder, platform="darwin"))
        self.cursor: str | None = None

    def write(self, text: str | bytes) -> None:
        self.path.write_bytes(text.encode() if isinstance(text, str) else text)
        os.utime(self.path, (NOON_MS / 1000, NOON_MS / 1000))

    def told(self) -> list[tuple[str, str]]:
        assert self.source.probe().usable
        polled = self.source.poll(self.cursor, now_ms=NOON_MS)
        self.cursor = polled.cursor
        return [(one.artist, one.title) for one in polled.sightings]


def said(title: str, artist: str) -> str:
    return f"Title: {title}\nArtist: {artist}\nAlbum: N/A\nTime: 09:22\n"


@pytest.fixture
def macos(tmp_path: Path) -> MacOs:
    return MacOs(tmp_path)


def test_what_is_left_of_the_last_session_is_ignored_until_it_changes(macos: MacOs) -> None:
    macos.write(said("Yesterday", "Old"))
    assert macos.told() == []
    macos.write(said("Yesterday", "Old"))
    assert macos.told() == []
    macos.write(said("So What", "Miles Davis"))
    polled = macos.source.poll(macos.cursor, now_ms=NOON_MS)
    assert [(one.title, one.artist, one.duration_s, one.confidence, one.started_ms) for one in polled.sightings] == [
        ("So What", "Miles Davis", 562.0, Confidence.LOADED, NOON_MS)
    ]
    assert macos.told() == [("Miles Davis", "So What")]
    assert macos.told() == []


def test_na_is_empty_and_a_colon_in_a_title_stays(macos: MacOs) -> None:
    macos.write(said("N/A", "N/A"))
    assert macos.told() == []
    macos.write(said("Part 2: Night", "N/A"))
    assert macos.told() == [("", "Part 2: Night")]
    macos.write(said("n/a", "N/A"))
    assert macos.told() == []


def test_a_file_that_is_emptied_and_written_again_is_no_second_play(macos: MacOs) -> None:
    macos.write("")
    macos.told()
    macos.write(said("A", "One"))
    assert macos.told() == [("One", "A")]
    for text in ("", "Title: N/A\n", said("A", "One")):
        macos.write(text)
        assert macos.told() == []
    macos.write(said("B", "Two"))
    macos.told()
    macos.write(said("A", "One"))
    assert macos.told() == [("One", "A")]


@pytest.mark.parametrize("data", [b"\x00" * 100, b"\xff\xfe\x00", os.urandom(5000), b"Title" * 100_000, b":\n" * 9])
def test_no_content_of_the_text_file_is_more_than_trouble(macos: MacOs, data: bytes) -> None:
    macos.write("")
    macos.told()
    macos.write(data)
    with contextlib.suppress(SourceTrouble):
        assert all("\0" not in title for title, _ in macos.told())
    macos.write(said("A", "Fine"))
    assert macos.told() == [("Fine", "A")]


def test_an_encoding_of_windows_is_read(macos: MacOs) -> None:
    macos.write("")
    macos.told()
    macos.write(said("Début", "Émile").encode("utf-16"))
    assert macos.told() == [("Émile", "Début")]


def test_the_text_file_that_goes_is_trouble(macos: MacOs) -> None:
    macos.write("")
    macos.told()
    macos.path.unlink()
    with pytest.raises(SourceTrouble):
        macos.source.poll(macos.cursor, now_ms=NOON_MS)
    assert not macos.source.probe().usable
