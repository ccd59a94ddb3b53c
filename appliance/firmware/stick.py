"""A USB stick that is plugged into a box: mounted to be read, and taken off when it is gone. Runs as root.

The box itself has no right to mount anything. A stick is found again in the same place, because that has its file
system's id as its name; what its owner mounts in another way (a line in fstab, as for backups) is left alone.
"""

import contextlib
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from appliance import mounts
from appliance.errors import Invalid, Unavailable

#: where sticks are mounted, each in a folder of its own
MEDIA = Path("/media/pika-box")
_DEVICE = re.compile(r"[a-z][a-z0-9]{1,31}")
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
#: what people have on sticks: how the kernel calls it, and how its names become UTF-8
_KINDS: Mapping[str, tuple[str, str]] = {
    "vfat": ("vfat", "utf8=1"),
    "exfat": ("exfat", "iocharset=utf8"),
    "ntfs": ("ntfs3", "iocharset=utf8"),
    "hfsplus": ("hfsplus", "nls=utf8"),
    "iso9660": ("iso9660", "iocharset=utf8"),
    "udf": ("udf", "iocharset=utf8"),
    **{kind: (kind, "") for kind in ("ext2", "ext3", "ext4", "btrfs", "xfs", "f2fs")},
}
# Nothing on it is run, and nothing is written to it: a stick may be pulled out at any moment.
_OPTIONS = "ro,nosuid,nodev,noexec"
_WITHIN_S = 60


def put_in(device: str, *, media: Path = MEDIA) -> Path | None:
    """Mounts a stick's file system, such as that on `sdb1`; None for what is no music stick.

    Raises: Invalid with the code `device_unusable`; Unavailable with the code `stick_unusable`.
    """
    path = _path(device)
    facts = _facts(path)
    kind, options = _KINDS.get(facts.get("TYPE", ""), ("", ""))
    name = facts.get("UUID", "")
    if not kind or not _ID.fullmatch(name) or _is_taken(path):
        return None
    folder = media / name
    folder.mkdir(parents=True, exist_ok=True)
    wanted = ",".join(filter(None, [_OPTIONS, options]))
    done = _run("mount", "--types", kind, "--options", wanted, str(path), str(folder))
    if done.returncode != 0:
        _drop(folder)
        raise Unavailable(
            "stick_unusable",
            f"The stick {device} can't be mounted: {done.stderr.strip()}.",
            advice="Look at it on a computer; if it is well there, copy its music to another one.",
        )
    return folder


def take_out(device: str, *, media: Path = MEDIA) -> list[Path]:
    """Takes off what was mounted of a device; it need not be there any more. Raises: Invalid."""
    path = os.fsencode(_path(device))
    inside = os.fsencode(media) + b"/"
    gone = []
    for mount in mounts.mounts():
        if mount.source == path and mount.folder.startswith(inside):
            folder = Path(os.fsdecode(mount.folder))
            # Whoever still reads there gets errors, and the folder is free at once.
            _run("umount", "--lazy", str(folder))
            _drop(folder)
            gone.append(folder)
    return gone


def _drop(folder: Path) -> None:
    """Removes a place that is empty now. One that something was put into stays."""
    with contextlib.suppress(OSError):
        folder.rmdir()


def _path(device: str) -> Path:
    if not _DEVICE.fullmatch(device):
        raise Invalid(
            "device_unusable", f"{device!r} is no device.", advice="Name it as the kernel does, such as sdb1."
        )
    return Path("/dev") / device


def _facts(path: Path) -> dict[str, str]:
    """What is on a device, by blkid's names; nothing when it is empty."""
    lines = _run("blkid", "-o", "export", str(path)).stdout.splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _is_taken(path: Path) -> bool:
    """Whether it is mounted already, as the disk that the box runs from, or is somebody's in fstab."""
    mounted = any(mount.source == os.fsencode(path) for mount in mounts.mounts())
    in_table = _run("findmnt", "--fstab", "--evaluate", "--noheadings", "--source", str(path)).returncode == 0
    return mounted or in_table


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_WITHIN_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable("stick_unusable", f"{command[0]} did not work: {error}.") from error
