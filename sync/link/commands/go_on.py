"""`go-on`: what is played is told again."""

from sync.link import opening


def main(arguments: list[str]) -> int:
    """The command."""
    given = opening.parser("go-on", "Tell again what is played, from the next play on.").parse_args(arguments)
    with opening.at_hand(given.folder) as at_hand:
        at_hand.desk.pause(paused=False)
        print("What is played from now on is told.")
    return 0
