"""What bounds the fetching of songs, what a pulled plug leaves, and what the pages are told."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from appliance.domain.models import ClockTrust, Stamp
from appliance.domain.songs_coming import PAUSES, SongsComing, read
from appliance.domain.space import Space
from appliance.errors import BadConfig
from sync.agent.songs.allowance import DAY_MS, PIECE_LEAST, PIECE_MOST, RightOfWay, Spent, piece_bytes, read_spent
from sync.agent.songs.shelf import Shelf
from sync.agent.store.database import FOLDER, Memory
from sync.agent.store.songs import COMING, HERE, LEAVING, Song, SongBook
from tests.agent.box import make_box
from tests.support.songs import mp3

SONG = Song("ab", "a.mp3", 5000, "8e32d6ab")
NOW = Stamp("boot-1", 1000, 1_800_000_000_000, ClockTrust.NTP)


def at(boot: str, boot_ms: int, wall_ms: int) -> Stamp:
    return Stamp(boot, boot_ms, NOW.wall_ms + wall_ms, ClockTrust.NTP)


def test_the_journal_has_its_way_when_what_was_written_is_not_there_in_time() -> None:
    way = RightOfWay()
    assert not way.is_behind(last=10, acked=10, now_s=0)
    # Likes that come all the time and are carried all the time are no reason to wait.
    for second in range(1, 20):
        assert not way.is_behind(last=10 + second * 5, acked=9 + second * 5, now_s=float(second))
    assert not way.is_behind(last=200, acked=104, now_s=20.0)
    assert not way.is_behind(last=300, acked=104, now_s=20.4)
    assert way.is_behind(last=400, acked=104, now_s=21.0)
    assert not way.is_behind(last=400, acked=400, now_s=23.0)


def test_a_day_is_a_day_of_the_boots_clock_and_goes_on_over_a_restart() -> None:
    spent = Spent().at(NOW).plus(500)
    assert spent.at(at("boot-1", 1000 + DAY_MS - 1, 99)).bytes == 500
    assert spent.at(at("boot-1", 1000 + DAY_MS, 99)).bytes == 0
    assert spent.at(at("boot-2", 5, 3600_000)).bytes == 500
    assert spent.at(at("boot-2", 5, DAY_MS)).bytes == 0
    assert spent.at(at("boot-2", 5, -1)).bytes == 0
    assert read_spent(spent.text()) == spent
    assert read_spent("[1]") == read_spent("x") == Spent()


def test_pieces_are_small_on_a_slow_link() -> None:
    assert [piece_bytes(rate) for rate in (10.0, 50_000.0, 1e9)] == [PIECE_LEAST, 50_000, PIECE_MOST]


def made(content: bytes) -> Song:
    return Song("ab", "a.mp3", len(content), hashlib.sha256(content).hexdigest())


def test_a_plug_pulled_between_two_steps_places_a_song_once(tmp_path: Path) -> None:
    content, shelf = mp3(1), Shelf(tmp_path, reserve=0)
    song = made(content)
    shelf.add(song, content, at=0)
    assert shelf.is_right(song)
    # It got its name, and nobody wrote that down.
    assert shelf.place(song) == "a.mp3"
    assert Shelf(tmp_path, reserve=0).came(song) == 5000
    assert shelf.place(song) == "a.mp3"
    shelf.placed(song)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a.mp3"]


def test_what_a_pulled_plug_spoilt_is_noticed_and_what_is_too_much_is_begun_anew(tmp_path: Path) -> None:
    content, shelf = mp3(1), Shelf(tmp_path, reserve=0)
    song = made(content)
    shelf.add(song, content[:3000] + bytes(2000), at=0)
    assert shelf.came(song) == 5000
    assert not shelf.is_right(song)
    shelf.add(song, b"more", at=5000)
    assert shelf.came(song) == 0


def test_only_what_came_leaves(tmp_path: Path) -> None:
    content, shelf = mp3(1), Shelf(tmp_path, reserve=0)
    folder = tmp_path / "cloud"
    folder.mkdir()
    outside = tmp_path / "mine.mp3"
    outside.write_bytes(content)
    for file in ("../mine.mp3", "", "gone.mp3"):
        shelf.remove(Song("ab", "a.mp3", 5000, made(content).sha256, HERE, file=file))
    (folder / "link.mp3").symlink_to(outside)
    shelf.remove(Song("ab", "a.mp3", 5000, made(content).sha256, HERE, file="link.mp3"))
    assert outside.read_bytes() == content
    (folder / "a.mp3").write_bytes(content)
    shelf.remove(Song("ab", "a.mp3", 5000, made(content).sha256, HERE, file="a.mp3"))
    assert not (folder / "a.mp3").exists()


def test_the_reserve_is_kept(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, reserve=1000, space=lambda _: Space(1500, 10_000, None))
    assert shelf.has_room(500)
    assert not shelf.has_room(501)


def test_a_carriers_memory_of_an_older_version_learns_of_songs_and_forgets_nothing(tmp_path: Path) -> None:
    path = tmp_path / "agent.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript((FOLDER / "schema.sql").read_text(encoding="utf-8"))
        database.execute("INSERT INTO facts VALUES ('epoch', 'e1')")
        database.execute("PRAGMA user_version = 1")
        database.commit()
    for _ in range(2):
        memory = Memory(path)
        book = SongBook(memory)
        book.take_list([SONG], mark="m")
        assert memory.facts()["epoch"] == "e1"
        assert [song.state for song in book.all()] == [COMING]
        memory.close()


def test_a_song_that_is_wanted_again_before_it_left_stays(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "agent.db")
    book = SongBook(memory)
    other = Song("cd", "b.mp3", 5, "f" * 64)
    book.take_list([SONG, other], mark="m1")
    book.note(SONG, state=HERE, file="a.mp3")
    book.take_list([], mark="m2")
    assert {song.state for song in book.all()} == {LEAVING}
    book.take_list([SONG, other], mark="m3")
    assert [(song.state, song.file, song.told) for song in book.all()] == [(HERE, "a.mp3", False), (COMING, "", False)]
    memory.close()


def test_the_file_for_the_pages_is_read_with_suspicion() -> None:
    said = SongsComing(wanted=5, here=2, refused=1, left=9, name="a", came=1, size=3, pause="no_room")
    assert read(said.text()) == said
    assert (said.coming, said.words) == (2, PAUSES["no_room"])
    for wrong in ("", "[]", "{", '{"wanted": "5"}', '{"here": true}', '{"name": null}'):
        assert read(wrong) == SongsComing(), wrong
    assert read('{"wanted": 5, "newer": 1}') == SongsComing(wanted=5)


@pytest.mark.parametrize("wishes", [{"songs_kbit": 1}, {"songs_mb_a_day": -1}, {"songs_reserve_mb": 0}])
def test_settings_that_mean_nothing_are_refused(tmp_path: Path, wishes: dict[str, object]) -> None:
    with pytest.raises(BadConfig):
        make_box(tmp_path, url="https://cloud.example.org", roots=Path(), **wishes)
