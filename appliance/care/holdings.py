"""Which entries of the data folder are the box's own: what a reset may remove, and what it leaves alone.

By name, so that a folder that somebody shares with the box loses nothing that the box did not make.
"""

import shutil
from fnmatch import fnmatchcase
from pathlib import Path

#: every name the box gives at the top of its data folder; with a dot before it and an end, a draft or moved aside
OURS = (
    "box.db*",
    "box.before-*",
    "box.toml*",
    "run",
    "log",
    "backup*",
    "damaged*",
    "portal-*",
    "reserve",
    "notices.json*",
    "starts.json*",
    "clock*",
    "tls*",
    "sync*",
    "update*",
    "setup*",
    "reset.*",
    "restore.*",
    "restart.*",
    "before-restore-*",
    "link",
    "music",
)
#: what says who the box is and how it stands in its network, the programs that it hands out, and its music
IDENTITY = ("box.toml", "tls*", "sync*", "update*", "setup*", "link", "music")
#: held by the running process
LOCK = "box.lock"


def is_ours(name: str) -> bool:
    """Whether the box made this entry of its data folder."""
    return any(fnmatchcase(name, pattern) or fnmatchcase(name, f".{pattern}.*") for pattern in OURS)


def is_identity(name: str) -> bool:
    """Whether an entry says who the box is, rather than what happened."""
    return any(fnmatchcase(name, pattern) for pattern in IDENTITY)


def foreign(folder: Path) -> list[str]:
    """The entries of a data folder that the box did not make."""
    return sorted(path.name for path in folder.iterdir() if not is_ours(path.name))


def remove(path: Path) -> list[BaseException]:
    """Removes a file, a link or a whole folder; gives what could not be removed instead of stopping there."""
    problems: list[BaseException] = []
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, onerror=lambda _call, _path, info: problems.append(info[1]))
    else:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            problems.append(error)
    return problems
