"""How a whole song gets its place among the music: under a name that nobody had, also over a pulled plug."""

import filecmp
import os
import shutil
from pathlib import Path

from appliance.domain.uploads import numbered
from appliance.errors import Unavailable

_NAMES_MOST = 1000


def place(part: Path, folder: Path, name: str) -> str:
    """Gives a file a name in a folder, and says which; it may still have its old one, which is for the caller to end.

    Done again after a pulled plug, it finds the name that it gave. Raises: OSError; Unavailable with the code
    `uploads_failed` when every number is taken.
    """
    for number in range(1, _NAMES_MOST):
        chosen = numbered(name, number)
        try:
            # Fails where the name is taken; a file system without hard links is asked first.
            os.link(part, folder / chosen)
        except FileExistsError:
            if not _is_same(folder / chosen, part):
                continue
        except OSError:
            if (folder / chosen).exists():
                continue
            shutil.move(part, folder / chosen)
        return chosen
    raise Unavailable("uploads_failed", f"There are too many songs called {name}.", advice="Rename the file.")


def found_again(part: Path, folder: Path, name: str) -> str | None:
    """The name under which a folder has these very bytes already, of those that `place` would try. Raises: OSError."""
    for number in range(1, _NAMES_MOST):
        chosen = folder / numbered(name, number)
        if not chosen.is_file():
            return None
        if chosen.stat().st_size == part.stat().st_size and filecmp.cmp(part, chosen, shallow=False):
            return chosen.name
    return None


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
