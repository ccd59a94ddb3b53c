"""`private`: the next play is not told."""

from sync.link import opening


def main(arguments: list[str]) -> int:
    """The command."""
    given = opening.parser("private", "The next play is nobody's business; the one after it is told again.").parse_args(
        arguments
    )
    with opening.at_hand(given.folder) as at_hand:
        at_hand.desk.next_private()
        print("The next play is not told.")
    return 0
