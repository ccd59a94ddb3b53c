"""What each polled source must hold, whatever program it watches: the promises of `PolledSource`."""

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sync.link.settings import LinkSettings, SourcesSection
from sync.link.sources.catalog import catalog
from sync.link.sources.djay.source import Djay
from sync.link.sources.mixxx import Mixxx
from sync.link.sources.mpris import Playing, seen
from sync.link.sources.rekordbox import Rekordbox, Row
from sync.link.sources.serato.library import SeratoLibrary
from sync.link.sources.serato.sessions import SeratoSessions
from sync.link.sources.source import FIRST_SIGHT_MS, Polled, PolledSource, Probe, SourceTrouble
from sync.link.sources.text_files import TextFile
from sync.link.sources.virtualdj.history import VirtualDjHistory
from tests.link import test_djay, test_mixxx, test_serato
from tests.link.djay_blobs import item
from tests.link.laptops import laptop
from tests.link.test_virtualdj import played
from tests.support.ports import free_port

NOW_S = 1_795_000_000
NOW_MS = NOW_S * 1000
OLD_S = NOW_S - FIRST_SIGHT_MS // 1000 - 1

GARBAGE = [
    "", "{}", "[]", "null", "0", "NaN", "true", '"text"', "\x00", "{", "[" * 50_000, "9" * 5000,
    '{"last": 1e999, "last_s": 1e999, "last_ms": 1e999, "top": 1e999, "size": 1e999, "session": 1e999}',
    '{"last": {}, "ids": 5, "top": [], "said": {}, "count": null, "session": [], "played": 1, "decks": 3}',
    '{"last": [5], "open": [1e999], "session": 1, "ids": [[]], "last_s": "x", "players": {"a": 1}, "decks": {"1": []}}',
    '{"session": "s", "played": [1e999], "loaded": [], "top": 1, "key": "k", "bare": [1e999], "decks": {"1e999": 1}}',
    '{"players": {"a": ["w", 1e999, 1, true, null]}, "decks": {"1": ["t", 1e999, null]}, "size": 1, "count": 1e999}',
]  # fmt: skip


# --- homes with a history of yesterday


def virtualdj(home: Path) -> PolledSource:
    folder = home / "Documents" / "VirtualDJ" / "History"
    folder.mkdir(parents=True)
    (folder / "a.m3u").write_text(played("One", OLD_S - 9) + played("Two", OLD_S))
    return VirtualDjHistory(laptop(home))


def serato(home: Path) -> PolledSource:
    folder = home / "Music" / "_Serato_" / "History" / "Sessions"
    folder.mkdir(parents=True)
    rows = [test_serato.record(number, "One", played=True, start_s=OLD_S) for number in (1, 2)]
    (folder / "1.session").write_bytes(test_serato.HEAD + b"".join(rows))
    return SeratoSessions(laptop(home))


def serato4(home: Path) -> PolledSource:
    program = test_serato.Serato4(home)
    program.load(1, "One", played=1, start_s=OLD_S)
    program.database.close()
    return SeratoLibrary(laptop(home, platform="darwin"))


def mixxx(home: Path) -> PolledSource:
    program = test_mixxx.Running(home)
    program.add(1, added=test_mixxx.OLD)
    program.database.close()
    return Mixxx(laptop(home))


def djay(home: Path) -> PolledSource:
    program = test_djay.Running(home)
    program.put("historySessionItems", "K", item("One", start=OLD_S - 978_307_200))
    program.database.close()
    return Djay(laptop(home, platform="win32"), settle_s=0)


def djay_text(home: Path) -> PolledSource:
    test_djay.MacOs(home).write(test_djay.said("One", "Artist"))
    return Djay(laptop(home, platform="darwin"))


def rekordbox(home: Path) -> PolledSource:
    path = home / "Library" / "Pioneer" / "rekordbox" / "master.db"
    path.parent.mkdir(parents=True)
    path.touch()
    return Rekordbox(laptop(home, platform="darwin"), read_rows=lambda _: [Row("1", OLD_S * 1000, "One")])


def text(home: Path) -> PolledSource:
    home.mkdir(parents=True)
    (home / "a.txt").write_text("Artist - One\nArtist - Two\n")
    return TextFile(home / "a.txt")


class OldPlayers:
    """The pure half of the source for Linux players; its bus is in tests of its own."""

    name = "mpris"

    def probe(self) -> Probe:
        return Probe(True)

    def poll(self, cursor: str | None, *, now_ms: int) -> Polled:
        return seen([Playing("p", "One", "", None, FIRST_SIGHT_MS + 1, None, None)], cursor, now_ms=now_ms)


