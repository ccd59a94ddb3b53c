"""`pair`: chooses the box that plays go to."""

import asyncio
from dataclasses import replace
from pathlib import Path

from sync.link import connection, opening


def main(arguments: list[str]) -> int:
    """The command."""
    options = opening.parser("pair", "Choose the box that plays go to; what waits for a box goes there too.")
    options.add_argument("--box", required=True, metavar="URL", help="its address, such as http://127.0.0.1:8080")
    options.add_argument("--token-file", required=True, type=Path, metavar="FILE", help="the file with the DJ's token")
    given = options.parse_args(arguments)
    with opening.at_hand(given.folder) as at_hand:
        box = connection.plain_box(given.box, given.token_file)
        greeting = asyncio.run(connection.greet(box))
        connection.choose(at_hand.store, replace(box, box_id=greeting.box_id))
    print(f"Plays go to the box at {box.url} from now on.")
    return 0
