"""A settings file that can't be used: mended by whoever wrote it, while the box goes on with the last good one."""

import codecs
import os
from pathlib import Path

import pytest

from appliance import config, settings_care
from appliance.clock import SystemClock
from appliance.errors import BadConfig
from appliance.notices import FILE_NAME, Notices

GOOD = '[box]\nname = "Hall 1"\n'


def _told(data: Path) -> str:
    return " ".join(one.words for one in Notices(data / FILE_NAME, clock=SystemClock()).all())


def _name(data: Path) -> str:
    return config.load(data=data, environment={}).box.name


def _once_good(data: Path) -> Path:
    """A folder whose box has started once."""
    file = data / "box.toml"
    file.write_text(GOOD, encoding="utf-8")
    settings_care.keep_good(config.load(data=data, environment={}))
    return file


@pytest.mark.parametrize("content", ["[box]\nname = “Hall 2”\n".encode(), '[box]\nname = "Hall 2"\n'.encode("utf-16")])
def test_what_an_editor_did_to_readable_settings_is_no_reason_to_set_them_aside(tmp_path: Path, content: bytes) -> None:
    file = _once_good(tmp_path)
    file.write_bytes(content)
    settings_care.replace_unusable(tmp_path)
    assert _name(tmp_path) == "Hall 2"
    assert file.read_bytes() == content
    assert not (tmp_path / "box.toml.wrong").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[box\nname = 1", "line 1"),
        (b'[box]\nname = "Hall\n', "line 2"),
        (b'[box]\nnmae = "Hall"\n', "name"),
        (b"[box]\nname = 7\n", "box.name"),
        ("[box]\nname = “Hall 2\n".encode(), "line 2"),
        ('[box]\nname = "Säle"\n'.encode("latin-1"), "line 2 is not UTF-8"),
        (b"", "empty"),
        (b"\0" * 300, "zero bytes"),
        (b"[a" * 100_000, "can't be read"),
        (b"x" * 2_000_000, "2000000 bytes"),
    ],
)
def test_settings_that_can_not_be_used_are_kept_and_the_last_good_ones_taken(
    tmp_path: Path, content: bytes, said: str
) -> None:
    file = _once_good(tmp_path)
    file.write_bytes(content)
    settings_care.replace_unusable(tmp_path)
    assert _name(tmp_path) == "Hall 1"
    assert (tmp_path / "box.toml.wrong").read_bytes() == content
    assert said in _told(tmp_path)
    assert "box.toml.wrong" in _told(tmp_path)


def test_without_good_ones_the_defaults_serve_and_the_box_still_counts_as_set_up(tmp_path: Path) -> None:
    (tmp_path / "box.toml").write_bytes(b"\xff\xfe\0")
    settings_care.replace_unusable(tmp_path)
    assert _name(tmp_path) == "Pika Box"
    # Without the file the next boot would take the box for a new one, with a new network's name and password.
    assert (tmp_path / "box.toml").is_file()


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_what_is_no_file_is_set_aside_too(tmp_path: Path, kind: str) -> None:
    file = _once_good(tmp_path)
    for _ in range(2):
        file.unlink()
        if kind == "folder":
            file.mkdir()
            (file / "x").touch()
        else:
            file.symlink_to("/nowhere")
        settings_care.replace_unusable(tmp_path)
        assert _name(tmp_path) == "Hall 1"


def test_damaged_good_ones_are_not_taken(tmp_path: Path) -> None:
    file = _once_good(tmp_path)
    file.write_bytes(b"[")
    (tmp_path / "box.toml.good").write_bytes(b"[")
    settings_care.replace_unusable(tmp_path)
    assert _name(tmp_path) == "Pika Box"


def test_an_empty_file_of_a_box_that_never_had_settings_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "box.toml").touch()
    settings_care.replace_unusable(tmp_path)
    assert not _told(tmp_path)
    assert not (tmp_path / "box.toml.wrong").exists()


def test_good_settings_and_none_at_all_are_left_alone(tmp_path: Path) -> None:
    settings_care.replace_unusable(tmp_path)
    assert list(tmp_path.iterdir()) == []
    file = _once_good(tmp_path)
    settings_care.replace_unusable(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["box.toml", "box.toml.good"]
    assert file.read_text(encoding="utf-8") == GOOD
    assert (tmp_path / "box.toml.good").stat().st_mode & 0o777 == 0o600


def test_what_the_environment_says_wrong_is_not_the_files_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _once_good(tmp_path)
    monkeypatch.setenv("PIKA_BOX_HTTP_PORT", "nonsense")
    settings_care.replace_unusable(tmp_path)
    assert not (tmp_path / "box.toml.wrong").exists()
    with pytest.raises(BadConfig):
        config.load(data=tmp_path)


def test_a_folder_that_takes_no_change_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _once_good(tmp_path)
    file.write_bytes(b"[")

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(BadConfig) as error:
        settings_care.replace_unusable(tmp_path)
    assert "Read-only" in str(error.value)


@pytest.mark.parametrize(
    "content",
    [codecs.BOM_UTF8 + GOOD.encode(), GOOD.replace("\n", "\r\n").encode(), GOOD.replace("\n", "\r").encode()],
    ids=["byte order mark", "windows line ends", "old mac line ends"],
)
def test_harmless_habits_of_editors_are_read_as_meant(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "box.toml").write_bytes(content)
    assert _name(tmp_path) == "Hall 1"
