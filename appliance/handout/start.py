"""How the one-file link starts: puts its packages beside each other in the user's cache, once, and goes on from there.

Runs from inside the file, before any package is there, so it uses the standard library alone.
"""

import contextlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
import time
import zipfile
from pathlib import Path

#: in the file: for each Python, such as "3.12", which wheels it needs
WHEELS_FILE, WHEELS = "wheels.json", "wheels/"
#: in the file: the link itself
PROGRAM = "program/"
#: in the file: what tells this content from any other
MARK_FILE = "mark"
_CACHE = "PIKABOX_LINK_CACHE"
#: in a place: touched at every start
_USED = ".used"
#: what no start has used for so long goes, seconds: a DJ who plays once a month finds the program as it was
_OLD_S = 60 * 86400
#: a place, or the draft of one; whatever else is in the folder is not ours
_IS_OURS = re.compile(r"\.?[0-9a-f]{20}-3\.[0-9]+(\.[A-Za-z0-9_]+)?")


def _cache() -> Path:
    """Where the user's programs keep what can be made again."""
    named = os.environ.get(_CACHE)
    if named:
        return Path(named)
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "pikabox-link" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "pikabox-link"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "pikabox-link"


def _unpack(packed: zipfile.ZipFile, wheels: list[str], folder: Path) -> None:
    for name in packed.namelist():
        if name.startswith(PROGRAM) and not name.endswith("/"):
            target = folder / name[len(PROGRAM) :]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(packed.read(name))
    for name in wheels:
        with zipfile.ZipFile(io.BytesIO(packed.read(WHEELS + name))) as wheel:
            wheel.extractall(folder)


def _placed(packed: zipfile.ZipFile, wheels: list[str], place: Path) -> Path:
    """The folder with everything; made as a whole, so that a start that is cut off leaves nothing half."""
    if place.is_dir():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    try:
        _unpack(packed, wheels, draft)
        if hasattr(os, "sync"):
            os.sync()
        # Another start may have been faster.
        with contextlib.suppress(OSError):
            draft.rename(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    if not place.is_dir():
        raise OSError(f"{place} can't be made")
    return place


def _tidy(cache: Path, *, used: Path) -> None:
    """Notes that a place is used, and takes away the others, and drafts, that nobody has used for long."""
    with contextlib.suppress(OSError):
        (used / _USED).touch()
        for other in cache.iterdir():
            mark = other / _USED
            last_s = (mark if mark.exists() else other).stat().st_mtime
            if _IS_OURS.fullmatch(other.name) and other != used and time.time() - last_s > _OLD_S:
                shutil.rmtree(other, ignore_errors=True)


def prepare(file: Path) -> str:
    """Makes the packages of this file importable; what is wrong, in words, empty when nothing is."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    with zipfile.ZipFile(file) as packed:
        wheels = json.loads(packed.read(WHEELS_FILE))
        if version not in wheels:
            known = ", ".join(wheels)
            return f"This file is for Python {known}, and this is {version}. Start it with one of those."
        mark = packed.read(MARK_FILE).decode("ascii")
        try:
            place = _placed(packed, wheels[version], _cache() / f"{mark}-{version}")
            _tidy(_cache(), used=place)
        except OSError as error:
            return f"There is no room for the program in {_cache()} ({error}). Set {_CACHE} to a folder that has."
    sys.path.insert(0, str(place))
    return ""
