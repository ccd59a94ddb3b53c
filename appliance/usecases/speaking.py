"""What all words of guests have in common: there must be room for them, and they are of a play on a stage."""

from appliance.domain.models import Play
from appliance.domain.space import Room
from appliance.errors import NotKnown, Unavailable
from appliance.ports import Ports, Transaction


def check_room(ports: Ports) -> None:
    """Raises: Unavailable with the code `disk_full` when what room there is on the disk is for the music."""
    if ports.room() is Room.SCARCE:
        raise Unavailable(
            "disk_full",
            "The box's disk is full: hearts and votes can't be kept now; the music goes on.",
            advice="Tell the staff.",
        )


def counts(tx: Transaction, guest_id: str) -> bool:
    """Whether what a guest says now is in any sum; it is kept all the same."""
    return tx.ban_of(guest_id) is None


def known_play(tx: Transaction, play_id: str, *, stage_id: str | None = None) -> Play:
    """The play, of that stage if one is named.

    Raises: NotKnown with the code `play_unknown`.
    """
    play = tx.play(play_id)
    if play is None or stage_id not in {None, play.stage_id}:
        raise NotKnown("play_unknown", "The box does not know this play here.", advice="Open the stage page again.")
    return play
