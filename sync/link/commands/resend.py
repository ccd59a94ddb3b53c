"""`resend`: says the last play once more."""

from sync.link import opening
from sync.link.commands.words import said


def main(arguments: list[str]) -> int:
    """The command."""
    given = opening.parser("resend", "Say the last play once more, as heard now.").parse_args(arguments)
    with opening.at_hand(given.folder) as at_hand:
        said(at_hand, "Told again:", at_hand.desk.resend())
    return 0
