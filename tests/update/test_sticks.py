"""A release on a USB stick, as the system shows it."""

from pathlib import Path

import pytest

from appliance.errors import NotKnown
from appliance.update import sticks


def _devices(folder: Path) -> Path:
    """A card in the box, and a stick with one partition, as the kernel shows them."""
    real = folder / "devices"
    for disk, partition, removable in (("mmcblk0", "mmcblk0p2", "0"), ("sda", "sda1", "1")):
        (real / disk / partition).mkdir(parents=True)
        (real / disk / "removable").write_text(f"{removable}\n", encoding="ascii")
    block = folder / "block"
    block.mkdir()
    for path in (real / "mmcblk0", real / "mmcblk0/mmcblk0p2", real / "sda", real / "sda/sda1"):
        (block / path.name).symlink_to(path)
    return block


def test_mounted_sticks_are_found_wherever_they_are_mounted(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 179:2 / / rw shared:1 - ext4 /dev/mmcblk0p2 rw\n"
        "30 22 8:1 / /srv/my\\040stick ro,relatime shared:9 - vfat /dev/sda1 ro\n"
        "31 22 0:30 / /tmp rw - tmpfs tmpfs rw\n"
        "32 22 8:17 / /media/staff/PIKA rw - exfat /dev/sdb1 rw\n"
        "33 22 8:33 / /mnt rw - vfat /dev/sdc1 rw\n",
        encoding="utf-8",
    )
    found = sticks.mounted(mounts, devices=_devices(tmp_path))
    assert found == [Path("/srv/my stick"), Path("/media/staff/PIKA"), Path("/mnt")]


def test_this_machines_own_mounts_can_be_read() -> None:
    assert Path("/") not in sticks.mounted()


def test_the_newest_release_of_all_sticks_is_taken(tmp_path: Path) -> None:
    for name in ("a/pika-box-0.9.0.pikabox", "b/pika-box-0.10.0.pikabox", "b/pika-box-9.pikabox", "b/film.mkv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "b/pika-box-9.9.9.pikabox").mkdir()
    assert sticks.newest([tmp_path / "a", tmp_path / "b", tmp_path / "gone"]).name == "pika-box-0.10.0.pikabox"


def test_no_release_is_said_with_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(NotKnown, match=str(tmp_path)):
        sticks.newest([tmp_path])
    with pytest.raises(NotKnown, match="no stick is mounted"):
        sticks.newest([])
