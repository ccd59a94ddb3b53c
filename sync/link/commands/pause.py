"""`pause`: nothing is told any more."""

from sync.link import opening
from sync.link.typed import typed


def main(arguments: list[str]) -> int:
    """The command."""
    given = opening.parser(
        "pause", "Tell nothing of what programs play, until go-on; it is not told later either."
    ).parse_args(arguments)
    with opening.at_hand(given.folder) as at_hand:
        at_hand.desk.pause(paused=True)
        print(f"Paused: nothing that programs play is told. Again: {typed('go-on')}")
    return 0
