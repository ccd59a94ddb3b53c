"""`install`: makes a Debian system a box, in one command: this machine, or a folder from which an image is made.

Needs the system's Python only. Each step looks first whether it is done, so that it can be run again at any time:
after a pulled plug it goes on, and with a newer program it puts that beside the old one.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance import __version__
from appliance.errors import Invalid
from appliance.firmware import program
from appliance.firmware.plan import CURRENT, DATA, KEYS, USER
from appliance.firmware.system import System

_CHECKOUT = Path(__file__).parents[2]
_ENABLED = Path("/etc/systemd/system/multi-user.target.wants/pika-box.target")
_EPILOG = """A machine without internet: apt's packages must be there already (--dry-run names what is missing), and
Python's come in a folder of wheels, made with `pip download --only-binary :all: --requirement .pins/run.txt
--dest FOLDER` on a machine with the same Python and processor, or on any with, for a Raspberry Pi's 64-bit system,
`--platform manylinux_2_28_aarch64 --platform manylinux2014_aarch64 --python-version 3.11` (3.13 on Debian 13).
For 32-bit systems some packages have no wheels; `pip wheel` makes them on such a machine."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that must be so."""

    words: str
    #: what there is to do, in words; empty for nothing
    missing: Callable[[], str]
    #: does it. Raises: BoxError
    act: Callable[[], None]


def _parser() -> argparse.ArgumentParser:
    words = "Make a Debian system a box."
    parser = argparse.ArgumentParser(prog="./box install", description=words, epilog=_EPILOG)
    parser.add_argument("--root", type=Path, default=Path("/"), help="a folder with a Debian system (default /)")
    parser.add_argument("--wheels", type=Path, help="take Python's packages from this folder, and from nowhere else")
    parser.add_argument("--dry-run", action="store_true", help="say what there is to do, and change nothing")
    return parser


def steps(system: System, *, checkout: Path, wheels: Path | None) -> list[Step]:
    """Everything, in order. What one needs is there when those before it are done."""
    name, is_placed = program.name_for(system, checkout=checkout, version=__version__)
    python = str(CURRENT / ".venv/bin/python")
    own = {"PYTHONPATH": str(CURRENT), "PYTHONDONTWRITEBYTECODE": "1"}
    advice = "Mend that and run this again: it goes on."

    def run(*command: str, failing: str) -> str:
        return system.run(*command, failing=failing, advice=advice, environment=own)

    def firmware(act: str, *options: str) -> tuple[str, ...]:
        return (python, "-m", "appliance", "firmware", act, "--data", str(DATA), "--checkout", str(CURRENT), *options)

    def files_missing() -> str:
        same = program.current(system) == name and not system.said("env", *_words(own), *firmware("diff")).strip()
        return "" if same else "to write"

    return [
        Step(
            "Debian's packages",
            lambda: ", ".join(system.missing_packages()),
            lambda: system.add_packages(system.missing_packages()),
        ),
        Step(
            f"The program, version {name}",
            lambda: "" if is_placed else f"to put in /opt/pika-box/releases/{name}, with its Python packages",
            lambda: program.place(system, checkout=checkout, name=name, wheels=wheels),
        ),
        Step(
            "The link to the version that runs",
            lambda: "" if program.current(system) == name else f"to point to {name}",
            lambda: program.switch(system, name),
        ),
        Step(
            "A place for the keys of whose updates it takes",
            lambda: "" if program.has_keys_folder(system) else f"to make: {KEYS}",
            lambda: program.make_keys_folder(system),
        ),
        Step("The system's files", files_missing, lambda: _quiet(run(*firmware("install"), failing="files_failed"))),
        Step(
            f"The user {USER}",
            lambda: "" if _has_user(system) else "to make",
            lambda: _quiet(run("systemd-sysusers", failing="user_failed")),
        ),
        Step(
            "Starting with the machine",
            lambda: "" if system.below(_ENABLED).is_symlink() else "to switch on",
            lambda: _quiet(run("systemctl", "enable", "pika-box.target", failing="enable_failed")),
        ),
    ]


def _words(environment: dict[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in environment.items()]


def _quiet(said: str) -> None:
    del said


def _has_user(system: System) -> bool:
    return any(
        line.startswith(f"{USER}:") for line in system.below(Path("/etc/passwd")).read_text("utf-8").splitlines()
    )


def _start(system: System) -> None:
    """What was installed takes effect. In a folder it does when the image starts."""
    if not system.runs:
        print("\nIt starts with the machine. Settings go on the boot partition, as pika-box.toml; none are needed.")
        return
    for words in (("daemon-reload",), ("restart", "pika-box.target")):
        system.run("systemctl", *words, failing="start_failed", advice="journalctl --unit 'pika-box*' tells more.")
    print("\nThe box runs. What it is called and how to get in: /boot/firmware/pika-box-says.txt, or its box.toml.")


def main(arguments: list[str]) -> int:
    """The command."""
    given = _parser().parse_args(arguments)
    if given.wheels is not None and not any(given.wheels.glob("*.whl")):
        raise Invalid("wheels_missing", f"There are no wheels in {given.wheels}.", advice="./box install --help")
    system = System(given.root)
    wanted = steps(system, checkout=_CHECKOUT, wheels=given.wheels)
    changed = False
    for number, step in enumerate(wanted, 1):
        missing = step.missing()
        print(f"[{number}/{len(wanted)}] {step.words}: {missing or 'there already'}", flush=True)
        if missing and not given.dry_run:
            began = time.monotonic()
            step.act()
            changed = True
            print(f"      done in {time.monotonic() - began:.0f} s", flush=True)
    if given.dry_run:
        print("Nothing was changed.")
    elif changed:
        _start(system)
    else:
        print("Everything was in place already.")
    return 0
