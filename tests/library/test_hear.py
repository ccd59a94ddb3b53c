"""`./box library hear` as its user has it: any files, no box, an answer for each."""

import json
import os
from pathlib import Path

import pytest

from appliance.commands import library
from appliance.errors import Refused
from tests.analysis.files import float_wav, music


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stick as it comes: one song, one that is none, an empty one, a name in no known letters."""
    folder = tmp_path_factory.mktemp("stick")
    float_wav(folder / "1 song.wav", music(20, bpm=120.0))
    (folder / "2 words.mp3").write_text("these are words", encoding="utf-8")
    (folder / "3 nothing.mp3").touch()
    Path(os.fsdecode(os.fsencode(folder) + b"/4 \xff\n.mp3")).touch()
    (folder / "notes.txt").write_text("not music", encoding="utf-8")
    return folder


def test_each_file_is_told_in_its_turn_and_why_it_could_not_be_heard(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    assert library.main(["hear", folder.name]) == 1
    told = capsys.readouterr()
    head, song, *rest = told.out.splitlines()
    assert head.split()[:3] == ["BPM", "KEY", "CAMELOT"]
    bpm, *key = song.split()[:3]
    assert abs(float(bpm) - 120) < 0.1
    assert key == ["C", "8B"]
    assert song.index(bpm) + len(bpm) == head.index("BPM") + len("BPM")
    assert song.endswith(f"{folder.name}/1 song.wav")
    assert [line.strip() for line in rest] == [
        f"{folder.name}/2 words.mp3",
        "There is no sound in this file, whatever its name says. Remove it from the folder.",
        f"{folder.name}/3 nothing.mp3",
        "The file is empty. Copy it again from where it came.",
        f"{folder.name}/4 \N{REPLACEMENT CHARACTER}?.mp3",
        "The file is empty. Copy it again from where it came.",
    ]
    assert told.err == "3 of 4 files can't be heard.\n"


def test_as_json_everything_is_told_and_null_where_nothing_is_known(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert library.main(["hear", "--json", str(folder / "1 song.wav"), str(folder / "2 words.mp3")]) == 1
    song, words = map(json.loads, capsys.readouterr().out.splitlines())
    assert song["fault"] is None
    assert abs(song["tempo"]["bpm"] - 120) < 0.1
    assert (song["key"]["name"], song["key"]["camelot"]) == ("C", "8B")
    assert len(song["embedding"]) == 5
    assert song["duration_ms"] == 20_000
    assert words["fault"]["code"] == "not_audio"


def test_a_folder_without_music_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        library.main(["hear", str(tmp_path)])
    assert refused.value.code == "no_music"
