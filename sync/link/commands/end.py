"""`end`: the set is over."""

from sync.link import opening
from sync.link.commands.words import said


def main(arguments: list[str]) -> int:
    """The command."""
    given = opening.parser("end", "The set is over: the next DJ may begin.").parse_args(arguments)
    with opening.at_hand(given.folder) as at_hand:
        at_hand.desk.end_set()
        said(at_hand, "The set is over.")
    return 0
