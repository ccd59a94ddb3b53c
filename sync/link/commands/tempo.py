"""`tempo`: the last play's tempo is half or double of what is known, or just that."""

from sync.link import opening
from sync.link.facts import Tempo
from sync.link.telling import play_words, tempo_words


def main(arguments: list[str]) -> int:
    """The command."""
    options = opening.parser("tempo", "Say that the last play's tempo is half or double of what is known, or as is.")
    options.add_argument("choice", choices=[one.value for one in Tempo], help="what it is")
    given = options.parse_args(arguments)
    with opening.at_hand(given.folder) as at_hand:
        play = at_hand.desk.tempo(Tempo(given.choice))
    print(f"{play_words(play)}: {tempo_words(play)}.")
    return 0
