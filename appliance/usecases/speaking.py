"""What all words of guests have in common: there must be room for them, and they are of a play on a stage."""

from appliance.domain.locks import OUTSIDE, Inside, may_see
from appliance.domain.models import Play
from appliance.domain.space import Room
from appliance.errors import NotKnown, Unavailable
from appliance.ports import Ports, Transaction


def is_open(tx: Transaction, session_id: str | None, *, inside: Inside) -> bool:
    """Whether a guest may know what belongs to a set; what belongs to none, everybody may."""
    session = tx.session(session_id) if session_id is not None else None
    return session is None or may_see(session.lock, inside)


def check_room(ports: Ports) -> None:
    """Raises: Unavailable with the code `disk_full` when what room there is on the disk is for the music."""
    if ports.room() is Room.SCARCE:
        raise Unavailable(
            "disk_full",
            "The box's disk is full: hearts and votes can't be kept now; the music goes on.",
            advice="Tell the staff.",
        )


def is_banned(tx: Transaction, guest_id: str) -> bool:
    """Whether nothing that a guest says is in any sum; it is kept all the same."""
    return tx.ban_of(guest_id) is not None


def play_unknown() -> NotKnown:
    """There is no such play, or none that the asker may know of."""
    return NotKnown("play_unknown", "The box does not know this play here.", advice="Open the stage page again.")


def known_play(tx: Transaction, play_id: str, *, stage_id: str | None = None, inside: Inside = OUTSIDE) -> Play:
    """The play as a guest may know it: of that stage if one is named, and of no set behind a PIN that they lack.

    Raises: NotKnown with the code `play_unknown`.
    """
    play = tx.play(play_id)
    if play is None or stage_id not in {None, play.stage_id} or not is_open(tx, play.session_id, inside=inside):
        raise play_unknown()
    return play
