"""The library as a part of the box, and as a command on the same machine speaks with it."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from appliance import config
from appliance.analysis import Analyst
from appliance.commands import doctor, library
from appliance.config import Settings
from appliance.domain.scanning import Place, Scan, ScanState
from appliance.errors import Refused
from appliance.library import collection as collecting
from appliance.library.collection import Collection
from appliance.library.slate import Slate
from tests.analysis.conftest import PROMPT_WORKER, never
from tests.contract.conftest import sqlite_evening
from tests.library.conftest import HASTE
from tests.support.library import UNKNOWN, library_track


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(collecting, "_TELL_EVERY_S", 0.05)
    made = config.load(data=tmp_path / "box", environment={}, options={"library": {"sticks": ""}})
    made.run_folder.mkdir(parents=True)
    return made


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Collection]:
    """The part at work on the box's own database."""
    async with sqlite_evening(settings.database) as evening:
        analyst = Analyst(should_wait=never, command=PROMPT_WORKER)
        collection = Collection(settings, has_hall=False, analyst=analyst, timing=HASTE)
        collection.start(evening.ports)
        try:
            yield collection
        finally:
            await collection.stop()


def _songs(settings: Settings, good: Path) -> Path:
    folder = settings.data / "music"
    folder.mkdir()
    (folder / "Anna - One.wav").write_bytes(good.read_bytes())
    (folder / "letter.mp3").write_bytes(b"Dear DJ, " * 99)
    return folder


def test_a_command_asks_the_running_box_and_lists_what_it_knows(
    settings: Settings, good: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = _songs(settings, good)

    async def scenario() -> Scan:
        async with running(settings):
            slate = Slate(settings.run_folder)
            return await library._asked(slate, library._Line())

    scan = asyncio.run(scenario())
    assert (scan.state, scan.found, scan.left) == (ScanState.DONE, 2, 0)
    assert folder.stat().st_mode & 0o777 == 0o755  # somebody made it before, and it stays as it is
    assert library.main(["--data", str(settings.data), "list"]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["BPM", "KEY", "ENERGY", "LENGTH", "TITLE", "ARTIST"]
    bpm, key, _, length, title, artist = row.split()
    assert float(bpm) == pytest.approx(120, abs=0.5)
    assert (key, length, title, artist) == ("8B", "0:30", "One", "Anna")
    assert library.main(["--data", str(settings.data), "search", "ANNA", "o"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == row
    assert library.main(["--data", str(settings.data), "search", "nobody"]) == 1
    assert library.main(["--data", str(settings.data), "faults"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith(f"{folder}/letter.mp3\n    There is no sound in this file")
    assert "1 file can't be heard" in told.err


def test_a_box_without_its_music_says_so_and_looks_for_none(tmp_path: Path, settings: Settings) -> None:
    off = config.load(data=tmp_path / "box", environment={}, options={"library": {"enabled": False}})

    async def scenario() -> None:
        async with running(off) as collection:
            assert collection.scan().state is ScanState.OFF
            assert collection.problem() is None
            assert not collection.look_now()
            assert not (off.data / "music").exists()
        async with running(settings) as collection:
            assert collection.look_now()
            assert (settings.data / "music").stat().st_mode & 0o777 == 0o700

    asyncio.run(scenario())


def test_the_doctor_says_what_music_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(**options: object) -> tuple[bool | None, str]:
        found = doctor._music(config.load(data=tmp_path, environment={}, options={"library": options}))
        return found.fine, found.words

    assert told() == (True, "The box's own music can be listened to.")
    fine, words = told(folders=f"{tmp_path}:{tmp_path}/missing")
    assert fine is None
    assert f"{tmp_path}/missing" in words
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "ffmpeg is missing" in told()[1]
    assert told(enabled=False)[0] is True


def test_what_is_told_can_be_read_or_is_nothing(settings: Settings) -> None:
    slate = Slate(settings.run_folder)
    assert slate.told() is None
    slate.tell(Scan(ScanState.HEARING, heard=3))
    assert slate.told() == Scan(ScanState.HEARING, heard=3)
    (settings.run_folder / "library.json").write_text(json.dumps({"state": "elsewhere"}))
    assert slate.told() is None


def test_how_far_it_is_is_one_line_and_what_is_unknown_a_dash(settings: Settings) -> None:
    half = Scan(ScanState.HEARING, (Place("/music", False, True, found=10, left=5),), per_minute=10.0)
    assert library.bar(half) == "[###############...............] 5 of 10, 0:30 left"
    assert library.bar(Scan(ScanState.DONE)) == "no music found yet"
    assert library.table([library_track("a", "Hm", sound=UNKNOWN)]).splitlines()[1].split() == [
        "-", "-", "-", "0:01", "Hm", "Anna", "Ø",
    ]  # fmt: skip
    with pytest.raises(Refused, match="no box"):
        library.main(["--data", str(settings.data), "list"])
    os.environ["PIKA_BOX_LIBRARY_ENABLED"] = "false"
    try:
        with pytest.raises(Refused, match="looks for music"):
            library.main(["--data", str(settings.data), "scan"])
    finally:
        del os.environ["PIKA_BOX_LIBRARY_ENABLED"]
