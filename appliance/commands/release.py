"""`release`: for whoever makes versions of the box: build a release file from a checkout, sign it, make a key."""

import argparse
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path

from appliance.errors import Invalid
from appliance.update import building, keys
from appliance.update.manifest import Environment
from appliance.update.staging import this_environment

_CHECKOUT = Path(__file__).parents[2]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./box release", description="Make versions of the box.")
    acts = parser.add_subparsers(dest="act", required=True)
    build = acts.add_parser("build", help="make a release file, the same bytes from the same files; not signed")
    build.add_argument("--checkout", type=Path, default=_CHECKOUT, help="the program (default: this one)")
    build.add_argument("--out", type=Path, default=Path(), help="the folder for the file (default: this folder)")
    build.add_argument(
        "--wheels",
        type=Path,
        action="append",
        help="a folder with the pinned packages' wheels and pip's; without any, pip fetches them for this machine",
    )
    build.add_argument(
        "--for",
        dest="environments",
        action="append",
        metavar="MACHINE:PYTHON",
        help=f"which boxes, such as aarch64:3.11 (default {platform.machine()}:{this_environment().python}); again for "
        "more, with wheels for each: other machines' wheels can't be made here, pip download --platform gets them",
    )
    sign = acts.add_parser("sign", help="sign a release file")
    sign.add_argument("file", type=Path)
    sign.add_argument("--key", type=Path, required=True, help="the private key")
    key = acts.add_parser("key", help="make a key pair")
    key.add_argument("file", type=Path, help="the private key; the public one gets this name with .pem at its end")
    return parser


def _environment(text: str) -> Environment:
    machine, _, python = text.partition(":")
    if not machine or not python.startswith("3."):
        raise Invalid("environment_unusable", f"--for {text} is not like aarch64:3.11.")
    return Environment(machine=machine, python=python)


def _build(given: argparse.Namespace) -> int:
    environments = [_environment(one) for one in given.environments or []] or [this_environment()]
    with tempfile.TemporaryDirectory(prefix="pika-box-wheels-") as name:
        wheels = given.wheels or [Path(name)]
        if not given.wheels:
            building.download_wheels(given.checkout, Path(name))
        made = building.build(given.checkout, out=given.out, wheels=wheels, environments=environments)
    print(f"{made} was made, {made.stat().st_size / 1e6:.1f} MB, for {', '.join(map(str, environments))}.")
    print(f"Sign it: ./box release sign {made} --key FILE")
    return 0


def _sign(given: argparse.Namespace) -> int:
    building.sign(given.file, key=given.key)
    print(f"{given.file} is signed.")
    return 0


def _key(given: argparse.Namespace) -> int:
    public = given.file.with_name(f"{given.file.name}.pem")
    keys.make_pair(given.file, public)
    print(f"{given.file} is the private key: keep it off every box, and a copy of it in a safe place.")
    print(f"{public} goes into /etc/pika-box/update-keys/ of each box that shall take your releases.")
    return 0


def main(arguments: list[str]) -> int:
    """The command."""
    given = _parser().parse_args(arguments)
    act: Callable[[argparse.Namespace], int] = {"build": _build, "sign": _sign, "key": _key}[given.act]
    return act(given)
