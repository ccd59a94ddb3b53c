"""Makes the one-file link for a system: the program, and its packages' wheels for every Python it is to start with.

Runs where there is internet, or on a folder of wheels; never on a box in a venue. The same files make the same bytes.
"""

import hashlib
import json
import platform
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from appliance import __version__
from appliance.errors import Invalid, Unavailable
from appliance.handout import start
from appliance.handout.shelf import SYSTEMS, file_name

PINS = ".pins/run.txt"
#: what the file starts with, when nobody says which
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
_PARTS = ("appliance", "sync")
#: of the box and the cloud alone, so not of a laptop
_LEFT_OUT = (
    "appliance/web/",
    "appliance/demo/",
    "appliance/firmware/",
    "appliance/update/",
    "sync/agent/",
    "sync/cloud/",
)
_LINUX = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_26", "manylinux_2_24", "manylinux_2_17", "manylinux2014")
_OLDER_LINUX = ("manylinux_2_12", "manylinux2010", "manylinux_2_5", "manylinux1")
#: what pip calls each system; the oldest macOS that all packages' wheels are made for
_PLATFORMS: Mapping[str, Sequence[str]] = {
    "linux-x86_64": [f"{one}_x86_64" for one in (*_LINUX, *_OLDER_LINUX)],
    "linux-aarch64": [f"{one}_aarch64" for one in _LINUX],
    "macos-arm64": ["macosx_12_0_arm64"],
    "macos-x86_64": ["macosx_12_0_x86_64"],
    "windows-x86_64": ["win_amd64"],
}
_DOWNLOAD_WITHIN_S = 300
_DATED = (1980, 1, 1, 0, 0, 0)
_NAME = re.compile(r"[A-Za-z0-9._-]+")
#: readable to Pythons that are too old for the rest
_MAIN = """\
import sys

if sys.version_info < (3, 11):
    sys.exit("pikabox-link needs Python 3.11 or newer; this is %d.%d." % sys.version_info[:2])

from pathlib import Path
from pikabox_start import prepare

trouble = prepare(Path(sys.argv[0]).resolve())
if trouble:
    sys.exit("pikabox-link: " + trouble)

from sync.link.cli import main

sys.exit(main())
"""


def this_system() -> str:
    """The system that this runs on. Raises: Invalid with the code `system_unknown`."""
    machine = {"AMD64": "x86_64", "x86_64": "x86_64", "aarch64": "aarch64", "arm64": "arm64"}.get(platform.machine())
    system = {"linux": "linux", "darwin": "macos", "win32": "windows"}.get(sys.platform)
    return known_system(f"{system}-{machine}")


def this_python() -> str:
    """The Python that this runs on, such as "3.12"."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def known_system(name: str) -> str:
    """The name, if there is such a system. Raises: Invalid with the code `system_unknown`."""
    if name not in SYSTEMS:
        raise Invalid("system_unknown", f"There is no file for {name}.", advice=f"Known: {', '.join(SYSTEMS)}.")
    return name


def _pins(checkout: Path) -> dict[str, str]:
    """Each pinned package's line, by its plain name."""
    lines = (checkout / PINS).read_text(encoding="utf-8").splitlines()
    return {_plain(line.partition("==")[0]): line for line in lines if "==" in line}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def packages(checkout: Path, *, system: str) -> list[str]:
    """The link's packages and what they need, as `name==version`, for a system.

    Raises: Invalid with the code `link_not_buildable`.
    """
    pins = _pins(checkout)
    declared = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    waiting = [one for one in declared if "sys_platform == 'linux'" not in one or system.startswith("linux")]
    found: dict[str, str] = {}
    while waiting:
        named = _NAME.match(waiting.pop())
        name = _plain(named[0]) if named else ""
        if name in found or name not in pins:
            # Not pinned is what only an older Python needs, or only colours a terminal.
            continue
        found[name] = pins[name]
        try:
            waiting += [one for one in requires(name) or () if "extra ==" not in one]
        except PackageNotFoundError:
            raise Invalid(
                "link_not_buildable", f"{name} is not installed here.", advice="Build with ./box link build."
            ) from None
    return sorted(found.values())


