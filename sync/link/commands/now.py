"""`now`: the DJ says what is heard."""

from sync.link import opening
from sync.link.commands.words import said


def main(arguments: list[str]) -> int:
    """The command."""
    options = opening.parser("now", 'Say what is heard, when no program says it: now "Artist - Title".')
    options.add_argument("words", nargs="+", metavar="WORDS", help='"Artist - Title", or a title alone')
    given = options.parse_args(arguments)
    with opening.at_hand(given.folder) as at_hand:
        said(at_hand, "Told:", at_hand.desk.now(" ".join(given.words)))
    return 0