Build = Callable[[Path], PolledSource]
WITH_HISTORY: list[Build] = [
    virtualdj, serato, serato4, mixxx, djay, djay_text, rekordbox, text, lambda _: OldPlayers(),
]  # fmt: skip


def test_no_polled_source_is_left_out_here(tmp_path: Path) -> None:
    here = {build(tmp_path / str(number)).name.partition(":")[0] for number, build in enumerate(WITH_HISTORY)}
    given = LinkSettings(tmp_path, sources=SourcesSection(text_files=("a.txt",)))
    all_names = {one.name.partition(":")[0] for one in catalog(given, laptop(tmp_path)).polled}
    # It has no history: what it says is audible now.
    assert here == all_names - {"virtualdj-control"}


@pytest.mark.parametrize("build", WITH_HISTORY)
def test_the_first_sight_tells_nothing_old_and_neither_does_what_follows(tmp_path: Path, build: Build) -> None:
    source = build(tmp_path / "home")
    assert source.probe().usable
    polled = source.poll(None, now_ms=NOW_MS)
    assert list(polled.sightings) == []
    for _ in range(2):
        polled = source.poll(polled.cursor, now_ms=NOW_MS + 1000)
        assert list(polled.sightings) == []


@pytest.mark.parametrize("build", WITH_HISTORY)
def test_a_cursor_that_can_not_be_read_is_the_first_sight(tmp_path: Path, build: Build) -> None:
    source = build(tmp_path / "home")
    assert source.probe().usable
    expected = source.poll(None, now_ms=NOW_MS)
    for cursor in GARBAGE:
        polled = source.poll(cursor, now_ms=NOW_MS)
        assert (cursor, list(polled.sightings), polled.cursor) == (cursor, [], expected.cursor)


@pytest.mark.parametrize("build", WITH_HISTORY)
def test_a_source_that_was_never_probed_or_whose_files_go_raises_nothing_but_trouble(
    tmp_path: Path, build: Build
) -> None:
    source = build(tmp_path / "home")
    look(source)
    source.probe()
    cursor = source.poll(None, now_ms=NOW_MS).cursor
    shutil.rmtree(tmp_path / "home", ignore_errors=True)
    look(source, cursor)
    source.probe()
    look(source, cursor)


def look(source: PolledSource, cursor: str | None = None) -> None:
    """A poll that either answers or says its trouble in words."""
    try:
        polled = source.poll(cursor, now_ms=NOW_MS)
    except SourceTrouble:
        return
    assert all(one.source == source.name for one in polled.sightings)
    assert isinstance(polled.cursor, str)


# --- homes where nothing is as expected

EXPECTED = {
    "linux": [
        "Documents/VirtualDJ/settings.xml", "Documents/VirtualDJ/database.xml", "Documents/VirtualDJ/History/a.m3u",
        "Music/_Serato_/History/Sessions/1.session", "Library/Application Support/Serato/Library/master.sqlite",
        ".mixxx/mixxxdb.sqlite", ".var/app/org.mixxx.Mixxx/.mixxx/mixxxdb.sqlite",
        "Music/djay/djay Media Library.djayMediaLibrary/MediaLibrary.db",
        "Music/djay/djay Media Library.djayMediaLibrary/NowPlaying.txt",
        "Music/djay/djay Media Library/MediaLibrary.db", "Music/djay/djay Media Library/NowPlaying.txt",
        "run/bus", "a.txt",
    ],
    "darwin": [
        "Library/Application Support/VirtualDJ/settings.xml", "Library/Application Support/VirtualDJ/database.xml",
        "Library/Application Support/VirtualDJ/History/a.m3u", "Documents/VirtualDJ/History/a.m3u",
        "Music/_Serato_/History/Sessions/1.session", "Library/Application Support/Serato/Library/master.sqlite",
        "Library/Containers/org.mixxx.mixxx/Data/Library/Application Support/Mixxx/mixxxdb.sqlite",
        "Library/Application Support/Mixxx/mixxxdb.sqlite",
        "Music/djay/djay Media Library.djayMediaLibrary/MediaLibrary.db",
        "Music/djay/djay Media Library.djayMediaLibrary/NowPlaying.txt",
        "Music/djay/djay Media Library/MediaLibrary.db", "Music/djay/djay Media Library/NowPlaying.txt",
        "Library/Pioneer/rekordbox/master.db",
        "Library/Application Support/Pioneer/rekordboxAgent/storage/options.json", "a.txt",
    ],
    "win32": [
        "AppData/Local/VirtualDJ/settings.xml", "AppData/Local/VirtualDJ/database.xml",
        "AppData/Local/VirtualDJ/History/a.m3u", "OneDrive/Documents/VirtualDJ/History/a.m3u",
        "Documents/VirtualDJ/History/a.m3u", "Music/_Serato_/History/Sessions/1.session",
        "AppData/Local/Serato/Library/master.sqlite", "AppData/Roaming/Serato/Library/master.sqlite",
        "AppData/Local/Mixxx/mixxxdb.sqlite", "Music/djay/djay Media Library.djayMediaLibrary/MediaLibrary.db",
        "Music/djay/djay Media Library/MediaLibrary.db", "Music/djay/djay Media Library/NowPlaying.txt",
        "AppData/Roaming/Pioneer/rekordbox/master.db",
        "AppData/Roaming/Pioneer/rekordboxAgent/storage/options.json", "a.txt",
    ],
}  # fmt: skip


