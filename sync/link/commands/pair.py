"""`pair`: gets to know a box by the staff's code, and chooses it; or chooses one on this very laptop."""

import argparse
import asyncio
from dataclasses import replace
from pathlib import Path

from appliance.errors import Invalid
from sync.link import connection, opening
from sync.link.choosing import introduce
from sync.link.typed import typed


def _options() -> argparse.ArgumentParser:
    options = opening.parser("pair", "Choose the box that plays go to; what waits for a box goes there too.")
    options.add_argument("code", nargs="?", help="the code of the staff page, or its whole pika:// text")
    options.add_argument("--at", metavar="HOST[:PORT]", help="the box's address, when it is not found by itself")
    options.add_argument("--box", metavar="URL", help="a box on this laptop, such as http://127.0.0.1:8080")
    options.add_argument("--token-file", type=Path, metavar="FILE", help="the file with the DJ's token for --box")
    return options


def main(arguments: list[str]) -> int:
    """The command."""
    given = _options().parse_args(arguments)
    if bool(given.box) != bool(given.token_file) or bool(given.box) == bool(given.code):
        raise Invalid(
            "options_incomplete",
            "The code of the staff page is needed, or --box with --token-file.",
            advice=f"Staff make a code on their page: {typed('pair 3-4711-0815')}",
        )
    with opening.at_hand(given.folder) as at_hand:
        if given.code:
            known = introduce(at_hand.store, given.code, at=given.at)
            name = f"{known.name} ({known.host})"
        else:
            box = connection.plain_box(given.box, given.token_file)
            greeting = asyncio.run(connection.greet(box))
            connection.choose(at_hand.store, replace(box, box_id=greeting.box_id))
            name = box.url
    print(f"Plays go to {name} from now on.")
    return 0
