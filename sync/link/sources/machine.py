"""The laptop as sources look at it: where each system keeps a user's things, and which drives there are."""

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sync.link.sources.places import is_folder

#: where Windows notes the folders that a user moved, with variables such as %USERPROFILE%
_USER_FOLDERS = r"Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"
_VARIABLE = re.compile(r"%([^%]+)%")


@dataclass(frozen=True, slots=True)
class Machine:
    """The laptop, as far as sources look at it. Given, so that tests can build any laptop in a folder."""

    #: `linux`, `darwin` or `win32`
    platform: str
    home: Path
    #: environment variables, such as LOCALAPPDATA
    environment: Mapping[str, str]
    #: roots of further drives: `/Volumes/USB`, `E:\\`; looked up each time, because they come and go
    drives: Callable[[], Sequence[Path]]
    #: a value of the Windows registry under HKEY_CURRENT_USER, by key and name; None when it is not there
    registry: Callable[[str, str], str | None]

    def folder(self, variable: str, otherwise: str) -> Path:
        """The folder that an environment variable names, or else one below the home folder."""
        value = self.environment.get(variable)
        return Path(value) if value else self.home / otherwise

    @property
    def documents(self) -> Path:
        """The user's documents; on Windows they may be in OneDrive, on another drive, or have another name."""
        return self._known_folder("Personal") or self.home / "Documents"

    @property
    def music(self) -> Path:
        """The user's music, as `documents`."""
        return self._known_folder("My Music") or self.home / "Music"

    def _known_folder(self, name: str) -> Path | None:
        value = (self.registry(_USER_FOLDERS, name) or "") if self.platform == "win32" else ""
        named = {key.upper(): text for key, text in {"USERPROFILE": str(self.home), **self.environment}.items()}
        path = _VARIABLE.sub(lambda found: named.get(found[1].upper(), found[0]), value)
        # What still has a variable in it leads nowhere.
        return Path(path) if path and not _VARIABLE.search(path) else None


def this_machine() -> Machine:
    """The laptop the program runs on."""
    return Machine(
        platform=sys.platform, home=Path.home(), environment=dict(os.environ), drives=_drives, registry=_registry
    )


def _drives() -> Sequence[Path]:
    if sys.platform == "win32":
        # Not `Path.exists`: a drive that is locked or broken raises there.
        found = [root for letter in "DEFGHIJKLMNOPQRSTUVWXYZ" if is_folder(root := Path(f"{letter}:\\"))]
    elif sys.platform == "darwin":
        found = _folders_below([Path("/Volumes")])
    else:
        # A user's drives are one folder deeper.
        below = _folders_below([Path("/media"), Path("/run/media"), Path("/mnt")])
        found = [*below, *_folders_below(below)]
    return found


def _folders_below(folders: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for folder in folders:
        try:
            found += [path for path in folder.iterdir() if path.is_dir()]
        except OSError:
            continue
    return found


def _registry(key: str, name: str) -> str | None:
    value: object = None
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415 - there is none elsewhere

        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
                value, _ = winreg.QueryValueEx(opened, name)
        except OSError:
            value = None
    return value if isinstance(value, str) else None
