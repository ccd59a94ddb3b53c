"""In which folders there is music: those of the settings, and sticks as they are mounted."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance import mounts

# What people have on sticks and cards. A network's file systems are no sticks, and may hang.
_FILE_SYSTEMS = frozenset(
    [
        "vfat",
        "exfat",
        "msdos",
        "ntfs",
        "ntfs3",
        "fuseblk",
        "ext2",
        "ext3",
        "ext4",
        "btrfs",
        "xfs",
        "f2fs",
        "hfs",
        "hfsplus",
        "iso9660",
        "udf",
    ]
)


@dataclass(frozen=True, slots=True)
class Root:
    """A folder that is looked through."""

    #: its path as people read it, and as the store knows it
    name: str
    folder: bytes
    is_stick: bool

    def is_there(self) -> bool:
        """Whether it can be looked into. A stick that was pulled out leaves an empty folder or none."""
        return os.path.isdir(self.folder)  # noqa: PTH112 - paths need not be text


class Places:
    """Where music may be on this machine."""

    def __init__(self, folders: Sequence[Path], *, sticks: Sequence[Path] = (), table: Path = mounts.TABLE) -> None:
        """`sticks` are the folders below which sticks are mounted; `table` is the kernel's list of what is."""
        self._folders = [_root(os.fsencode(folder), is_stick=False) for folder in folders]
        self._sticks = [os.fsencode(folder) + b"/" for folder in sticks]
        self._table = table

    def roots(self) -> list[Root]:
        """Every folder of the settings, there or not, and every stick that is in. None lies within another."""
        found = list(self._folders)
        found += [_root(path, is_stick=True) for path in self._mounted()]
        outer: list[Root] = []
        for root in found:
            if not any((root.folder + b"/").startswith(other.folder + b"/") for other in outer):
                outer.append(root)
        return outer

    def _mounted(self) -> list[bytes]:
        if not self._sticks:
            return []
        try:
            found = mounts.mounts(self._table)
        except OSError:
            return []  # not Linux, or a system without /proc: folders only
        folders = {mount.folder for mount in found if mount.kind in _FILE_SYSTEMS}
        return sorted(folder for folder in folders if folder.startswith(tuple(self._sticks)))


def _root(folder: bytes, *, is_stick: bool) -> Root:
    folder = folder.rstrip(b"/") or b"/"
    return Root(folder.decode("utf-8", "backslashreplace"), folder, is_stick)