def download(wanted: Sequence[str], folder: Path, *, system: str, python: str) -> None:
    """Fetches the wheels for a system and a Python, from wherever this machine's pip gets them.

    Raises: Unavailable with the code `wheels_missing`.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--implementation", "cp", "--python-version", python, "--dest", str(folder)]
    command += [word for one in _PLATFORMS[system] for word in ("--platform", one)]
    try:
        done = subprocess.run(
            [*command, *wanted], capture_output=True, text=True, check=False, timeout=_DOWNLOAD_WITHIN_S
        )
        said = "" if done.returncode == 0 else done.stderr.strip().rpartition("\n")[2]
    except (OSError, subprocess.TimeoutExpired) as error:
        said = str(error)
    if said:
        raise Unavailable(
            "wheels_missing",
            f"The packages for {system} and Python {python} could not be fetched: {said}",
            advice="Name a folder that has their wheels with --wheels, or other Pythons with --python.",
        )


def _program(checkout: Path) -> Iterator[tuple[str, bytes]]:
    for part in _PARTS:
        for path in sorted((checkout / part).rglob("*")):
            name = path.relative_to(checkout).as_posix()
            if path.suffix in {".py", ".sql", ".json"} and path.is_file() and not name.startswith(_LEFT_OUT):
                yield start.PROGRAM + name, path.read_bytes()


def build(checkout: Path, *, out: Path, system: str, wheels: Mapping[str, Path]) -> Path:
    """Makes the file in the folder `out`; its path. `wheels` has a folder of wheels for each Python, such as "3.12".

    Raises: Invalid with the code `link_not_buildable`; Unavailable with the code `link_not_written`.
    """
    wanted = packages(checkout, system=system)
    content: dict[str, bytes] = {"__main__.py": _MAIN.encode(), **dict(_program(checkout))}
    content["pikabox_start.py"] = Path(start.__file__).read_bytes()
    chosen: dict[str, list[str]] = {}
    for python, folder in wheels.items():
        found = [_wheel_of(one, folder, python=python) for one in wanted]
        chosen[python] = [one.name for one in found]
        content |= {start.WHEELS + one.name: one.read_bytes() for one in found}
    content[start.WHEELS_FILE] = json.dumps(chosen, indent=1).encode()
    digests = [f"{name} {hashlib.sha256(data).hexdigest()}" for name, data in sorted(content.items())]
    content[start.MARK_FILE] = hashlib.sha256("\n".join(digests).encode()).hexdigest()[:20].encode()
    target = out / file_name(__version__, system)
    draft = target.with_name(f".{target.name}.draft")
    try:
        out.mkdir(parents=True, exist_ok=True)
        _write(draft, content)
        draft.chmod(0o755)
        draft.replace(target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Unavailable("link_not_written", f"{target} could not be made: {error}.") from error
    return target


def _wheel_of(wanted: str, folder: Path, *, python: str) -> Path:
    """The wheel of `name==version` in a folder that was filled for one system and Python."""
    name, _, version = wanted.partition("==")
    for path in sorted(folder.glob("*.whl")):
        parts = path.name.split("-")
        if (_plain(parts[0]), parts[1]) == (_plain(name), version):
            return path
    raise Invalid("link_not_buildable", f"{folder} has no wheel of {wanted} for Python {python}.")


def _write(path: Path, content: Mapping[str, bytes]) -> None:
    with path.open("wb") as file:
        file.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(file, "w") as packed:
            for name, data in sorted(content.items()):
                entry = zipfile.ZipInfo(name, _DATED)
                # Wheels are packed already.
                entry.compress_type = zipfile.ZIP_STORED if name.endswith(".whl") else zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                packed.writestr(entry, data)
