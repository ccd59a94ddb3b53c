"""`./box find`: lists the boxes on this network.

Owns the words; looking is `discovery.browse`'s business.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from appliance.discovery.browse import find
from appliance.discovery.service import FoundBox
from appliance.errors import Unavailable
from appliance.network import host_in_url, reachable_addresses

_DOT_EVERY_S = 0.5
_NOTHING = """No box found. What to do:
  - Is the box on, and is this computer on the box's Wi-Fi or on the same network?
  - Look again for longer: ./box find --seconds 10
  - Some venues' Wi-Fi keeps devices apart. Then type the address that the box shows, or plug in a cable."""
_NO_NETWORK = "This computer is on no network. Join the box's Wi-Fi or plug in a cable, then try again."


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= 60:
        raise argparse.ArgumentTypeError("must be more than 0 and at most 60")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./box find", description="Lists the boxes on this network.")
    parser.add_argument("--seconds", type=_seconds, default=3.0, help="how long to look (default: 3)")
    parser.add_argument("--json", action="store_true", help="print a JSON list instead of a table")
    return parser


def _address(box: FoundBox) -> str:
    return f"http://{host_in_url(box.addresses[0])}:{box.port}/"


def table(boxes: Sequence[FoundBox]) -> str:
    """The boxes as columns that line up."""
    rows = [("BOX", "ADDRESS", "BROKER", "VERSION")]
    rows += [(box.name, _address(box), str(box.mqtt_port or "-"), box.version or "-") for box in boxes]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


async def _dots() -> None:
    while True:
        print(".", end="", file=sys.stderr, flush=True)
        await asyncio.sleep(_DOT_EVERY_S)


async def _look(seconds: float, *, addresses: Sequence[str], quiet: bool) -> list[FoundBox]:
    if quiet:
        return await find(seconds, addresses=addresses)
    print("Looking for boxes ", end="", file=sys.stderr)
    dots = asyncio.create_task(_dots())
    try:
        return await find(seconds, addresses=addresses)
    finally:
        dots.cancel()
        print(file=sys.stderr)


def main(arguments: list[str]) -> int:
    """Returns 0 when a box was found, else 1."""
    options = _parser().parse_args(arguments)
    addresses = [address.ip for address in reachable_addresses("")]
    if not addresses:
        print(_NO_NETWORK, file=sys.stderr)
        return 1
    try:
        boxes = asyncio.run(_look(options.seconds, addresses=addresses, quiet=options.json))
    except Unavailable as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps([asdict(box) for box in boxes], ensure_ascii=False, indent=2))
    elif boxes:
        print(table(boxes))
    else:
        print(_NOTHING, file=sys.stderr)
    return 0 if boxes else 1
