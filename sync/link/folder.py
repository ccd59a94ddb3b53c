"""The link's folder on the laptop: where it is, that only its owner looks in, and that one link at a time runs."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from appliance.errors import Refused, Unavailable
from sync.link.typed import typed

ENVIRONMENT = "PIKABOX_LINK_FOLDER"
_NAME = "pikabox-link"
_LOCK = "link.lock"


def chosen(option: Path | None) -> Path:
    """The folder of the option, of the environment, or else the user's own place for a program's data."""
    if option is not None:
        return option.expanduser().absolute()
    named = os.environ.get(ENVIRONMENT)
    return Path(named).absolute() if named else platformdirs.user_data_path(_NAME, appauthor=False, roaming=False)


def prepared(folder: Path) -> Path:
    """Makes the folder, open to its owner only. Raises: Unavailable with the code `link_folder_unwritable`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if sys.platform != "win32":
            folder.chmod(0o700)
    except OSError as error:
        raise Unavailable(
            "link_folder_unwritable",
            f"The folder {folder} can't be used ({error.strerror or error}), so no play could be kept.",
            advice=f"Choose another with --folder or {ENVIRONMENT}.",
        ) from error
    return folder


@contextmanager
def taken(folder: Path) -> Iterator[None]:
    """Holds the folder for this process; the system lets go of it however the process ends.

    Raises: Refused with the code `link_already_running`; Unavailable with the code `link_folder_unwritable`.
    """
    handle = _open(folder)
    try:
        if not _lock(handle):
            raise Refused(
                "link_already_running",
                f"A link is running with the folder {folder} already, and it carries everything.",
                advice=f"Look at it: {typed('status')}. Or choose another folder with --folder.",
            )
        yield
    finally:
        os.close(handle)


def is_taken(folder: Path) -> bool:
    """Whether a link runs with this folder. Raises: Unavailable with the code `link_folder_unwritable`."""
    handle = _open(folder)
    try:
        return not _lock(handle)
    finally:
        os.close(handle)


def _open(folder: Path) -> int:
    try:
        return os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Unavailable(
            "link_folder_unwritable",
            f"{folder / _LOCK} can't be written ({error.strerror or error}), so no link can run there.",
            advice=f"Choose another folder with --folder or {ENVIRONMENT}.",
        ) from error


def _lock(handle: int) -> bool:
    """Whether it was free."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - there is none elsewhere

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - there is none on Windows

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
