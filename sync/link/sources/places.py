"""Whether something is there and may be read. Never raises, not even where a folder may not be looked into."""

import os
import os.path
import stat
from collections.abc import Iterable
from pathlib import Path

from sync.link.sources.source import Tried

_DENIED = "It may not be read by this user: allow it in the system's settings (on a Mac: Privacy & Security, Files)."


def is_file(path: Path) -> bool:
    """Whether there is a file."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Whether there is a folder."""
    return os.path.isdir(path)  # noqa: PTH112


def is_denied(path: Path) -> bool:
    """Whether the system keeps this user from a place that is or may be there."""
    try:
        mode = path.stat().st_mode
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    wanted = os.R_OK | (os.X_OK if stat.S_ISDIR(mode) else 0)
    return not os.access(path, wanted, effective_ids=os.access in os.supports_effective_ids)


def tried(path: Path, found: str, *, folder: bool = False) -> Tried:
    """A place that was looked at, and how it is there; `found` are the words for when it is."""
    if is_denied(path):
        return Tried(str(path), False, _DENIED)
    here = is_folder(path) if folder else is_file(path)
    return Tried(str(path), here, found if here else f"There is no such {'folder' if folder else 'file'}.")


def denied_words(program: str, paths: Iterable[Path]) -> str:
    """One line for the DJ when one of these may not be read; empty when that is not what is wrong."""
    place = next((path for path in paths if is_denied(path)), None)
    return f"{program} can't be seen: {place} may not be read by this user." if place else ""
