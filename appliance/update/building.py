"""Makes a release file from a checkout: the same bytes from the same checkout and the same wheels.

Runs where releases are made, not on a box. What a box must be able to rely on is checked here, before anybody signs.
"""

import hashlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import version as installed_version
from pathlib import Path

from appliance.errors import Invalid, Unavailable
from appliance.files import replace_file
from appliance.store import compatibility
from appliance.store.migrate import steps
from appliance.update import archive, keys
from appliance.update.environment import PINS
from appliance.update.layout import VERSION
from appliance.update.manifest import FORMAT, WHEELS, Environment, Manifest, Packed, decode, encode

#: what a box needs of a checkout; tests and the pins for them stay behind
_PARTS = ("appliance", "webui", "firmware-config", "systemd", "sync", "box", "pyproject.toml", "README.md")
_MIGRATIONS = "appliance/store/migrations"
_WHEEL = re.compile(
    r"(?P<name>[^-]+)-(?P<version>[^-]+)(-\d[^-]*)?-(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<platform>[^-]+)\.whl"
)
#: a step that older programs can't live with says so, and why, in this comment
_SAYS_SO = re.compile(r"^-- breaks older programs: \S", re.MULTILINE)
_DOWNLOAD_WITHIN_S = 600


def build(checkout: Path, *, out: Path, wheels: Iterable[Path], environments: Iterable[Environment]) -> Path:
    """Makes an unsigned release file in the folder `out`; its path. `wheels` are folders.

    Raises: Invalid with the code `release_not_buildable`; Unavailable with the code `release_not_written`.
    """
    wanted = tuple(sorted(set(environments)))
    packed_wheels = _chosen_wheels(checkout, folders=wheels, environments=wanted)
    files = sorted([*_program(checkout), *((f"{WHEELS}{one.name}", one) for one in packed_wheels)])
    schema, reads_back_to = schema_of(checkout)
    manifest = Manifest(
        format=FORMAT,
        version=_version(checkout),
        schema=schema,
        reads_back_to=reads_back_to,
        environments=wanted,
        room=_room(files),
        files=tuple(_packed(name, path) for name, path in files),
    )
    content = encode(manifest)
    decode(content)
    target = out / f"pika-box-{manifest.version}.pikabox"
    contents = ((one, path.read_bytes()) for one, (_, path) in zip(manifest.files, files, strict=True))
    draft = target.with_name(f".{target.name}.draft")
    try:
        out.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as stream:
            archive.write(stream, manifest=content, signature=archive.NOT_SIGNED, contents=contents)
        draft.replace(target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Unavailable("release_not_written", f"{target} could not be made: {error}.") from error
    return target


def sign(release: Path, *, key: Path) -> None:
    """Puts a signature into a release file.

    Raises: Refused, Invalid; Unavailable with the code `release_not_written`.
    """
    try:
        with release.open("rb") as stream:
            content, before = archive.Reader(stream).head()
        signature = keys.sign(content, key=key)
        whole = release.read_bytes()
        place = whole.index(before, 2 * 512 + len(content) + -len(content) % 512)
        replace_file(release, whole[:place] + signature + whole[place + len(before) :], mode=0o644)
    except OSError as error:
        raise Unavailable("release_not_written", f"{release} could not be signed: {error}.") from error


def download_wheels(checkout: Path, folder: Path) -> None:
    """Fetches the pinned packages for this machine, from wherever this machine's pip gets them.

    Raises: Unavailable with the code `wheels_missing`.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    command += ["--dest", str(folder), "--requirement", str(checkout / PINS), f"pip=={installed_version('pip')}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_DOWNLOAD_WITHIN_S)
        said = "" if done.returncode == 0 else done.stderr.strip().rpartition("\n")[2]
    except (OSError, subprocess.TimeoutExpired) as error:
        said = str(error)
    if said:
        raise Unavailable(
            "wheels_missing",
            f"The packages of {PINS} could not be fetched: {said}",
            advice="Name a folder that has their wheels, and pip's, with --wheels.",
        )


def _not_buildable(why: str, advice: str = "") -> Invalid:
    return Invalid("release_not_buildable", f"No release can be made: {why}.", advice=advice)


def _version(checkout: Path) -> str:
    text = (checkout / "appliance/__init__.py").read_text(encoding="utf-8")
    found = re.search(rf'^__version__ = "({VERSION})"$', text, re.MULTILINE)
    if found is None:
        raise _not_buildable("appliance/__init__.py has no version such as 1.2.3")
    return found[1]


def _program(checkout: Path) -> Iterator[tuple[str, Path]]:
    """The program's files by their names in the release."""
    if not (checkout / "appliance/__init__.py").is_file() or not (checkout / PINS).is_file():
        raise _not_buildable(f"{checkout} is no checkout of this program")
    yield PINS, checkout / PINS
    for part in _PARTS:
        found = checkout / part
        for path in [found] if found.is_file() else sorted(found.rglob("*")):
            name = path.relative_to(checkout)
            if path.is_symlink():
                raise _not_buildable(f"{name} is a link")
            if path.is_file() and "__pycache__" not in name.parts and not path.name.startswith("."):
                yield name.as_posix(), path


def _packed(name: str, path: Path) -> Packed:
    content = path.read_bytes()
    executable = not name.startswith(WHEELS) and path.stat().st_mode & 0o100 != 0
    return Packed(path=name, size=len(content), sha256=hashlib.sha256(content).hexdigest(), executable=executable)


def _room(files: list[tuple[str, Path]]) -> int:
    """What lies on the disk while a release is put together: the files, the wheels unpacked, and their bytecode."""
    unpacked = 0
    for name, path in files:
        unpacked += path.stat().st_size
        if name.startswith(WHEELS):
            with zipfile.ZipFile(path) as wheel:
                unpacked += 2 * sum(one.file_size for one in wheel.infolist())
    return unpacked


def schema_of(checkout: Path) -> tuple[int, int]:
    """The schema, and how far back programs can read it. Sees that no step breaks older programs in silence.

    Raises: Invalid with the code `release_not_buildable`.
    """
    found = steps(checkout / _MIGRATIONS)
    for number, fault in compatibility.faults(found).items():
        if not _SAYS_SO.search(found[number]):
            raise _not_buildable(
                f"after step {number:04d} of the schema, older versions could not go on with the database: {fault}",
                "Only add, for one version at least; or say in the step: -- breaks older programs: why",
            )
    return max(found), compatibility.levels(found)[max(found)]


def _chosen_wheels(checkout: Path, *, folders: Iterable[Path], environments: Iterable[Environment]) -> list[Path]:
    """The wheels that these machines need of those that are there, each once."""
    there = {path.name: path for folder in folders for path in sorted(folder.glob("*.whl"))}
    chosen: dict[str, Path] = {}
    for wanted in _pinned(checkout / PINS):
        for environment in environments:
            fitting = [name for name in there if _is_for(name, wanted, environment)]
            if not fitting:
                raise _not_buildable(
                    f"there is no wheel of {wanted} for {environment}", "Add its folder with --wheels."
                )
            chosen |= {name: there[name] for name in fitting}
    return sorted(chosen.values())


def _pinned(path: Path) -> list[str]:
    """`name==version` of every package, and pip's name, which puts them in place."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    packages = [line for line in lines if line and not line.startswith("#")]
    return [*packages, "pip"] if packages else []


def _is_for(wheel: str, wanted: str, environment: Environment) -> bool:
    parts = _WHEEL.fullmatch(wheel)
    name, _, version = wanted.partition("==")
    if parts is None or _plain(parts["name"]) != _plain(name) or version not in {"", parts["version"]}:
        return False
    minor = int(environment.python.partition(".")[2])
    tags = {"py3", f"cp3{minor}"}
    if "abi3" in parts["abi"].split("."):
        tags |= {f"cp3{older}" for older in range(minor)}
    machines = parts["platform"].split(".")
    fits = any(one == "any" or one.endswith(f"_{environment.machine}") for one in machines)
    return fits and not tags.isdisjoint(parts["python"].split("."))


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
