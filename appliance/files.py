"""Files that survive a pulled plug: a reader sees the old content or the new one, never half of it."""

import os
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
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes what was created, renamed or removed in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def space_at(folder: Path) -> Space:
    """The room on the file system that holds `folder`, as much of it as this user may take. Raises: OSError."""
    found = os.statvfs(folder)
    return Space(
        free_bytes=found.f_bavail * found.f_frsize,
        total_bytes=found.f_blocks * found.f_frsize,
        # Some file systems (btrfs) make room for names as they go, and say 0 of 0.
        free_files=found.f_favail if found.f_files else None,
    )
