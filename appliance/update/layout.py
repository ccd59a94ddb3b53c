"""Where releases live, and which one runs. A release is complete or it is not there under its name.

    /opt/pika-box/releases/<version>/   the program with its own .venv
    /opt/pika-box/current               -> releases/<version>: what the box's service runs from
    /opt/pika-box/confirmed             -> the last one that showed itself healthy: what judges a new one runs from

The second link is why a release that can't even be imported is taken back: the judge is never the accused.
"""

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.files import point_link, sync_folder
from appliance.firmware.plan import KEYS, PROGRAMS

VERSION = r"\d{1,4}(\.\d{1,6}){1,3}"
_PARTIAL = ".partial"


def version_key(version: str) -> tuple[int, ...]:
    """For comparing versions: 0.10 is newer than 0.9, and 1.0.0 is no other than 1.0."""
    numbers = [int(one) for one in version.split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of one box, below a root."""

    #: `/` on a box
    root: Path
    #: the box's data folder
    data: Path

    @property
    def program(self) -> Path:
        """Everything of the program."""
        return self.root / PROGRAMS.relative_to("/")

    @property
    def releases(self) -> Path:
        """A folder for each release."""
        return self.program / "releases"

    @property
    def current(self) -> Path:
        """The link that the box's service follows."""
        return self.program / "current"

    @property
    def confirmed(self) -> Path:
        """The link that the judge of a new release follows."""
        return self.program / "confirmed"

    @property
    def keys(self) -> Path:
        """Whose releases this box takes."""
        return self.root / KEYS.relative_to("/")

    @property
    def database_copy(self) -> Path:
        """The database as it was before the last update."""
        return self.data / "box.before-update.db"

    @property
    def database_aside(self) -> Path:
        """What a newer version wrote and the older one can't read."""
        return self.data / "box.before-return.db"

    def release(self, version: str) -> Path:
        """The folder of a version."""
        return self.releases / version

    def draft(self, version: str) -> Path:
        """Where a version is put together."""
        return self.releases / f"{version}{_PARTIAL}"

    def is_complete(self, version: str) -> bool:
        """Whether a version can be started."""
        return re.fullmatch(VERSION, version) is not None and (self.release(version) / ".venv/bin/python").exists()

    def complete(self) -> list[str]:
        """Every version that can be started, oldest first."""
        if not self.releases.is_dir():
            return []
        return sorted((one.name for one in self.releases.iterdir() if self.is_complete(one.name)), key=version_key)

    def version_at(self, link: Path) -> str | None:
        """The version that a link leads to; None when it leads to none that can be started."""
        try:
            folder, _, version = str(link.readlink()).rpartition("/")
        except OSError:
            return None
        is_ours = folder in {self.releases.name, str(self.releases), str(PROGRAMS / self.releases.name)}
        return version if is_ours and self.is_complete(version) else None

    def point(self, link: Path, version: str) -> None:
        """Makes a link lead to a version, at once and for good. Raises: OSError."""
        point_link(link, f"{self.releases.name}/{version}")

    def keep_only(self, versions: set[str]) -> None:
        """Removes other releases and what was left half done. Raises: OSError."""
        for folder in list(self.releases.iterdir()):
            if folder.name not in versions:
                self.remove(folder)

    def remove(self, folder: Path) -> None:
        """Removes a release; one that is half removed no longer has its name. Raises: OSError."""
        if not folder.name.endswith(_PARTIAL):
            away = folder.with_name(f"{folder.name}.gone{_PARTIAL}")
            if away.exists():
                shutil.rmtree(away)
            folder.replace(away)
            sync_folder(self.releases)
            folder = away
        shutil.rmtree(folder)


@contextlib.contextmanager
def acting_as_owner_of(folder: Path) -> Iterator[None]:
    """Files made in the data folder are the box's user's, and root follows no trail that this user may have laid."""
    owner = folder.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        yield
        return
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
