"""One look through a folder of music: names, sizes and times; no file is opened."""

import os
import stat
from collections.abc import Callable, Iterator

from appliance.domain.analysis import FaultCode
from appliance.domain.looking import Found, Walked
from appliance.domain.uploads import ENDINGS

#: files in one place; a box is no archive, and what it knows of each is in memory during a look
FILES_MOST = 50_000
_DEEPEST = 64
# What shops protect is found as well, so that its owner is told why it can't be played.
_MORE = frozenset({b"aa", b"aax", b"dff", b"dsf", b"m4p", b"ra", b"snd"})
#: endings of music; what is in the file is found out by listening
_ENDINGS = _MORE | {ending.encode() for ending in ENDINGS}
#: what systems keep on sticks for themselves
_SYSTEM = frozenset({b"system volume information", b"$recycle.bin", b"lost+found", b"__macosx", b"found.000"})

ShouldStop = Callable[[], bool]


def walk(root: bytes, *, should_stop: ShouldStop) -> Walked:
    """What is in a folder and below it, in the order of names. Links are not followed.

    Raises: OSError when the folder itself can't be read.
    """
    found: list[Found] = []
    troubles: list[tuple[bytes, FaultCode]] = []
    waiting = [(root, 0)]
    while waiting and not should_stop():
        folder, depth = waiting.pop()
        try:
            entries = _entries(folder)
        except OSError as error:
            if folder == root:
                raise
            troubles.append((folder, _folder_fault(error)))
            continue
        inner = []
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                inner.append((entry.path, depth + 1))
            elif len(found) >= FILES_MOST:
                return Walked(found, troubles, is_cut=True)
            else:
                _note(entry, root, found, troubles)
        waiting += [one for one in reversed(inner) if one[1] <= _DEEPEST]
    return Walked(found, troubles)


def _entries(folder: bytes) -> list[os.DirEntry[bytes]]:
    with os.scandir(folder) as entries:
        return sorted(filter(_is_meant, entries), key=lambda entry: entry.name)


def _is_meant(entry: "os.DirEntry[bytes]") -> bool:
    """Whether people put it there. Names with a dot are systems' own, and so are what copying leaves on sticks."""
    return not entry.name.startswith(b".") and entry.name.lower() not in _SYSTEM


def _is_music(name: bytes) -> bool:
    return name.rpartition(b".")[2].lower() in _ENDINGS


def _note(
    entry: "os.DirEntry[bytes]", root: bytes, found: list[Found], troubles: list[tuple[bytes, FaultCode]]
) -> None:
    if entry.is_symlink():
        if _leads_out(entry, root):
            troubles.append((entry.path, FaultCode.OUTSIDE))
        return
    if not _is_music(entry.name):
        return
    try:
        facts = entry.stat(follow_symlinks=False)
    except OSError as error:
        if not isinstance(error, FileNotFoundError):
            troubles.append((entry.path, FaultCode.UNREADABLE))
        return
    if stat.S_ISREG(facts.st_mode):
        found.append(Found(entry.path, facts.st_size, facts.st_mtime_ns))
    else:
        troubles.append((entry.path, FaultCode.NOT_A_FILE))


def _leads_out(entry: "os.DirEntry[bytes]", root: bytes) -> bool:
    """Whether a link leads to music elsewhere; what it leads to within the place is found there."""
    try:
        is_wanted = entry.is_dir() or (_is_music(entry.name) and entry.is_file())
    except OSError:
        return False  # to itself, or to nothing
    inside = os.path.realpath(root) + b"/"
    return is_wanted and not (os.path.realpath(entry.path) + b"/").startswith(inside)


def _folder_fault(error: OSError) -> FaultCode:
    return FaultCode.FOLDER_FORBIDDEN if isinstance(error, PermissionError) else FaultCode.FOLDER_UNREADABLE


def look_at(path: bytes) -> Found | None:
    """A file as it is now; None when it is not there any more, or is no file."""
    try:
        facts = os.lstat(path)
    except OSError:
        return None
    return Found(path, facts.st_size, facts.st_mtime_ns) if stat.S_ISREG(facts.st_mode) else None


def pieces(path: bytes) -> Iterator[bytes]:
    """A file's content in pieces of a megabyte. Raises: OSError."""
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - paths need not be text
        while piece := file.read(1 << 20):
            yield piece
