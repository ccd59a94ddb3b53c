"""The link as one file, made from this checkout for this machine."""

import sys
from pathlib import Path

from appliance.handout import building
from tests.support.real_box import ROOT

#: the Python under the tests' environment: it has no packages of its own
BARE_PYTHON = Path(sys.base_prefix) / "bin" / "python3"


def wheels_in(folder: Path) -> Path:
    """The wheels for this machine and this Python."""
    system = building.this_system()
    wanted = building.packages(ROOT, system=system)
    building.download(wanted, folder, system=system, python=building.this_python())
    return folder


def made(out: Path, *, wheels: Path, python: str = "") -> Path:
    """The file."""
    return building.build(
        ROOT, out=out, system=building.this_system(), wheels={python or building.this_python(): wheels}
    )
