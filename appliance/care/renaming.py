"""The box's name, changed in its settings file. The name counts from the next start: until then a marker waits for it.

Only that one line of the file changes: what somebody wrote beside it stays.
"""

import re
import tomllib
from pathlib import Path

from appliance import config, config_text
from appliance.config import FILE_NAME, Settings
from appliance.domain import rules
from appliance.errors import BadConfig, Invalid, Refused, Unavailable
from appliance.files import give_to_owner, replace_file

MARKER = "restart.wanted"
NAME_MAX = 60
_SECTION = re.compile(r"^\s*\[\s*box\s*\]\s*(#.*)?$")
_ANY_SECTION = re.compile(r"^\s*\[")
_NAME = re.compile(r"^(\s*)name\s*=")
_NEW = "# Written by the box. Change it freely: the box reads it whenever it starts.\n"


def checked(name: str) -> str:
    """A name as the settings take it. Raises: Invalid with the code `name_empty`, `name_too_long` or `name_invalid`."""
    cleaned = rules.required_text(name, field="name", longest=NAME_MAX)
    if not cleaned.isprintable():
        raise Invalid("name_invalid", "The name has characters that can't be printed.", advice="Type it anew.")
    return cleaned


def rename(settings: Settings, name: str) -> None:
    """Writes another name into the settings file. The same again changes nothing.

    Raises: Invalid as `checked`; Refused with the code `box_name_fixed` when it is said elsewhere, or in a way that
    only a person can change; Unavailable with the code `settings_unwritable`.
    """
    wanted, path = checked(name), settings.data / FILE_NAME
    if wanted == waiting_name(settings):
        return
    try:
        before = path.read_text(encoding="utf-8-sig") if path.exists() else _NEW
        if _name_in(settings) != settings.box.name and not is_waiting(settings.data):
            raise _fixed()
        after = _with_name(before, wanted)
        if tomllib.loads(after).get("box", {}).get("name") != wanted:
            raise _fixed()
        replace_file(path, after.encode())
        give_to_owner(path, settings.data)
        replace_file(settings.data / MARKER, b"")
        give_to_owner(settings.data / MARKER, settings.data)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, BadConfig) as error:
        raise _fixed() from error
    except OSError as error:
        raise Unavailable("settings_unwritable", f"The settings can't be written: {error}.") from error


def _fixed() -> Refused:
    return Refused(
        "box_name_fixed",
        "The box's name is set elsewhere, so it can't be changed here.",
        advice=f"Change it in {FILE_NAME}, or where the box is started.",
    )


def _name_in(settings: Settings) -> str:
    """The name as the file alone says it. Raises: BadConfig."""
    return config.load(data=settings.data, file=_file(settings), environment={}).box.name


def _file(settings: Settings) -> Path | None:
    path = settings.data / FILE_NAME
    return path if path.is_file() else None


def waiting_name(settings: Settings) -> str:
    """The name that the box has after its next start."""
    try:
        return _name_in(settings) if is_waiting(settings.data) else settings.box.name
    except BadConfig:
        return settings.box.name


def _with_name(text: str, name: str) -> str:
    line = f"name = {config_text.toml_value(name)}"
    lines = text.splitlines()
    start = next((number for number, one in enumerate(lines) if _SECTION.match(one)), None)
    if start is None:
        return "\n".join([*lines, "", "[box]", line]) + "\n"
    for number in range(start + 1, len(lines)):
        if _ANY_SECTION.match(lines[number]):
            break
        if _NAME.match(lines[number]):
            return "\n".join([*lines[:number], line, *lines[number + 1 :]]) + "\n"
    return "\n".join([*lines[: start + 1], line, *lines[start + 1 :]]) + "\n"


def is_waiting(data: Path) -> bool:
    """Whether a name waits for the next start."""
    return (data / MARKER).exists()


def begin(data: Path) -> None:
    """This is the start that the name waited for. Raises: OSError."""
    (data / MARKER).unlink(missing_ok=True)
