"""The hourly backup on the box's disk and on a stick: whole at every moment, and read back."""

import hashlib
import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.commands import backup
from appliance.commands.backup import FAILED, SECOND_FAILED
from appliance.domain.space import SCARCE_BYTES
from appliance.errors import Invalid, NotKnown, Unavailable
from appliance.notices import FILE_NAME, Notices
from appliance.store.backup import check, good_backup, make_backup, mirror, read_manifest
from tests.storage.databases import AT, meta_in, play_songs, songs_in
from tests.storage.loops import fill, make_image, mounted, need_root


def _box(data: Path, *, second: Path | None = None) -> Path:
    data.mkdir(exist_ok=True)
    play_songs(data / "box.db", 0, 3)
    lines = ['[wifi]\nssid = "Hall"\npassphrase = "dance-all-night"\n']
    if second is not None:
        lines.append(f'[backup]\nsecond = "{second}"\n')
    (data / "box.toml").write_text("".join(lines), encoding="utf-8")
    return data


def _hourly(data: Path) -> int:
    return backup.main(["--data", str(data)])


def _codes(data: Path) -> list[str]:
    return [one.code for one in Notices(data / FILE_NAME, clock=SystemClock()).all()]


def _stick_folder(stick: Path, data: Path) -> Path:
    return stick / f"pika-box-{meta_in(data / 'box.db')['box_id']}"


def test_a_backup_is_one_folder_that_says_what_it_holds(tmp_path: Path) -> None:
    data = _box(tmp_path / "data")
    assert _hourly(data) == 0
    folder = data / "backup"
    assert sorted(path.name for path in folder.iterdir()) == ["box.db", "box.toml", "manifest.json"]
    said = json.loads((folder / "manifest.json").read_bytes())
    assert (said["format"], said["version"], said["box"]) == ("pika-box-backup", 1, meta_in(data / "box.db")["box_id"])
    for name, about in said["files"].items():
        content = (folder / name).read_bytes()
        assert about == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert (folder / "box.toml").read_bytes() == (data / "box.toml").read_bytes()
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert songs_in(folder / "box.db") == ["p0", "p1", "p2"]


def test_the_next_hour_replaces_it_and_leaves_nothing_else(tmp_path: Path) -> None:
    data = _box(tmp_path / "data")
    _hourly(data)
    play_songs(data / "box.db", 3, 5)
    _hourly(data)
    assert len(songs_in(data / "backup" / "box.db")) == 5
    assert [path.name for path in data.iterdir() if "backup" in path.name] == ["backup"]


@pytest.mark.parametrize("moment", ["before", "between", "after"])
def test_wherever_the_plug_is_pulled_one_backup_is_good(tmp_path: Path, moment: str) -> None:
    data = _box(tmp_path / "data")
    folder = data / "backup"
    _hourly(data)
    play_songs(data / "box.db", 3, 5)
    new, old = folder.with_name("backup.new"), folder.with_name("backup.old")
    make_backup(database=data / "box.db", settings_file=data / "box.toml", folder=new, name="x", at=AT)
    match moment:
        case "before":
            (new / "manifest.json").unlink()
        case "between":
            folder.rename(old)
        case "after":
            folder.rename(old)
            new.rename(folder)
    found = good_backup(folder)
    assert found is not None
    assert len(songs_in(found.folder / "box.db")) == (3 if moment == "before" else 5)
    play_songs(data / "box.db", 5, 6)
    _hourly(data)
    assert len(songs_in(folder / "box.db")) == 6
    assert not new.exists()
    assert not old.exists()


@pytest.mark.parametrize("what", ["box.db", "box.toml", "manifest.json"])
def test_a_changed_byte_makes_it_no_backup(tmp_path: Path, what: str) -> None:
    data = _box(tmp_path / "data")
    _hourly(data)
    path = data / "backup" / what
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x20
    path.write_bytes(content)
    if what != "manifest.json":
        with pytest.raises(Invalid):
            check(data / "backup")
        return
    path.write_bytes(b"{" * 100_000)
    with pytest.raises(Invalid):
        read_manifest(data / "backup")
    assert good_backup(data / "backup") is None


def test_a_damaged_database_does_not_replace_the_good_copy(tmp_path: Path) -> None:
    data = _box(tmp_path / "data")
    _hourly(data)
    (data / "box.db").write_bytes(b"no database" * 1000)
    with pytest.raises(Unavailable):
        _hourly(data)
    assert good_backup(data / "backup") is not None
    assert _codes(data) == [FAILED]


