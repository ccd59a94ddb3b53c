"""VirtualDJ as it writes: history files that grow, real oddities, databases for tempo and key."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.link.sources.source import Confidence, Sighting, SourceTrouble
from sync.link.sources.virtualdj.database import Databases, SongFacts, read_database
from sync.link.sources.virtualdj.entries import HistoryEntry, entries
from sync.link.sources.virtualdj.folders import HistorySettings, history_settings, home_of
from sync.link.sources.virtualdj.history import GRACE_MS, VirtualDjHistory
from tests.link.laptops import laptop

NOON_S = 1_795_000_000
NOON_MS = NOON_S * 1000


def played(title: str, at_s: int = NOON_S, *, artist: str = "Artist", path: str = "", **tags: str) -> str:
    words = {"time": "21:04", "lastplaytime": str(at_s), "filesize": "9", "artist": artist, "title": title, **tags}
    flat = "".join(f"<{name}>{value}</{name}>" for name, value in words.items() if value)
    where = path or f"C:\\Music\\{title}.mp3"
    return f"#EXTVDJ:{flat}\r\n{where}\r\n"


class Program:
    """A VirtualDJ whose folder is a temporary one, and the link that watches it."""

    def __init__(self, folder: Path, *, drives: Sequence[Path] = ()) -> None:
        self.home = folder / "Documents" / "VirtualDJ"
        (self.home / "History").mkdir(parents=True)
        self.machine = laptop(folder, drives=drives)
        self.cursor: str | None = None
        self._time = time.time() - 10_000
        self.restart()

    def restart(self) -> None:
        self.source = VirtualDjHistory(self.machine)

    def write(self, text: str | bytes, *, file: str = "2026-11-20.m3u") -> None:
        data = text.encode() if isinstance(text, str) else text
        with (self.home / "History" / file).open("ab") as history:
            history.write(data)
        self.touch(file)

    def touch(self, file: str) -> None:
        self._time += 1
        os.utime(self.home / "History" / file, (self._time, self._time))

    def poll(self, *, now_ms: int = NOON_MS) -> list[Sighting]:
        self.source.probe()
        polled = self.source.poll(self.cursor, now_ms=now_ms)
        self.cursor = polled.cursor
        return list(polled.sightings)

    def titles(self, *, now_ms: int = NOON_MS) -> list[str]:
        return [one.title for one in self.poll(now_ms=now_ms)]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def test_each_line_pair_is_a_play_that_was_heard(program: Program) -> None:
    assert program.titles() == []
    program.write(played("So What", NOON_S + 5, artist="Miles Davis", remix="Live", songlength="545.3"))
    (sighting,) = program.poll()
    assert sighting == Sighting(
        source="virtualdj",
        native_id=sighting.native_id,
        confidence=Confidence.PLAYED,
        title="So What",
        artist="Miles Davis",
        remix="Live",
        started_ms=NOON_MS + 5000,
        path="C:\\Music\\So What.mp3",
        duration_s=545.3,
    )
    assert program.titles() == []


def test_lines_that_grow_byte_by_byte_are_told_once_and_whole(program: Program) -> None:
    program.titles()
    found: list[str] = []
    for byte in (played("One", NOON_S + 1) + played("Two", NOON_S + 2)).encode():
        program.write(bytes([byte]))
        found += program.titles()
    assert found == ["One", "Two"]


def test_several_plays_since_the_last_look_are_all_told_in_order(program: Program) -> None:
    program.titles()
    program.write(played("C", NOON_S + 30) + played("A", NOON_S + 10) + played("B", NOON_S + 20))
    assert program.titles() == ["A", "B", "C"]


def test_at_first_sight_only_the_newest_is_told_and_only_if_it_is_young(program: Program, tmp_path: Path) -> None:
    program.write(played("Old", NOON_S - 7200) + played("Newest", NOON_S - 300))
    assert program.titles() == ["Newest"]
    later = Program(tmp_path / "later")
    later.write(played("Old", NOON_S - 7200) + played("Too old", NOON_S - 600))
    assert later.titles() == []


def test_the_sessions_file_goes_on_past_midnight_and_the_next_one_begins_anew(program: Program) -> None:
    program.write(played("Before", NOON_S - 7200))
    program.titles()
    program.write(played("After midnight", NOON_S + 1))
    assert program.titles() == ["After midnight"]
    program.write(played("Last", NOON_S + 2))
    program.write(played("New session", NOON_S + 3), file="2026-11-21.m3u")
    assert program.titles() == ["Last", "New session"]


def test_old_files_that_are_touched_or_rewritten_tell_nothing(program: Program) -> None:
    program.write(played("Years ago", NOON_S - 10**7), file="2026-07-01.m3u")
    program.write(played("Tonight", NOON_S - 60))
    program.titles()
    program.touch("2026-07-01.m3u")
    assert program.titles() == []
    program.write(played("Also years ago", NOON_S - 10**7 + 200), file="2026-07-01.m3u")
    assert program.titles() == []
    path = program.home / "History" / "2026-11-20.m3u"
    path.write_bytes(played("Tonight", NOON_S - 60).encode() + played("More", NOON_S + 60).encode())
    program.touch(path.name)
    assert program.titles() == ["More"]


def test_what_was_played_long_before_the_link_began_is_private_also_after_a_restart(program: Program) -> None:
    program.write(played("Told", NOON_S - 86_400))
    program.titles(now_ms=NOON_MS - 86_400_000)
    program.restart()
    program.write(played("Practice at home", NOON_S - 43_200))
    program.write(played("Just before", NOON_S - GRACE_MS // 1000 + 5))
    program.write(played("Now", NOON_S))
    assert program.titles() == ["Just before", "Now"]


def test_a_replay_is_another_play_and_two_in_one_second_are_two(program: Program) -> None:
    program.titles()
    program.write(played("A", NOON_S + 1))
    first = program.poll()
    program.write(played("A", NOON_S + 200) + played("B", NOON_S + 200))
    second = program.poll()
    assert [one.title for one in second] == ["A", "B"]
    assert len({one.native_id for one in first + second}) == 3
    program.write(played("C", NOON_S + 200))
    assert program.titles() == ["C"]


def test_tags_that_look_like_xml_and_are_none(program: Program) -> None:
    program.titles()
    program.write(played("Love & <Hate> &amp; &#39;x", NOON_S + 1, artist="Simon & Garfunkel"))
    (sighting,) = program.poll()
    assert (sighting.title, sighting.artist) == ("Love & <Hate> & &#39;x", "Simon & Garfunkel")


def test_streams_have_a_name_and_no_path(program: Program) -> None:
    program.titles()
    program.write(played("Deezer song", NOON_S + 1, path="netsearch://dz12345"))
    (sighting,) = program.poll()
    assert (sighting.path, sighting.stream_id) == (None, "netsearch://dz12345")


def test_a_file_without_tags_is_told_with_its_path(program: Program) -> None:
    program.titles()
    program.write(f"#EXTVDJ:<lastplaytime>{NOON_S + 1}</lastplaytime>\r\nC:\\Music\\Miles Davis - So What.mp3\r\n")
    (sighting,) = program.poll()
    assert (sighting.title, sighting.path) == ("", "C:\\Music\\Miles Davis - So What.mp3")


def test_versions_of_before_wrote_a_time_only(program: Program) -> None:
    old = "#TIME:21:04\r\nC:\\Music\\Caf\xe9.mp3\r\n".encode("latin-1")
    program.write(old)
    assert program.poll() == []
    program.write("#TIME:21:09\r\nC:\\Music\\Two.mp3\r\n")
    (sighting,) = program.poll()
    assert (sighting.path, sighting.started_ms) == ("C:\\Music\\Two.mp3", None)
    assert program.poll() == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_encoding_that_is_met(program: Program, encoding: str) -> None:
    program.titles()
    program.write(played("Café", NOON_S + 1).encode(encoding))
    assert program.titles() == ["Café"]


def test_a_playlist_is_no_history() -> None:
    assert list(entries("#EXTM3U\n#EXTINF:1,x\nC:\\x.mp3\n")) == []
    assert [one.last_play_s for one in entries("#EXTVDJ:<title>x</title>\nC:\\x.mp3\n")] == [None]


@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    assert all(isinstance(one, HistoryEntry) for one in entries(f"#EXTVDJ:{text}\n{text}\n{text}"))


def test_a_folder_that_disappears_is_trouble_and_no_crash_and_comes_back(program: Program, tmp_path: Path) -> None:
    program.titles()
    away = tmp_path / "away"
    program.home.rename(away)
    assert not program.source.probe().usable
    with pytest.raises(SourceTrouble):
        program.source.poll(program.cursor, now_ms=NOON_MS)
    away.rename(program.home)
    program.write(played("Back", NOON_S + 1))
    assert program.titles() == ["Back"]


def test_random_bytes_are_no_plays(program: Program) -> None:
    program.titles()
    program.write(os.urandom(200_000))
    for _ in range(2):
        with pytest.raises(SourceTrouble, match="is no history that is known here"):
            program.poll()
    program.write("\r\n" + played("Fine", NOON_S + 1))
    assert "Fine" in program.titles()


def test_the_home_in_use_is_the_one_that_was_written_last(tmp_path: Path) -> None:
    local, documents, moved = tmp_path / "AppData" / "VirtualDJ", tmp_path / "Documents" / "VirtualDJ", tmp_path / "D"
    machine = laptop(
        tmp_path,
        platform="win32",
        environment={"LOCALAPPDATA": str(tmp_path / "AppData")},
        registry={("Software\\VirtualDJ", "HomeFolder"): str(moved)},
    )
    assert home_of(machine) is None
    for age, home in ((300, documents), (200, local), (100, moved)):
        home.mkdir(parents=True)
        (home / "settings.xml").write_text("<settings/>")
        stamp = time.time() - age
        os.utime(home / "settings.xml", (stamp, stamp))
        assert home_of(machine) == home
    (local / "History").mkdir()
    assert home_of(machine) == local
    assert home_of(machine, chosen=documents) == documents


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("<settings><writeHistory>no</writeHistory></settings>", HistorySettings(written=False, delay_s=45)),
        ("<settings><historyDelay>5</historyDelay></settings>", HistorySettings(written=True, delay_s=5)),
        ('<s><setting name="historyDelay" value="20"/></s>', HistorySettings(written=True, delay_s=20)),
        ("<settings", HistorySettings(written=True, delay_s=45)),
        ("", HistorySettings(written=True, delay_s=45)),
        ("<settings><historyDelay>soon</historyDelay></settings>", HistorySettings(written=True, delay_s=45)),
    ],
)
def test_what_the_settings_say_about_the_history(tmp_path: Path, text: str, settings: HistorySettings) -> None:
    (tmp_path / "settings.xml").write_text(text)
    assert history_settings(tmp_path) == settings


def test_doctor_is_told_in_plain_words(program: Program) -> None:
    (program.home / "settings.xml").write_text("<settings><writeHistory>no</writeHistory></settings>")
    probe = program.source.probe()
    assert not probe.usable
    assert "switched off" in probe.tried[-1].words
    (program.home / "settings.xml").write_text("<settings/>")
    probe = program.source.probe()
    assert probe.usable
    assert "VirtualDJ writes 45 s late: set historyDelay" in probe.tried[-1].words


DATABASE = """<?xml version="1.0" encoding="UTF-8"?>
<VirtualDJ_Database Version="2026">
 <Song FilePath="C:\\Music\\So What.mp3" FileSize="1">
  <Tags Author="Miles Davis" Title="So What" Bpm="0.5" Key="" /><Scan Version="801" Bpm="0.441176" Key="Dm" />
 </Song>
 <Song FilePath="C:\\Music\\Caf\u00e9.mp3"><Scan Bpm="0.46875" Key="05A"/></Song>
 <Song FilePath="C:\\Music\\Plain.mp3"><Tags Bpm="174.5" Key="F#m"/><Scan Bpm="0.5" Key="Am"/></Song>
 <Song FilePath="C:\\Music\\Unknown.mp3"><Tags Author="x"/><Scan Bpm="0"/></Song>
 <Song FilePath="netsearch://dz12345"><Scan Bpm="0.6"/></Song>
