"""What differs between the systems that DJs have, as far as it can be seen without them."""

import asyncio
import os
import signal
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from sync.link.commands.run import on_signals
from sync.link.keyboard import windows_key
from sync.link.sources.asking import port_is_free
from sync.link.sources.databases import looking_into, read_only
from sync.link.sources.djay import source as djay
from sync.link.sources.virtualdj import folders
from tests.link.laptops import laptop

_USER_FOLDERS = r"Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"


@pytest.mark.parametrize(
    ("named", "music"),
    [
        (None, "{home}/Music"),
        ("%USERPROFILE%/Musik", "{home}/Musik"),
        ("%OneDrive%/Musique", "/clouds/one/Musique"),
        ("/drive-d/Music", "/drive-d/Music"),
        ("%Nowhere%/Music", "{home}/Music"),
        ("", "{home}/Music"),
    ],
)
def test_on_windows_music_is_where_the_user_has_moved_it(tmp_path: Path, named: str | None, music: str) -> None:
    registry = {} if named is None else {(_USER_FOLDERS, "My Music"): named}
    machine = laptop(tmp_path, platform="win32", environment={"ONEDRIVE": "/clouds/one"}, registry=registry)

    assert machine.music == Path(music.format(home=tmp_path))
    assert djay.places(machine)[0].parent == machine.music / "djay"


def test_only_windows_has_moved_folders(tmp_path: Path) -> None:
    machine = laptop(tmp_path, platform="darwin", registry={(_USER_FOLDERS, "My Music"): "/elsewhere"})

    assert (machine.music, machine.documents) == (tmp_path / "Music", tmp_path / "Documents")


def test_virtualdj_is_looked_for_in_moved_documents_and_in_the_usual_ones(tmp_path: Path) -> None:
    registry = {(_USER_FOLDERS, "Personal"): "%USERPROFILE%/OneDrive/Dokumente"}

    places = list(folders.candidates(laptop(tmp_path, platform="win32", registry=registry)))

    assert tmp_path / "OneDrive/Dokumente/VirtualDJ" in places
    assert tmp_path / "Documents/VirtualDJ" in places


@pytest.mark.parametrize(
    ("path", "address"),
    [
        (PurePosixPath("/home/d j/50% #1?.db"), "file:///home/d%20j/50%25%20%231%3F.db?mode=ro"),
        (PureWindowsPath(r"C:\Users\Zoë & Co\mixxxdb.sqlite"), "file:///C:/Users/Zo%C3%AB%20%26%20Co/mixxxdb.sqlite"),
        # SQLite takes no host but its own: the share is part of the path.
        (PureWindowsPath(r"\\nas\music\master.db"), "file:////nas/music/master.db?mode=ro"),
    ],
)
def test_a_database_anywhere_has_an_address_that_sqlite_understands(
    path: PurePosixPath | PureWindowsPath, address: str
) -> None:
    assert read_only(path) == (address if address.endswith("?mode=ro") else f"{address}?mode=ro")


def test_a_database_with_a_strange_name_is_read(tmp_path: Path) -> None:
    path = tmp_path / "50% #1? & ünï\\code.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t AS SELECT 7 AS n")
    database.close()

    with looking_into(path, program="Something") as found:
        assert found.execute("SELECT n FROM t").fetchone()["n"] == 7


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("hq", ["h", "q"]),
        # Arrows: without care, "up" would say that a track is heard, and "down" would pause.
        ("\xe0H\xe0Pu", ["", "", "u"]),
        ("\0;x", ["", "x"]),
        ("\xe0", ["\xe0"]),
        ("\0", [""]),
    ],
)
def test_special_keys_of_a_windows_console_are_no_letters(typed: str, keys: list[str]) -> None:
    waiting = list(typed)
    found = []
    while waiting:
        found.append(windows_key(lambda: waiting.pop(0), lambda: bool(waiting)))
    assert found == keys


def test_a_port_that_a_program_listens_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not port_is_free(port)
    assert port_is_free(port)


def test_ctrl_c_ends_the_link_also_where_the_loop_takes_no_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}

    def refuses(number: int, callback: Callable[[], object]) -> None:
        raise NotImplementedError

    async def evening() -> None:
        monkeypatch.setattr(asyncio.get_running_loop(), "add_signal_handler", refuses, raising=False)
        stopped = asyncio.Event()
        on_signals(stopped)
        os.kill(os.getpid(), signal.SIGINT)
        async with asyncio.timeout(5):
            await stopped.wait()

    try:
        asyncio.run(evening())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