def test_a_box_without_a_database_or_a_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotKnown):
        _hourly(tmp_path)
    with pytest.raises(NotKnown):
        _hourly(tmp_path / "nowhere")


def test_a_stick_gets_the_same_and_a_box_can_go_on_from_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    need_root("mkfs.ext4")
    stick = tmp_path / "stick"
    image = make_image(tmp_path / "stick.img", size=64_000_000, make=("mkfs.ext4", "-q", "-F", "-m", "0"))
    data = _box(tmp_path / "data", second=stick)
    with mounted(image, stick):
        for _ in range(3):
            assert _hourly(data) == 0
        found = good_backup(_stick_folder(stick, data))
        assert found is not None
        assert [path.name for path in stick.iterdir() if path.name != "lost+found"] == [found.folder.name]
        assert songs_in(found.folder / "box.db") == ["p0", "p1", "p2"]
        assert (found.folder / "box.toml").read_bytes() == (data / "box.toml").read_bytes()
    assert str(stick) in capsys.readouterr().out
    # Pulled out and put back, as staff do without asking.
    with mounted(image, stick):
        assert good_backup(_stick_folder(stick, data)) is not None


def test_a_copy_does_not_take_the_room_that_is_left_for_the_music(tmp_path: Path) -> None:
    need_root("mkfs.ext4")
    image = make_image(tmp_path / "card.img", size=120_000_000, make=("mkfs.ext4", "-q", "-F", "-m", "0"))
    with mounted(image, tmp_path / "card") as card:
        data = _box(card / "data")
        _hourly(data)
        fill(card, leave=SCARCE_BYTES)
        with pytest.raises(Unavailable) as error:
            _hourly(data)
        assert error.value.code == "backup_no_room"
        assert _codes(data) == [FAILED]
        assert good_backup(data / "backup") is not None


def test_a_missing_stick_is_a_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    data = _box(tmp_path / "data", second=stick)
    assert _hourly(data) == 0
    assert "There is no other disk" in capsys.readouterr().out
    assert list(stick.iterdir()) == []
    assert _codes(data) == []


def test_a_full_stick_is_said_and_keeps_its_last_good_copy(tmp_path: Path) -> None:
    need_root("mkfs.ext4")
    stick = tmp_path / "stick"
    image = make_image(tmp_path / "stick.img", size=8_000_000, make=("mkfs.ext4", "-q", "-F", "-m", "0"))
    data = _box(tmp_path / "data", second=stick)
    with mounted(image, stick):
        _hourly(data)
        film = fill(stick, leave=30_000)
        play_songs(data / "box.db", 3, 5)
        with pytest.raises(Unavailable) as error:
            _hourly(data)
        assert "No space left" in str(error.value)
        assert _codes(data) == [SECOND_FAILED]
        assert good_backup(data / "backup") is not None
        found = good_backup(_stick_folder(stick, data))
        assert found is not None
        assert len(songs_in(found.folder / "box.db")) == 3
        film.unlink()
        assert _hourly(data) == 0
        assert _codes(data) == []
        assert len(songs_in(_stick_folder(stick, data) / "box.db")) == 5


def test_a_stick_that_knows_no_permissions_and_no_links_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As FAT is, which the kernels of test machines don't always know."""
    data = _box(tmp_path / "data")
    _hourly(data)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    for name in ("chmod", "fchmod", "chown", "fchown", "link", "symlink"):
        monkeypatch.setattr(os, name, refuse)
    for _ in range(2):
        mirror(check(data / "backup"), tmp_path / "stick")
    assert good_backup(tmp_path / "stick") is not None


def test_what_a_stick_does_not_read_back_is_no_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = _box(tmp_path / "data")
    _hourly(data)
    whole = check(data / "backup")
    mirror(whole, tmp_path / "stick")

    def drops_a_byte(reading: object, writing: object, length: int) -> None:
        del length
        writing.write(reading.read()[:-1])  # type: ignore[attr-defined]

    monkeypatch.setattr(shutil, "copyfileobj", drops_a_byte)
    with pytest.raises(Unavailable) as error:
        mirror(whole, tmp_path / "stick")
    assert "did not read back" in str(error.value)
    assert good_backup(tmp_path / "stick") is not None


def test_backups_at_the_same_moment_wait_for_each_other(tmp_path: Path) -> None:
    data = _box(tmp_path / "data")
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            try:
                os._exit(_hourly(data))
            finally:
                os._exit(9)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0, 0]
    with closing(sqlite3.connect(data / "backup" / "box.db")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