</VirtualDJ_Database>
"""


def test_tempo_and_key_from_the_database(tmp_path: Path) -> None:
    path = tmp_path / "database.xml"
    path.write_text(DATABASE, encoding="utf-8")
    databases = Databases(lambda: [path, tmp_path / "none.xml"])
    databases.refresh()
    assert databases.wait(5)
    assert databases.song("c:\\music\\SO WHAT.mp3") == SongFacts(120.0, "Dm")
    assert databases.song("C:/Music/Cafe\u0301.mp3") == SongFacts(128.0, "05A")
    assert databases.song("C:\\Music\\Plain.mp3") == SongFacts(174.5, "F#m")
    assert databases.song("C:\\Music\\Unknown.mp3") is None
    assert databases.song("netsearch://dz12345") == SongFacts(100.0, None)
    assert databases.song("other") is None


def test_a_damaged_database_gives_what_stands_before_the_damage(tmp_path: Path) -> None:
    path = tmp_path / "database.xml"
    path.write_text(DATABASE[: DATABASE.index("Plain")], encoding="utf-8")
    songs, is_whole = read_database(path)
    assert (len(songs), is_whole) == (2, False)
    path.write_bytes(os.urandom(1000))
    assert read_database(path) == ({}, False)


def test_tempo_that_becomes_known_later_comes_as_the_same_play(program: Program) -> None:
    program.titles()
    program.write(played("So What", NOON_S + 1))
    (bare,) = program.poll()
    assert bare.bpm is None
    (program.home / "database.xml").write_text(DATABASE, encoding="utf-8")
    program.source.probe()
    assert program.source.databases.wait(5)
    (rich,) = program.poll()
    assert (rich.native_id, rich.bpm, rich.key) == (bare.native_id, 120.0, "Dm")
    assert program.poll() == []
    program.write(played("Plain", NOON_S + 2))
    assert [one.bpm for one in program.poll()] == [174.5]


def test_each_drive_has_a_database_of_its_own_that_comes_and_goes(tmp_path: Path) -> None:
    drive = tmp_path / "USB"
    program = Program(tmp_path / "home", drives=[drive])
    program.titles()
    program.write(played("So What", NOON_S + 1))
    assert [one.bpm for one in program.poll()] == [None]
    (drive / "VirtualDJ").mkdir(parents=True)
    (drive / "VirtualDJ" / "database.xml").write_text(DATABASE, encoding="utf-8")
    program.source.probe()
    assert program.source.databases.wait(5)
    assert [one.bpm for one in program.poll()] == [120.0]


def test_a_database_of_a_hundred_thousand_songs_delays_no_play(program: Program) -> None:
    song = (
        '<Song FilePath="C:\\Music\\Folder %d\\A track with a long name %d.mp3"><Tags Author="A" Title="T" Bpm="0.5"/>'
    )
    rest = '<Infos SongLength="240" LastModified="1" FirstSeen="1"/><Scan Bpm="0.5" Key="Am"/></Song>\n'
    with (program.home / "database.xml").open("w", encoding="utf-8") as file:
        file.write("<VirtualDJ_Database>\n")
        file.writelines(song % (number % 900, number) + rest for number in range(100_000))
        file.write("</VirtualDJ_Database>\n")
    began = time.monotonic()
    program.titles()
    program.write(played("Now", NOON_S + 1))
    assert program.titles() == ["Now"]
    assert time.monotonic() - began < 1.0
    assert program.source.databases.wait(15)
    assert program.source.databases.song("C:\\Music\\Folder 5\\A track with a long name 5.mp3") == SongFacts(
        120.0, "Am"
    )


HOUR_S = 3600


def test_a_link_that_was_gone_in_the_middle_of_a_night_reads_all_that_it_missed(program: Program) -> None:
    program.write(played("Last week", NOON_S - 7 * 24 * HOUR_S))
    assert program.titles() == []
    program.write(played("Missed 1", NOON_S + 60) + played("Missed 2", NOON_S + HOUR_S))
    program.restart()
    assert program.titles(now_ms=NOON_MS + 2 * HOUR_S * 1000) == ["Missed 1", "Missed 2"]
    program.write(played("Missed 3", NOON_S + 3 * HOUR_S))
    program.restart()
    assert program.titles(now_ms=NOON_MS + 5 * HOUR_S * 1000) == ["Missed 3"]


def test_what_was_played_between_two_nights_is_not_the_hall_s_business(program: Program) -> None:
    program.write(played("Yesterday", NOON_S))
    assert program.titles() == ["Yesterday"]
    program.write(played("At home", NOON_S + 10 * HOUR_S))
    program.restart()
    assert program.titles(now_ms=NOON_MS + 24 * HOUR_S * 1000) == []
    program.write(played("Tonight", NOON_S + 24 * HOUR_S + 5))
    assert program.titles(now_ms=NOON_MS + 24 * HOUR_S * 1000) == ["Tonight"]
