"""The folder with the one-file links that the box hands out to DJs' laptops over its own network.

Only files with the very name that `file_name` gives exist here; whatever else lies in the folder is nobody's business.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

#: for whom there is a file, and what people call it
SYSTEMS: Mapping[str, str] = {
    "windows-x86_64": "Windows",
    "macos-arm64": "Mac (Apple chip)",
    "macos-x86_64": "Mac (Intel)",
    "linux-x86_64": "Linux (PC)",
    "linux-aarch64": "Linux (ARM)",
}
FOLDER = "link"
_FILE = re.compile(rf"pikabox-link-(?P<version>[0-9][0-9A-Za-z.]{{0,30}})-(?P<system>{'|'.join(SYSTEMS)})\.pyz")
_MOST = 20


def file_name(version: str, system: str) -> str:
    """What a file is called."""
    return f"pikabox-link-{version}-{system}.pyz"


@dataclass(frozen=True, slots=True)
class OnShelf:
    """One file that is there."""

    path: Path
    version: str
    #: as people call it
    system: str
    bytes: int
    #: SHA-256, 64 hexadecimal digits
    sha256: str


@dataclass(slots=True)
class Shelf:
    """The files of one folder. What was once read of a file is remembered until the file changes."""

    folder: Path
    _digests: dict[tuple[str, int, int], str] = field(default_factory=dict)

    def files(self) -> Sequence[OnShelf]:
        """What is there, in the order of `SYSTEMS`. Reads the disk; none when the folder can't be read."""
        found = [one for path in self._paths() if (one := self._look(path)) is not None]
        order = list(SYSTEMS.values())
        return sorted(found, key=lambda one: (order.index(one.system), one.version))

    def file(self, name: str) -> OnShelf | None:
        """The file of that name; None when there is none, whatever else the name may lead to."""
        return next((one for one in self.files() if one.path.name == name), None)

    def _paths(self) -> list[Path]:
        try:
            found = [path for path in self.folder.iterdir() if _FILE.fullmatch(path.name)]
        except OSError:
            return []
        return sorted(found)[:_MOST]

    def _look(self, path: Path) -> OnShelf | None:
        named = _FILE.fullmatch(path.name)
        if named is None or path.is_symlink() or not path.is_file():
            return None
        try:
            stat = path.stat()
            key = (path.name, stat.st_size, stat.st_mtime_ns)
            if key not in self._digests:
                with path.open("rb") as file:
                    self._digests[key] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return None
        return OnShelf(path, named["version"], SYSTEMS[named["system"]], stat.st_size, self._digests[key])
