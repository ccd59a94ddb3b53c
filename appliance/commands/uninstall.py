"""`uninstall`: takes the box off a Debian system. What it kept stays, unless told otherwise; Debian's packages stay."""

import argparse
import shutil
from pathlib import Path

from appliance.errors import Unavailable
from appliance.firmware import install, program
from appliance.firmware.plan import DATA, USER
from appliance.firmware.system import System


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./box uninstall", description="Take the box off a system.")
    parser.add_argument("--root", type=Path, default=Path("/"), help="a folder with a Debian system (default /)")
    parser.add_argument("--purge", action="store_true", help="also everything it kept: evenings, settings, backups")
    parser.add_argument("--force", action="store_true", help="also files of the box that somebody changed")
    given = parser.parse_args(arguments)
    system = System(given.root)
    advice = "Mend that and run this again: it goes on."
    target = system.below(Path("/etc/systemd/system/pika-box.target"))
    if target.exists():
        if system.runs:
            system.run("systemctl", "stop", "pika-box.target", "pika-box-*", failing="stop_failed", advice=advice)
        system.run("systemctl", "disable", "pika-box.target", failing="stop_failed", advice=advice)
        print("It no longer starts with the machine.")
    removed = install.uninstall(root=system.root, force=given.force)
    print(f"{len(removed)} of the system's files were removed.")
    program.remove(system)
    if system.runs:
        system.run("systemctl", "daemon-reload", failing="stop_failed", advice=advice)
        # Those that had failed would be listed until the next start.
        system.works("systemctl", "reset-failed", "pika-box*")
    if given.purge:
        _purge(system, advice=advice)
        print("Everything that it kept was removed.")
    elif system.below(DATA).exists():
        print(f"What it kept is still in {DATA}; --purge removes that too.")
    return 0


def _purge(system: System, *, advice: str) -> None:
    try:
        if system.below(DATA).exists():
            shutil.rmtree(system.below(DATA))
    except OSError as error:
        raise Unavailable("purge_failed", f"{DATA} can't be removed ({error.strerror}).", advice=advice) from error
    if system.works("id", USER):
        system.run("userdel", USER, failing="purge_failed", advice=advice)
