"""What is said of a set's end follows what happens in the set: tracks count down, and with the set it is gone."""

from appliance.domain.events import ClosingSaid
from appliance.domain.models import Play, Session, Stamp
from appliance.domain.schedule.closing import Closing, after_play, after_retraction
from appliance.ports import Transaction


def keep(tx: Transaction, said: Closing, *, at: Stamp) -> None:
    """Stores and tells what holds of a set's end now."""
    tx.set_closing(said)
    tx.record(ClosingSaid(said.session_id, said.stage_id, said), at=at)


def track_began(tx: Transaction, play: Play, *, at: Stamp) -> None:
    """Counts down with a track that is on now."""
    said = tx.closing(play.session_id)
    if said is not None and (new := after_play(said, play.id)) != said:
        keep(tx, new, at=at)


def track_taken_back(tx: Transaction, play: Play, *, at: Stamp) -> None:
    """Counts up again when a track is taken back that had counted."""
    said = tx.closing(play.session_id)
    if said is not None and (new := after_retraction(said, play.id)) != said:
        keep(tx, new, at=at)


def forget(tx: Transaction, session: Session, *, at: Stamp) -> None:
    """Drops what was said of a set's end, if anything was."""
    if tx.drop_closing(session.id):
        tx.record(ClosingSaid(session.id, session.stage_id, None), at=at)
