"""`pair`: gets to know a box by the staff's code, and chooses it; or chooses one on this very laptop."""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from appliance.errors import Invalid, Unavailable
from sync.link import connection, opening
from sync.link.boxes import Place, look, places_of, read_place
from sync.link.opening import AtHand
from sync.link.pairing import pair

_LOOK_S = 3.0


def _options() -> argparse.ArgumentParser:
    options = opening.parser("pair", "Choose the box that plays go to; what waits for a box goes there too.")
    options.add_argument("code", nargs="?", help="the code of the staff page, or its whole pika:// text")
    options.add_argument("--at", metavar="HOST[:PORT]", help="the box's address, when it is not found by itself")
    options.add_argument("--box", metavar="URL", help="a box on this laptop, such as http://127.0.0.1:8080")
    options.add_argument("--token-file", type=Path, metavar="FILE", help="the file with the DJ's token for --box")
    return options


async def _places() -> Sequence[Place]:
    """Of the one box on this network. Raises: Unavailable."""
    found = [box for box in await look(_LOOK_S) if box.link_port is not None]
    if len({box.box_id for box in found}) == 1:
        return places_of(found[0])
    if found:
        names = ", ".join(f"{box.name} ({box.addresses[0]})" for box in found)
        raise Unavailable("boxes_several", f"There are several boxes: {names}.", advice="Say which one with --at.")
    raise Unavailable("box_unreachable", "No box was found on this network.", advice="Say where it is with --at.")


async def _pair(at_hand: AtHand, code: str, *, at: str | None) -> str:
    typed = read_place(code) if code.startswith("pika:") else None
    if typed is not None:
        places: Sequence[Place] = [typed]
    else:
        places = [read_place(at)] if at else await _places()
    known = await pair(at_hand.store, places, code=typed.code if typed else code)
    connection.choose_paired(at_hand.store)
    return f"{known.name} ({known.host})"


def main(arguments: list[str]) -> int:
    """The command."""
    given = _options().parse_args(arguments)
    if bool(given.box) != bool(given.token_file) or bool(given.box) == bool(given.code):
        raise Invalid(
            "options_incomplete",
            "The code of the staff page is needed, or --box with --token-file.",
            advice="Staff make a code on their page: pikabox-link pair 3-4711-0815",
        )
    with opening.at_hand(given.folder) as at_hand:
        if given.code:
            name = asyncio.run(_pair(at_hand, given.code, at=given.at))
        else:
            box = connection.plain_box(given.box, given.token_file)
            greeting = asyncio.run(connection.greet(box))
            connection.choose(at_hand.store, replace(box, box_id=greeting.box_id))
            name = box.url
    print(f"Plays go to {name} from now on.")
    return 0
