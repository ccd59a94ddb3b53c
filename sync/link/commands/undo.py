"""`undo`: takes the last play back."""

from sync.link import opening
from sync.link.commands.words import said


def main(arguments: list[str]) -> int:
    """The command."""
    given = opening.parser("undo", "Take the last play back, everywhere.").parse_args(arguments)
    with opening.at_hand(given.folder) as at_hand:
        said(at_hand, "Taken back:", at_hand.desk.undo())
    return 0
