"""Files that survive a pulled plug: a reader sees the old content or the new one, never half of it."""

import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path

from appliance.domain.space import Space


def replace_file(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Puts `content` in place at once and for good. Raises: OSError when the disk can't take it; the old file stays."""
    # mkstemp makes it 0600 from its first moment.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if sys.platform != "win32":
                os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def put_file(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """As `replace_file`, but leaves a file alone that says so already: a full disk has no room for the same again."""
    try:
        found = path.lstat()
        if stat.S_ISREG(found.st_mode) and stat.S_IMODE(found.st_mode) == mode and path.read_bytes() == content:
            return
    except OSError:
        pass
    replace_file(path, content, mode=mode)


def make_folder(path: Path) -> None:
    """Makes a folder, for its owner only; what stands there and is none is moved beside it. Raises: OSError."""
    if os.path.lexists(path) and not path.is_dir():
        move_aside(path)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def move_aside(path: Path) -> None:
    """Moves what can't be used out of the way, in the place of what was moved there before. Raises: OSError."""
    aside = path.with_name(f".{path.name}.aside")
    if aside.is_dir() and not aside.is_symlink():
        shutil.rmtree(aside)
    path.rename(aside)


def clear_strange(folder: Path) -> None:
    """Removes from a folder of plain files what is no file: a folder or a link in a file's place. Raises: OSError."""
    for path in folder.iterdir():
        kind = path.lstat().st_mode
        if stat.S_ISDIR(kind):
            shutil.rmtree(path)
        elif stat.S_ISLNK(kind) or stat.S_ISFIFO(kind):
            path.unlink()


def point_link(link: Path, target: str) -> None:
    """Makes a link lead to `target`, at once and for good. Raises: OSError."""
    draft = link.with_name(f".{link.name}.partial")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target)
    draft.replace(link)
    sync_folder(link.parent)


def sync_folder(folder: Path) -> None:
    """Makes what was created, renamed or removed in a folder durable; Windows does that by itself."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def make_durable(path: Path) -> None:
    """Has a file's content on the disk before it is relied on. Raises: OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def give_to_owner(path: Path, folder: Path) -> None:
    """What root made in the box's folder becomes whose the folder is, so that the box can use it. Raises: OSError."""
    if sys.platform != "win32" and os.geteuid() == 0:
        whose = folder.stat()
        for one in [path, *(path.rglob("*") if path.is_dir() else [])]:
            os.lchown(one, whose.st_uid, whose.st_gid)


def space_at(folder: Path) -> Space:
    """The room on the file system that holds `folder`, as much of it as this user may take. Raises: OSError."""
    if sys.platform == "win32":
        used = shutil.disk_usage(folder)
        space = Space(free_bytes=used.free, total_bytes=used.total, free_files=None)
    else:
        found = os.statvfs(folder)
        space = Space(
            free_bytes=found.f_bavail * found.f_frsize,
            total_bytes=found.f_blocks * found.f_frsize,
            # Some file systems (btrfs) make room for names as they go, and say 0 of 0.
            free_files=found.f_favail if found.f_files else None,
        )
    return space
