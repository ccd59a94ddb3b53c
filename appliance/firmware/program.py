"""The program on a box: each release whole in a folder of its own, and links to the one that runs.

/opt/pika-box/releases/<version>/   a release; what has its name is complete
/opt/pika-box/current               -> releases/<version>: what units run
/opt/pika-box/confirmed             -> the last one that is known to be good
"""

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from appliance.errors import Unavailable
from appliance.files import point_link, sync_folder
from appliance.firmware.plan import CURRENT, KEYS, PROGRAMS
from appliance.firmware.system import System

#: what a box needs of a checkout; tests and what only makers need stay behind
PARTS = ("appliance", "sync", "webui", "firmware-config", "systemd", "box", ".pins", "pyproject.toml", "README.md")
_PINS = ".pins/run.txt"
_PARTIAL = ".partial"
_LINKS = ("confirmed", CURRENT.name)
_TRIES = 100
_OPEN = 0o755


def files_of(checkout: Path) -> Iterator[str]:
    """Every file of the program, by its path below the checkout. What editors and Python leave behind is none."""
    for part in PARTS:
        top = checkout / part
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            inner = path.relative_to(checkout).parts[1:]
            stray = any(name.startswith(".") or name == "__pycache__" for name in inner) or path.name.endswith("~")
            if path.is_file() and not path.is_symlink() and not stray and path.suffix != ".pyc":
                yield str(path.relative_to(checkout))


def digest_of(checkout: Path) -> str:
    """By which a program is known again, whatever its version says."""
    whole = hashlib.sha256()
    for name in files_of(checkout):
        path = checkout / name
        runs = bool(path.stat().st_mode & 0o100)
        whole.update(f"{name}\0{runs}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def name_for(system: System, *, checkout: Path, version: str) -> tuple[str, bool]:
    """Under which name the checkout's program is a release of this system, and whether it is there already.

    A changed program under the version of one that is there gets a name of its own beside it: what may be running is
    never replaced.
    """
    releases, wanted = system.below(PROGRAMS) / "releases", digest_of(checkout)
    for name in [version, *(f"{version}.{number}" for number in range(1, _TRIES))]:
        release = releases / name
        if not release.exists():
            return name, False
        if (release / ".venv/bin/python").is_symlink() and digest_of(release) == wanted:
            return name, True
    raise Unavailable(
        "releases_full", f"There are {_TRIES} releases of {version}.", advice=f"Remove some in {releases}."
    )


def current(system: System) -> str:
    """The name of the release that units run and that is known to be good; empty for none."""
    try:
        names = {(system.below(PROGRAMS) / link).readlink().name for link in _LINKS}
    except OSError:
        return ""
    return names.pop() if len(names) == 1 else ""


def place(system: System, *, checkout: Path, name: str, wheels: Path | None) -> None:
    """Makes a release: the files, then their environment, and its name last, when everything is on the disk.

    Raises: Unavailable with the code `program_failed` or `environment_failed`.
    """
    releases = system.below(PROGRAMS) / "releases"
    draft = releases / f"{name}{_PARTIAL}"
    umask = os.umask(0o022)  # the box's user must be able to read it
    try:
        if draft.exists():
            # An earlier try was interrupted; where it was is not known.
            shutil.rmtree(draft)
        for file in files_of(checkout):
            target = draft / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(checkout / file, target)
            target.chmod(0o755 if (checkout / file).stat().st_mode & 0o100 else 0o644)
        _make_environment(system, PROGRAMS / "releases" / draft.name, wheels=wheels)
        os.sync()
        draft.replace(releases / name)
        sync_folder(releases)
    except OSError as error:
        raise Unavailable(
            "program_failed",
            f"{error.filename or draft} can't be written ({error.strerror}).",
            advice="Make room, and run this again.",
        ) from error
    finally:
        os.umask(umask)


def _make_environment(system: System, release: Path, *, wheels: Path | None) -> None:
    """The release's own packages, from where the system's pip is told to look, or from a folder of wheels alone."""
    here = system.below(release)
    python = str(release / ".venv/bin/python")
    advice = (
        "Connect the machine and try again, or bring the packages along: --wheels FOLDER (see ./box install --help)"
    )
    system.run("python3", "-m", "venv", str(release / ".venv"), failing="environment_failed", advice=advice)
    options = ["--disable-pip-version-check", "--no-input", "--no-cache-dir", "--no-compile"]
    if wheels is not None:
        # Into the system, which may be a folder that sees nothing else.
        shutil.copytree(wheels, here / "wheels")
        options += ["--no-index", "--find-links", str(release / "wheels")]
    system.run(
        *(python, "-m", "pip", "install", *options, "--requirement", str(release / _PINS)),
        failing="environment_failed",
        advice=advice,
    )
    shutil.rmtree(here / "wheels", ignore_errors=True)
    # The box may not write here, so what Python keeps for its next start is made now; these files don't change.
    mode = ("--invalidation-mode", "unchecked-hash")
    packages = str(release / ".venv/lib")
    system.run(
        python,
        "-m",
        "compileall",
        "-q",
        *mode,
        packages,
        str(release / "appliance"),
        failing="environment_failed",
        advice=advice,
    )
    tried = "import appliance.bootstrap"
    system.run(
        python, "-c", tried, failing="environment_failed", advice=advice, environment={"PYTHONPATH": str(release)}
    )
    for path in (here / ".venv/bin").iterdir():
        # Packages' commands name this folder, which is about to get another name; nobody uses them.
        if not re.fullmatch(r"python[0-9.]*", path.name):
            path.unlink()
    # `./box` then knows that nothing is missing.
    pins = sorted((here / ".pins").glob("*.txt"))
    (here / ".venv/.run.pins").write_bytes(b"".join(one.read_bytes() for one in pins))


def switch(system: System, name: str) -> None:
    """Makes units run a release, from their next start on. Raises: Unavailable with the code `program_failed`."""
    folder = system.below(PROGRAMS)
    try:
        for link in _LINKS:
            point_link(folder / link, f"releases/{name}")
    except OSError as error:
        raise Unavailable("program_failed", f"{folder} can't be written ({error.strerror}).") from error


def has_keys_folder(system: System) -> bool:
    """Whether there is a place for the keys of those whose updates the box takes."""
    folder = system.below(KEYS)
    return folder.is_dir() and folder.stat().st_mode & 0o7777 == _OPEN and folder.stat().st_uid == os.geteuid()


def make_keys_folder(system: System) -> None:
    """Makes that place: everybody may look, only root puts keys there.

    Raises: Unavailable with the code `program_failed`.
    """
    folder = system.below(KEYS)
    try:
        for one in (folder.parent, folder):
            one.mkdir(parents=True, exist_ok=True)
            one.chmod(_OPEN)
        os.chown(folder, os.geteuid(), os.getegid())
        sync_folder(folder.parent)
    except OSError as error:
        raise Unavailable("program_failed", f"{folder} can't be made ({error.strerror}).") from error


def remove(system: System) -> None:
    """Removes every release, and whom the box trusts for more. Raises: Unavailable with the code `program_failed`."""
    folder, keys = system.below(PROGRAMS), system.below(KEYS)
    try:
        if keys.is_dir():
            shutil.rmtree(keys)
            with contextlib.suppress(OSError):  # something else is in there
                keys.parent.rmdir()
        # The links first: half a release must not be started.
        for link in _LINKS:
            (folder / link).unlink(missing_ok=True)
        if folder.is_dir():
            shutil.rmtree(folder)
    except OSError as error:
        raise Unavailable("program_failed", f"{folder} can't be removed ({error.strerror}).") from error
