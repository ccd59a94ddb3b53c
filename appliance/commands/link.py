"""`link`: the DJ's link as one file, to carry to laptops or to have the box hand it out."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from appliance import config
from appliance.errors import Unavailable
from appliance.handout import building
from appliance.handout.shelf import FOLDER, SYSTEMS, Shelf

_CHECKOUT = Path(__file__).parents[2]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./box link", description="The DJ's link as one file.")
    acts = parser.add_subparsers(dest="act", required=True, metavar="{build,list}")
    build = acts.add_parser("build", help="make it, where there is internet; the box hands out what is in data/link")
    build.add_argument(
        "--for", dest="systems", action="append", metavar="SYSTEM", help=f"{', '.join(SYSTEMS)}, or all; again for more"
    )
    build.add_argument(
        "--python", action="append", metavar="3.N", help=f"to start with (default {', '.join(building.PYTHONS)})"
    )
    build.add_argument(
        "--wheels", type=Path, help="a folder with the packages' wheels for one system and one Python, instead of pip"
    )
    build.add_argument("--out", type=Path, help="the folder for the files (default data/link)")
    shown = acts.add_parser("list", help="what the box hands out, with the digests")
    for act in (build, shown):
        act.add_argument("--data", type=Path, help="the box's folder (default ./data)")
    return parser


def _build(given: argparse.Namespace, out: Path) -> int:
    """One file for each system; what can't be made is said, and the others are made all the same."""
    names = given.systems or [building.this_system()]
    missed = 0
    for system in list(SYSTEMS) if "all" in names else map(building.known_system, names):
        with tempfile.TemporaryDirectory(prefix="pikabox-link-wheels-") as name:
            try:
                made, pythons = _made(given, Path(name), out=out, system=system)
            except Unavailable as error:
                print(f"box: {error}", file=sys.stderr)
                missed = 1
                continue
        print(f"{made} was made, {made.stat().st_size / 1e6:.1f} MB, for Python {', '.join(pythons)}.")
    return missed


def _made(given: argparse.Namespace, folder: Path, *, out: Path, system: str) -> tuple[Path, Sequence[str]]:
    if given.wheels:
        wheels = {(given.python or [building.this_python()])[0]: given.wheels}
    else:
        wanted = building.packages(_CHECKOUT, system=system)
        wheels = {python: folder / python for python in given.python or building.PYTHONS}
        for python, place in wheels.items():
            building.download(wanted, place, system=system, python=python)
    return building.build(_CHECKOUT, out=out, system=system, wheels=wheels), list(wheels)


def main(arguments: list[str]) -> int:
    """The command. 0, or 1 when there is no file for some system."""
    given = _parser().parse_args(arguments)
    folder = config.data_folder(given.data) / FOLDER
    if given.act == "build":
        return _build(given, given.out or folder)
    files = Shelf(folder).files()
    for one in files:
        print(f"{one.sha256}  {one.path.name}")
    if not files:
        print(f"There is none in {folder}. Make one where there is internet: ./box link build")
    return 0
