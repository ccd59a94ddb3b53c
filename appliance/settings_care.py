"""A settings file that can't be used must not keep an unattended box from starting.

The file is set aside for a person to mend, the last one that a box started with takes its place, else the defaults;
staff are told what is wrong with it, and where. Must not judge settings: that is `config`'s business.
"""

import logging
import os
import shutil
from pathlib import Path

from appliance import config
from appliance.clock import SystemClock
from appliance.config import FILE_NAME, Settings
from appliance.errors import BadConfig
from appliance.files import put_file, replace_file
from appliance.notices import FILE_NAME as NOTICES_FILE
from appliance.notices import Notices

log = logging.getLogger(__name__)

#: beside the settings: the ones that a box started with last, and the ones that it could not use
GOOD_NAME, WRONG_NAME = f"{FILE_NAME}.good", f"{FILE_NAME}.wrong"
NOTICE = "settings_set_aside"
_EMPTY = (
    "# The settings file could not be used, so the box runs with its defaults. What was wrong is on the staff page.\n"
)
_LARGEST = 1_000_000


def replace_unusable(data: Path | None) -> None:
    """Puts a good settings file in the place of one that can't be used, in the folder `data`.

    Whatever else is wrong, such as in the environment, is left for who loads the settings to say.

    Raises: BadConfig when the folder takes no change.
    """
    folder = data or Path(os.environ.get(config.ENV_DATA, "data"))
    file = folder / FILE_NAME
    fault = _fault(folder, file)
    if fault:
        Notices(folder / NOTICES_FILE, clock=SystemClock()).add(NOTICE, _replace(file, fault=fault))


def keep_good(settings: Settings) -> None:
    """Remembers the settings file that the box has just started with. Raises nothing."""
    file = settings.data / FILE_NAME
    try:
        content = file.read_bytes()
        if content.strip() and not _fault(settings.data, file):
            put_file(file.with_name(GOOD_NAME), content)
    except FileNotFoundError:
        return
    except OSError as error:
        log.warning("The settings can't be remembered as good: %s", error)


def _fault(folder: Path, file: Path) -> str:
    """What is wrong with a settings file, in words; empty when it can be used, or is not there."""
    good = file.with_name(GOOD_NAME)
    try:
        size = file.stat().st_size
    except FileNotFoundError:
        return f"{file} points to nothing." if file.is_symlink() else ""
    except OSError as error:
        return f"{file} can't be read: {error.strerror}."
    if not file.is_file():
        return f"{file} is no file."
    if size > _LARGEST:
        return f"{file} has {size} bytes; that is no settings file."
    if size == 0 and good.is_file():
        # Nobody says anything with it, and it is what a pulled plug makes of a file that is being saved.
        return f"{file} is empty."
    try:
        # What the environment says is not the file's fault.
        config.load(data=folder, file=file, environment={})
    except BadConfig as error:
        return str(error)
    return ""


def _replace(file: Path, *, fault: str) -> str:
    """Sets the file aside and puts a good one in its place; what was done, in words.

    Raises: BadConfig when the folder takes no change.
    """
    wrong, good = file.with_name(WRONG_NAME), file.with_name(GOOD_NAME)
    try:
        if wrong.is_dir() and not wrong.is_symlink():
            shutil.rmtree(wrong)
        wrong.unlink(missing_ok=True)
        try:
            # A link first: wherever the plug is pulled, there are settings, and with them the sign of a box set up.
            wrong.hardlink_to(file)
        except OSError:
            file.rename(wrong)
        has_good = good.is_file() and not _fault(file.parent, good)
        replace_file(file, good.read_bytes() if has_good else _EMPTY.encode())
    except OSError as error:
        raise BadConfig("config_unreadable", f"{fault} And it can't be set aside: {error.strerror}.") from error
    now = "with the last settings that worked" if has_good else "with its defaults"
    return f"{fault} The box runs {now}. Mend {wrong}, name it {file.name}, and restart the box."
