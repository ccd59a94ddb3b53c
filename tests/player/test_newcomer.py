"""What somebody is told who starts a player for the first time, and something is missing."""

import os
from pathlib import Path

import pytest

from appliance.commands import player
from appliance.errors import BoxError, Refused
from appliance.player.folder import Folder
from appliance.player.mpv import Mpv
from tests.player.sound import write_song


@pytest.fixture(autouse=True)
def _as_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    # The tests' own process goes before nobody.
    monkeypatch.setattr(os, "setpriority", lambda *_: None)


def _told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert player.main([*arguments, "--no-keeper"]) == 1
    return capsys.readouterr().err


def test_without_mpv_it_says_so_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    write_song(tmp_path / "songs", 0, seconds=1)
    said = _told(capsys, str(tmp_path / "songs"), "--data", str(tmp_path / "data"))
    assert "mpv is not on this machine" in said
    assert "sudo apt install mpv" in said


def test_a_folder_that_can_t_be_written_is_told_without_a_trace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    said = _told(capsys, str(tmp_path), "--data", str(tmp_path / "file" / "data"))
    assert said.startswith("box: The player can't keep anything in")
    assert "--data" in said


@pytest.mark.parametrize("crossfade", ["-3", "31", "nan", "five"])
def test_a_crossfade_that_can_t_be_is_refused(crossfade: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        player.main(["songs", "--crossfade", crossfade])
    assert "--crossfade" in capsys.readouterr().err


def test_a_folder_that_is_not_there_and_one_without_songs_are_told(tmp_path: Path) -> None:
    with pytest.raises(BoxError, match="There is no folder"):
        player.main([str(tmp_path / "lost")])
    with pytest.raises(Refused, match="There is no song in"):
        Folder(tmp_path)._chosen(())


def test_a_loudspeaker_is_named_as_mpv_names_outputs_or_devices(tmp_path: Path) -> None:
    assert Mpv(tmp_path / "socket", sink="alsa").sink_options() == ["--ao=alsa"]
    assert Mpv(tmp_path / "socket").sink_options() == []
    device = "alsa/plughw:CARD=Headphones"
    assert Mpv(tmp_path / "socket", sink=device).sink_options() == [f"--audio-device={device}"]
