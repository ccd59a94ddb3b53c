"""Release files on what somebody has plugged in. Mounts nothing: a stick that the system does not show is not seen."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from appliance import mounts as kernel
from appliance.errors import NotKnown
from appliance.update.layout import VERSION, version_key

_NAME = re.compile(rf"pika-box-({VERSION})\.pikabox")
_BLOCK_DEVICES = Path("/sys/class/block")
_BY_HAND = ("/media/", "/run/media/", "/mnt/", "/mnt")


def mounted(table: Path = kernel.TABLE, *, devices: Path = _BLOCK_DEVICES) -> list[Path]:
    """Where removable media are mounted, and what is mounted where people mount things."""
    found = []
    for mount in kernel.mounts(table):
        folder, source = os.fsdecode(mount.folder), Path(os.fsdecode(mount.source))
        if folder.startswith(_BY_HAND[:3]) or folder == _BY_HAND[3] or _is_removable(devices / source.name):
            found.append(Path(folder))
    return found


def _is_removable(device: Path) -> bool:
    real = device.resolve()
    # A partition has no such file; its disk is the folder above.
    for folder in (real, real.parent):
        try:
            return (folder / "removable").read_text(encoding="ascii").strip() == "1" or "/usb" in str(real)
        except OSError:
            continue
    return False


def newest(folders: Iterable[Path]) -> Path:
    """The release file with the highest version in its name, in these folders themselves.

    Raises: NotKnown with the code `no_release_found`.
    """
    looked = list(folders)
    found = []
    for folder in looked:
        names = [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
        found += [(version_key(match[1]), path) for path in names if (match := _NAME.fullmatch(path.name))]
    if not found:
        where = ", ".join(map(str, looked)) or "no stick is mounted"
        raise NotKnown(
            "no_release_found",
            f"No release file (pika-box-<version>.pikabox) was found ({where}).",
            advice="It must lie in the stick's first folder, and the stick must be mounted, for example with "
            "mount -o ro /dev/sda1 /mnt. Or name the file.",
        )
    return max(found)[1]
