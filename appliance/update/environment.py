"""A release's own Python environment, from the wheels it brings. No network, no settings of this machine's pip."""

import os
import re
import subprocess
import sys
from pathlib import Path

from appliance.errors import Unavailable
from appliance.update.manifest import WHEELS

PINS = ".pins/run.txt"
# A slow card and a slow machine; whoever waits longer has a broken card.
_WITHIN_S = 900


def make(release: Path) -> None:
    """Makes `.venv` in a release's folder, tries it, and removes the wheels.

    Raises: Unavailable with the code `environment_failed`; OSError.
    """
    python = release / ".venv/bin/python"
    base = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    _run(base, "-m", "venv", "--without-pip", release / ".venv")
    wheels = sorted((release / WHEELS).glob("*.whl"))
    pip = next((one for one in wheels if one.name.startswith("pip-")), None)
    if pip is not None:
        # A wheel of pip runs as it is, so no release depends on what pip the one before had.
        offline: list[str | Path] = [
            "--no-index",
            "--find-links",
            release / WHEELS,
            "--no-deps",
            "--only-binary",
            ":all:",
        ]
        _run(python, pip / "pip", "install", "--quiet", *offline, "--requirement", release / PINS)
    # The service can't write here, so what Python would keep for its next start is made now; these files don't change.
    _run(python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", release / "appliance")
    _run(python, "-P", "-c", "import appliance.cli, appliance.bootstrap", PYTHONPATH=str(release))
    for wheel in wheels:
        wheel.unlink()
    if wheels:
        (release / WHEELS).rmdir()
    _remove_commands(release / ".venv/bin")
    # `./box` then knows that nothing is missing.
    pins = sorted((release / ".pins").glob("*.txt"))
    (release / ".venv" / f".{Path(PINS).stem}.pins").write_bytes(b"".join(one.read_bytes() for one in pins))


def _remove_commands(folder: Path) -> None:
    """Packages' commands name the folder they were made in, which is about to get another name; nobody uses them."""
    for path in folder.iterdir():
        if not re.fullmatch(r"python[0-9.]*", path.name):
            path.unlink()


def _run(*command: str | Path, **environment: str) -> None:
    """Raises: Unavailable."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON", "PIKA_BOX_"))}
    own |= {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_CACHE_DIR": "1", **environment}
    words = [str(one) for one in command]
    try:
        done = subprocess.run(words, env=own, capture_output=True, text=True, check=False, timeout=_WITHIN_S)
        said = "" if done.returncode == 0 else done.stderr.strip()[-400:] or f"status {done.returncode}"
    except (OSError, subprocess.TimeoutExpired) as error:
        said = str(error)
    if said:
        raise Unavailable(
            "environment_failed",
            f"The release can't be made ready on this box: {said}",
            advice="Nothing was changed; the box goes on as it was.",
        )
