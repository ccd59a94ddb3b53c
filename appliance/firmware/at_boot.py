"""What is done with the boot partition at each start, before the box itself: a reset, settings, and an answer.

A fault never stops the box: it is said on the partition and kept for the status page, and everything stays as it was.
"""

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance import config
from appliance.care import reset
from appliance.care.reset import Keep
from appliance.clock import SystemClock
from appliance.config import FILE_NAME, Settings
from appliance.domain.portal import Mode
from appliance.errors import BoxError, Unavailable
from appliance.files import sync_folder
from appliance.firmware import boot_partition, first_boot, install
from appliance.firmware.plan import Plan, make_plan
from appliance.firmware.render import render
from appliance.notices import FILE_NAME as NOTICES_FILE
from appliance.notices import Notices

_REFUSED = "boot_settings_refused"
_EVERYTHING = {"nothing", "everything"}


@dataclass(frozen=True, slots=True)
class Machine:
    """Where this happens."""

    #: the box's folder
    data: Path
    #: the settings file on the boot partition; it need not be there
    given: Path
    #: the system to work on
    root: Path
    #: where the program is on the box
    checkout: Path
    #: user and group of the box's files. Raises: Unavailable
    owner: Callable[[], tuple[int, int]]
    #: what the portal does. Raises: BadConfig
    mode: Callable[[Path], Mode]


def see_to(machine: Machine) -> Plan | None:
    """Does it all; the plan when anything changed.

    Raises: BoxError, after it was said.
    """
    folder = machine.given.parent
    try:
        _stage_reset(machine)
        found = _take(machine)
        settings = config.load(data=machine.data, environment={})
    except BoxError as error:
        boot_partition.say(folder, _fault_words(machine, error))
        words = f"The settings on the card were not taken, and the box goes on as it was. {error}"
        _notices(machine, lambda notices: notices.add(_REFUSED, words))
        raise
    except OSError as error:
        # Such as a card that is full or worn out.
        fault = Unavailable(
            "boot_settings_failed",
            f"{error.filename or machine.data} can't be used ({error.strerror}), so nothing was changed.",
            advice="Start the box again; when that does not help, use another card.",
        )
        boot_partition.say(folder, _fault_words(machine, fault))
        raise fault from error
    _notices(machine, lambda notices: notices.dismiss(_REFUSED))
    boot_partition.say(folder, boot_partition.words(settings))
    return found


def _take(machine: Machine) -> Plan | None:
    given, data = boot_partition.settings_file(machine.given), machine.data
    is_new, digest = not (data / FILE_NAME).exists(), boot_partition.digest(given)
    if is_new:
        settings = first_boot.new_settings(data=data, given=given)
    elif given is None or digest == first_boot.taken(data):
        return None
    else:
        settings = first_boot.changed_settings(data=data, given=given)
    owner = machine.owner()
    plan = make_plan(settings, checkout=machine.checkout, mode=machine.mode(data))
    # The files first: a pulled plug between the two leaves everything to be done again at the next start.
    install.install(render(plan), root=machine.root)
    write = first_boot.write_settings if is_new else first_boot.replace_settings
    write(settings, owner=owner, taken_from=digest)
    return plan


def _stage_reset(machine: Machine) -> None:
    """An empty file keeps the box's name, settings and certificates; the word "everything" in it keeps nothing.

    Raises: OSError; Unavailable with the code `user_missing` or `reset_failed`.
    """
    wish = boot_partition.reset_file(machine.given.parent)
    if wish is None:
        return
    words = wish.read_bytes()[:40].decode("ascii", "replace").strip().lower()
    if machine.data.is_dir():
        keep = Keep.NOTHING if words in _EVERYTHING else Keep.IDENTITY
        reset.stage(Settings(data=machine.data), keep=keep, owner=machine.owner())
    # Only now, durably: else the box would be reset at each start, or never.
    wish.unlink()
    sync_folder(wish.parent)


def _notices(machine: Machine, act: Callable[[Notices], None]) -> None:
    """Changes what the status page shows. The file stays the box's own."""
    path = machine.data / NOTICES_FILE
    with contextlib.suppress(OSError, Unavailable):
        owner = machine.owner()
        machine.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        act(Notices(path, clock=SystemClock()))
        if path.exists():
            os.chown(path, *owner, follow_symlinks=False)


def _fault_words(machine: Machine, error: BoxError) -> str:
    if not (machine.data / FILE_NAME).exists():
        return f"This box was not set up.\n{error}\n"
    try:
        settings = config.load(data=machine.data, environment={})
    except BoxError:
        return f"The settings of this box can't be used.\n{error}\n"
    return f"The box goes on with the settings it had.\n{error}\n\n{boot_partition.words(settings)}"