def other_database(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE of_another_program (a)")
    database.close()


def huge(path: Path) -> None:
    path.write_bytes(b"x\n")
    os.truncate(path, 3 * 1024**3)


def loop(path: Path) -> None:
    path.symlink_to(path)


ODD: dict[str, Callable[[Path], object]] = {
    "a directory": lambda path: path.mkdir(),
    "random bytes": lambda path: path.write_bytes(os.urandom(20_000)),
    "empty": lambda path: path.touch(),
    "the wrong encoding": lambda path: path.write_text("<x>é: ø\n" * 999, encoding="utf-16"),
    "huge": huge,
    "a link to itself": loop,
    "another program's database": other_database,
    "half a database": lambda path: path.write_bytes(b"SQLite format 3\x00" + bytes(50)),
}


def probed(home: Path, platform: str) -> list[PolledSource]:
    settings = LinkSettings(
        home,
        sources=SourcesSection(text_files=("a.txt",), virtualdj_control=f"http://127.0.0.1:{free_port()}"),
    )
    machine = laptop(home, platform=platform, environment={"XDG_RUNTIME_DIR": str(home / "run")})
    found = catalog(settings, machine).polled
    for source in found:
        assert source.probe().tried, source.name
    return list(found)


@pytest.mark.parametrize("platform", EXPECTED)
def test_an_empty_home(tmp_path: Path, platform: str) -> None:
    for source in probed(tmp_path, platform):
        look(source)


@pytest.mark.parametrize("platform", EXPECTED)
def test_every_place_that_is_tried_is_among_the_odd_ones(tmp_path: Path, platform: str) -> None:
    expected = [tmp_path / one for one in EXPECTED[platform]]
    for source in probed(tmp_path, platform):
        for tried in source.probe().tried:
            place = Path(tried.place.removeprefix("unix:path="))
            if place.is_relative_to(tmp_path):
                assert any(one == place or one.is_relative_to(place) for one in expected), tried.place


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("platform", EXPECTED)
def test_a_home_where_nothing_is_as_expected(tmp_path: Path, platform: str, odd: str) -> None:
    for place in EXPECTED[platform]:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        ODD[odd](tmp_path / place)
    for source in probed(tmp_path, platform):
        begun = time.monotonic()
        look(source)
        look(source, "{}")
        assert time.monotonic() - begun < 2, source.name


@pytest.mark.parametrize("platform", EXPECTED)
def test_a_home_where_every_folder_is_a_file(tmp_path: Path, platform: str) -> None:
    for place in EXPECTED[platform]:
        top = tmp_path / Path(place).parts[0]
        if not top.exists():
            top.write_bytes(os.urandom(2000))
    for source in probed(tmp_path, platform):
        look(source)


@pytest.fixture
def closed_home() -> Iterator[Path]:
    """A folder outside of the tester's own, looked at by a user without rights there."""
    home = Path(tempfile.mkdtemp(prefix="link-home-"))
    home.chmod(0o755)
    is_root = os.geteuid() == 0
    try:
        yield home
    finally:
        if is_root:
            os.seteuid(0)
        closed = [home]
        while closed:
            path = closed.pop()
            path.chmod(0o755)
            closed += path.iterdir() if path.is_dir() else ()
        shutil.rmtree(home)


@pytest.mark.parametrize("what", ["files", "folders"])
@pytest.mark.parametrize("platform", EXPECTED)
def test_a_home_where_nothing_may_be_read(closed_home: Path, platform: str, what: str) -> None:
    for place in EXPECTED[platform]:
        path = closed_home / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Title: A\n")
    places = [closed_home / place for place in EXPECTED[platform]]
    for path in places if what == "files" else {path.parent for path in places} - {closed_home}:
        path.chmod(0)
    if os.geteuid() == 0:
        os.seteuid(65534)
    for source in probed(closed_home, platform):
        look(source)
