"""The box's service, as an update needs it: restarted, stopped, and the system's files of the release that runs."""

import logging
import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from appliance.errors import Unavailable
from appliance.firmware.plan import PROGRAMS
from appliance.update.layout import Layout

log = logging.getLogger(__name__)

UNIT = "pika-box.service"
TRIAL_UNIT = "pika-box-update-trial.service"
_SYSTEMD_RUNS = Path("/run/systemd/system")
_WITHIN_S = 120


class Service(Protocol):
    """Whoever starts the box's program from `current`."""

    def restart(self) -> None:
        """Starts what `current` leads to now. Raises: Unavailable."""

    def stop(self) -> None:
        """Ends it until the next restart. Raises: Unavailable."""

    def refresh(self) -> None:
        """Puts the operating system's files in place as the release at `current` wants them; a failure is logged."""

    def hand_over(self) -> bool:
        """Lets somebody watch the new release who outlives this command; False when there is nobody."""


class SystemdService:
    """The box's units."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def restart(self) -> None:
        """See Service."""
        # A release that failed often enough would not be started again.
        _call("systemctl", "reset-failed", UNIT, must=False)
        _call("systemctl", "restart", UNIT)

    def stop(self) -> None:
        """See Service."""
        _call("systemctl", "stop", UNIT)

    def refresh(self) -> None:
        """See Service."""
        current = self._layout.current
        command = [str(current / ".venv/bin/python"), "-P", "-m", "appliance", "firmware", "install", "--quiet"]
        command += ["--data", str(self._layout.data), "--checkout", str(PROGRAMS / current.name)]
        if _call(*command, must=False, environment={"PYTHONPATH": str(current)}):
            _call("systemctl", "daemon-reload", must=False)

    def hand_over(self) -> bool:
        """See Service."""
        _call("systemctl", "start", "--no-block", TRIAL_UNIT)
        return True


@dataclass(frozen=True, slots=True)
class CommandService:
    """A command that knows what to do, where systemd doesn't run: called with `restart` or `stop` as its last word."""

    command: str

    def restart(self) -> None:
        """See Service."""
        _call(*shlex.split(self.command), "restart")

    def stop(self) -> None:
        """See Service."""
        _call(*shlex.split(self.command), "stop")

    def refresh(self) -> None:
        """See Service: there are none."""

    def hand_over(self) -> bool:
        """See Service."""
        return False


def found_service(layout: Layout, command: str | None) -> Service:
    """The one of this machine.

    Raises: Unavailable with the code `no_service`.
    """
    if command:
        return CommandService(command)
    if layout.root == Path("/") and _SYSTEMD_RUNS.is_dir():
        return SystemdService(layout)
    raise Unavailable(
        "no_service",
        "systemd does not run here, so the box can't be restarted with the new release.",
        advice="Name a command that can, with --service; it is called with restart or stop.",
    )


def _call(*command: str, must: bool = True, environment: dict[str, str] | None = None) -> bool:
    """Whether it worked. Raises: Unavailable with the code `service_failed` when it must."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | (environment or {})
    try:
        done = subprocess.run(command, env=own, capture_output=True, text=True, check=False, timeout=_WITHIN_S)
        said = "" if done.returncode == 0 else done.stderr.strip()[-400:] or f"status {done.returncode}"
    except (OSError, subprocess.TimeoutExpired) as error:
        said = str(error)
    if not said:
        return True
    if must:
        raise Unavailable("service_failed", f"{shlex.join(command)} did not work: {said}")
    log.warning("%s did not work: %s", shlex.join(command), said)
    return False
