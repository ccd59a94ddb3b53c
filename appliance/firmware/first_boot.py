"""A new box's settings: from the file that somebody put on the boot partition, completed with a name and a password.

The boot partition is the one part of a card that any laptop can write, so what is in that file is read as settings
and nothing else. Only a box without settings is set up.
"""

import os
import secrets
from dataclasses import fields, replace
from pathlib import Path

from appliance import config
from appliance.config import FILE_NAME, Secret, Settings
from appliance.errors import Refused
from appliance.firmware.plan import check_radio
from appliance.venue import Topology

# Read from a poster and typed on a phone: no letter that looks like a digit or another letter.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_PASSWORD_LETTERS = 10


def new_settings(*, data: Path, given: Path) -> Settings:
    """The settings of a new box.

    Without a file the box joins whatever network it is plugged into: to give out addresses on a strange cable would
    break that network for everybody. With a country it may use its radio, and does unless the file says otherwise.

    Raises: BadConfig when the file has a fault; nothing is guessed then.
    """
    # The environment is the unit's own, and none of its variables is a setting.
    settings = config.load(data=data, file=given if given.is_file() else None, environment={})
    if settings.network.topology is Topology.NONE:
        topology = Topology.ACCESS_POINT if settings.wifi.country else Topology.LAN
        settings = replace(settings, network=replace(settings.network, topology=topology))
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
    ssid = f"Pika Box {_word(4).upper()}"
    return replace(settings, wifi=replace(settings.wifi, ssid=ssid, passphrase=Secret(password)))


def _word(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def write_settings(settings: Settings, *, owner: tuple[int, int]) -> Path:
    """Writes what differs from the defaults to the data folder's file, which must not be there yet.

    `owner` are the user and the group whose file it is: the box must be able to read it.

    Raises: Refused with the code `already_set_up`.
    """
    path = settings.data / FILE_NAME
    lines = ["# Written at the first start. Change it freely: the box reads it whenever it starts."]
    for name, kind in config.sections().items():
        section, usual = getattr(settings, name), kind()
        values = {item.name: getattr(section, item.name) for item in fields(kind)}
        lines += _section_lines(name, {key: value for key, value in values.items() if value != getattr(usual, key)})
    settings.data.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fchown(file.fileno(), *owner)
        os.fsync(file.fileno())
    try:
        # Unlike a rename, a link never takes another file's place.
        path.hardlink_to(draft)
    except FileExistsError as error:
        raise Refused("already_set_up", f"{path} is there: this box is set up already.") from error
    finally:
        draft.unlink()
    return path


def _section_lines(name: str, values: dict[str, object]) -> list[str]:
    if not values:
        return []
    return [
        "",
        f"[{name}]",
        *(
            f"{key} = {config.toml_value(value.reveal() if isinstance(value, Secret) else value)}"
            for key, value in values.items()
        ),
    ]
