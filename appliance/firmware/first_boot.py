"""The box's settings from the file that somebody put on the boot partition: at the first start, and later again.

The boot partition is the one part of a card that any laptop can write, so what is in that file is read as settings
and nothing else. A new box gets a name, a password and a setup code of its own; a box that is set up gets what the
file says and keeps everything else.
"""

import contextlib
import os
import re
import secrets
import tempfile
from dataclasses import fields, replace
from pathlib import Path

from appliance import config, config_text
from appliance.config import FILE_NAME, BoxSection, Settings
from appliance.errors import BadConfig, Refused
from appliance.files import sync_folder
from appliance.firmware.plan import check_radio
from appliance.secret import Secret
from appliance.usecases.people import new_setup_code
from appliance.venue import Topology

# Read from a poster and typed on a phone: no letter that looks like a digit or another letter.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_PASSWORD_LETTERS = 10
_TAKEN = "# Taken from the boot partition: "


def new_settings(*, data: Path, given: Path | None) -> Settings:
    """The settings of a new box.

    Without a file the box joins whatever network it is plugged into: to give out addresses on a strange cable would
    break that network for everybody. With a country it may use its radio, and does unless the file says otherwise.

    Raises: BadConfig when the file has a fault; nothing is guessed then.
    """
    # The environment is the unit's own, and none of its variables is a setting.
    settings = config.load(data=data, file=given, environment={})
    if settings.network.topology is Topology.NONE:
        topology = Topology.ACCESS_POINT if settings.wifi.country else Topology.LAN
        settings = replace(settings, network=replace(settings.network, topology=topology))
    return _completed(_with_own_names(settings))


def changed_settings(*, data: Path, given: Path) -> Settings:
    """The settings of a box that is set up, with what the file says in the place of what they said.

    Raises: BadConfig when the file has a fault, or when the two don't go together.
    """
    own, said = data / FILE_NAME, config.from_file(given)
    # First alone: what is said of a fault is what `config check` says of this file.
    config.load(data=data, file=given, environment={})
    try:
        before = config.load(data=data, file=own, environment={})
    except BadConfig:
        # A box whose own settings are damaged is set up anew from the file, which is what it was put there for.
        return new_settings(data=data, given=given)
    settings = config.load(data=data, file=own, environment={}, options=said)
    says_topology = "topology" in said.get("network", {})
    if settings.wifi.country and not before.wifi.country and not says_topology and not before.network.topology.is_own:
        settings = replace(settings, network=replace(settings.network, topology=Topology.ACCESS_POINT))
    return _completed(settings)


def _with_own_names(settings: Settings) -> Settings:
    """With a name and a setup code that no other box has."""
    box = settings.box
    if box.name == BoxSection().name:
        box = replace(box, name=f"{box.name} {_word(4).upper()}")
    if not box.setup_code.reveal():
        box = replace(box, setup_code=Secret(new_setup_code()))
    return replace(settings, box=box)


def _completed(settings: Settings) -> Settings:
    """With everything that a radio needs.

    Raises: BadConfig.
    """
    if settings.network.topology is Topology.ACCESS_POINT:
        settings = _with_wifi(settings)
        check_radio(settings.wifi)
    return settings


def _with_wifi(settings: Settings) -> Settings:
    """With a network name that no other box has, and a password, unless the file gave a name.

    A name without a password means an open network, chosen by somebody.
    """
    if settings.wifi.ssid:
        return settings
    password = settings.wifi.passphrase.reveal() or _word(_PASSWORD_LETTERS)
    # The name that was made for the box, where there is one: staff then know it by one name.
    own = re.fullmatch(rf"{BoxSection().name} [{_LETTERS.upper()}]{{4}}", settings.box.name)
    ssid = settings.box.name if own else f"{BoxSection().name} {_word(4).upper()}"
    return replace(settings, wifi=replace(settings.wifi, ssid=ssid, passphrase=Secret(password)))


def _word(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def taken(data: Path) -> str:
    """The digest of the file that the settings were last taken from; empty for none."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        for line in (data / FILE_NAME).read_text(encoding="utf-8").splitlines():
            if line.startswith(_TAKEN):
                return line.removeprefix(_TAKEN).strip()
    return ""


def write_settings(settings: Settings, *, owner: tuple[int, int], taken_from: str = "") -> Path:
    """Writes what differs from the defaults to the data folder's file, which must not be there yet.

    `owner` are the user and the group whose file it is: the box must be able to read it. `taken_from` is the digest of
    the file they come from.

    Raises: Refused with the code `already_set_up`; OSError.
    """
    path = settings.data / FILE_NAME
    settings.data.mkdir(parents=True, exist_ok=True)
    draft = _draft(settings, owner=owner, taken_from=taken_from)
    try:
        # Unlike a rename, a link never takes another file's place.
        path.hardlink_to(draft)
    except FileExistsError as error:
        raise Refused("already_set_up", f"{path} is there: this box is set up already.") from error
    finally:
        draft.unlink()
    sync_folder(settings.data)
    return path


def replace_settings(settings: Settings, *, owner: tuple[int, int], taken_from: str) -> Path:
    """The same in the place of the file that is there, in one step. Raises: OSError."""
    path = settings.data / FILE_NAME
    _draft(settings, owner=owner, taken_from=taken_from).replace(path)
    sync_folder(settings.data)
    return path


def _draft(settings: Settings, *, owner: tuple[int, int], taken_from: str) -> Path:
    """On the disk under a name that nobody could know beforehand: the folder is the box's, and this runs as root."""
    lines = ["# Written at the start. Change it freely: the box reads it whenever it starts."]
    if taken_from:
        lines.append(f"{_TAKEN}{taken_from}")
    for name, kind in config.sections().items():
        section, usual = getattr(settings, name), kind()
        values = {item.name: getattr(section, item.name) for item in fields(kind)}
        lines += _section_lines(name, {key: value for key, value in values.items() if value != getattr(usual, key)})
    handle, draft = tempfile.mkstemp(dir=settings.data, prefix=f".{FILE_NAME}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fchown(file.fileno(), *owner)
        os.fsync(file.fileno())
    return Path(draft)


def _section_lines(name: str, values: dict[str, object]) -> list[str]:
    if not values:
        return []
    return [
        "",
        f"[{name}]",
        *(
            f"{key} = {config_text.toml_value(value.reveal() if isinstance(value, Secret) else value)}"
            for key, value in values.items()
        ),
    ]
