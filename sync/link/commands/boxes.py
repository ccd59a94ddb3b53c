"""`boxes`: lists the boxes on this network."""

import argparse
import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict

from appliance.discovery.service import FoundBox
from sync.link import opening
from sync.link.boxes import look
from sync.link.typed import typed

_NOTHING = """No box found. What to do:
  - Is the box on, and is this laptop on the box's Wi-Fi or on its cable?
  - Look again for longer: {again}
  - Some venues' Wi-Fi keeps devices apart. Then ask the staff for the address that the box shows."""


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= 60:
        raise argparse.ArgumentTypeError("must be more than 0 and at most 60")
    return value


def _lines(boxes: Sequence[FoundBox]) -> list[str]:
    width = max(len(box.name) for box in boxes)
    return [
        f"{box.name:<{width}}  {box.addresses[0]}  {'takes links' if box.link_port else 'takes no links'}"
        for box in boxes
    ]


def main(arguments: list[str]) -> int:
    """The command. 0 when a box was found, else 1."""
    options = opening.parser("boxes", "List the boxes on this network.")
    options.add_argument("--seconds", type=_seconds, default=3.0, help="how long to look (default 3)")
    options.add_argument("--json", action="store_true", help="as JSON, for programs")
    given = options.parse_args(arguments)
    boxes = asyncio.run(look(given.seconds))
    if given.json:
        print(json.dumps([asdict(box) for box in boxes], ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(boxes)) if boxes else _NOTHING.format(again=typed("boxes --seconds 10")))
    return 0 if boxes else 1
