"""`forget`: nothing goes to the chosen box any more."""

from appliance.errors import Refused
from sync.link import connection, opening
from sync.link.telling import entries_words
from sync.link.typed import typed


def main(arguments: list[str]) -> int:
    """The command."""
    given = opening.parser("forget", "Send nothing to the chosen box any more; plays are kept for the next one.")
    folder = given.parse_args(arguments).folder
    with opening.at_hand(folder) as at_hand:
        waiting = at_hand.store.history(at_hand.desk.box).waiting if at_hand.desk.box else 0
        box = connection.forget(at_hand.store)
    if box is None:
        raise Refused(
            "no_box", "No box was chosen, so there is none to forget.", advice=f"Choose one: {typed('pair CODE')}"
        )
    rest = f" {entries_words(waiting)} for it; they go there if it is chosen again." if waiting else ""
    print(f"The box {connection.words_for(box)} is forgotten.{rest}")
    return 0
