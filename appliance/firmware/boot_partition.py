"""The card's boot partition: the one place that staff with a laptop can write to and read from.

Owns which file there holds settings, what the box answers beside it, and how the setup code gets into that answer.
The partition is FAT: names have no case, files have no owner, and whoever holds the card may have saved anything.
"""

import contextlib
import hashlib
import os
import re
import sys
from pathlib import Path

from appliance.config import Settings
from appliance.errors import BadConfig
from appliance.files import replace_file, sync_folder
from appliance.venue import Topology

SAYS = "pika-box-says.txt"
RESET = "pika-box-reset"
#: in the data folder: the setup code that works once the one in the settings was used
CODE_FILE = "setup-code"

# Windows and macOS hide the end of a name, and their editors add one.
_HIDDEN_END = ".txt"
_TEXT_ENDS = (".toml", ".txt", ".rtf", ".doc", ".docx", ".odt", ".pages")
_CODE = re.compile(r"[0-9A-Z]{5}-[0-9A-Z]{5}")


def settings_file(given: Path) -> Path | None:
    """The file meant by `given`, however its name came out; None when there is none.

    Raises: BadConfig for two of them, and for a name so near that somebody waits for it to be read.
    """
    wanted = given.name.lower()
    there = _files(given.parent)
    found = [path for path in there if path.name.lower() in {wanted, wanted + _HIDDEN_END}]
    if len(found) > 1:
        raise BadConfig(
            "settings_file_twice",
            f"There are {' and '.join(path.name for path in found)}, so it is not known which one counts.",
            advice=f"Leave one of them, named {given.name}.",
        )
    near = [path for path in there if path not in found and _is_near(path.name, wanted)]
    if near and not found:
        raise BadConfig(
            "settings_file_name",
            f"{near[0].name} is not read: settings are in a plain text file named {given.name}.",
            advice="Rename it; if it comes from a word processor, save it as plain text first.",
        )
    return found[0] if found else None


def _files(folder: Path) -> list[Path]:
    """Without hidden ones, of which macOS leaves one beside each."""
    with contextlib.suppress(OSError):
        return sorted(path for path in folder.iterdir() if not path.name.startswith(".") and path.is_file())
    return []


def _is_near(name: str, wanted: str) -> bool:
    def letters(text: str) -> str:
        return "".join(char for char in text.lower() if char.isalnum())

    own = (SAYS, RESET, RESET + _HIDDEN_END)
    stem = letters(wanted.removesuffix(".toml"))
    return name.lower().endswith(_TEXT_ENDS) and letters(name).startswith(stem) and name.lower() not in own


def digest(path: Path | None) -> str:
    """By which a file is known again. Raises: OSError."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path else ""


def reset_file(folder: Path) -> Path | None:
    """The file that asks for a factory reset."""
    return next((path for path in _files(folder) if path.name.lower() in {RESET, RESET + _HIDDEN_END}), None)


def leave_code(settings: Settings, *, code: str) -> None:
    """Keeps the setup code that took the place of the one in the settings, for whoever reads the card."""
    path = settings.data / CODE_FILE
    given = settings.box.setup_code.reveal()
    # A full disk must not stop the start: the terminal says the code too.
    with contextlib.suppress(OSError):
        if given and code != given:
            replace_file(path, f"{code}\n".encode())
        else:
            path.unlink(missing_ok=True)


def code_now(settings: Settings) -> str:
    """The setup code that works, as far as files tell; empty for none."""
    # The folder is the box's own and this may run as root: a link to somewhere else is not followed.
    with contextlib.suppress(OSError):
        handle = os.open(settings.data / CODE_FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            found = _CODE.fullmatch(file.read(40).decode("ascii", "replace").strip())
        if found:
            return found[0]
    return settings.box.setup_code.reveal()


def words(settings: Settings) -> str:
    """For whoever holds the card, who has no other way to learn what was made up."""
    lines = [
        "This box is set up. From now on its settings are in box.toml in its data folder.",
        f"Name: {settings.box.name}",
    ]
    if settings.network.topology is Topology.ACCESS_POINT:
        password = settings.wifi.passphrase.reveal()
        lines += [f"Wi-Fi: {settings.wifi.ssid}", f"Password: {password}" if password else "It is open to everybody."]
    name = settings.network.portal_name
    lines.append(f"Staff page: http://{name}/staff" if name else "Staff page: /staff at the address the venue gave it")
    code = code_now(settings)
    if code:
        lines.append(f"Setup code: {code} (works once, on the staff page; after the next start there is another)")
    lines += ["", "To change something: put a file pika-box.toml here with just that, and start the box again."]
    return "\n".join(lines) + "\n"


def say(folder: Path, text: str) -> None:
    """Leaves words beside the settings file. A partition that can't be written is told where this runs."""
    path, draft = folder / SAYS, folder / f".{SAYS}.new"
    try:
        if not folder.is_dir() or (path.exists() and path.read_bytes() == text.encode()):
            return
        # Without changing permissions afterwards, which FAT refuses.
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_folder(folder)
    except OSError as error:
        print(f"box: {path} can't be written ({error.strerror}).", file=sys.stderr)
