"""The end of a poll, inside the transaction that ends it or the set in which it was asked."""

from dataclasses import replace

from appliance.domain import polls
from appliance.domain.events import PollClosed
from appliance.domain.models import Session, Stamp
from appliance.domain.polls import Poll, PollEnd
from appliance.ports import Transaction


def close_with(tx: Transaction, session: Session, *, at: Stamp) -> None:
    """Ends the poll that a set leaves behind, inside the transaction that ends the set."""
    running = tx.running_poll(session.stage_id)
    if running is not None and running.session_id == session.id:
        close(tx, running, end=PollEnd.SESSION, at=at)


def close(tx: Transaction, poll: Poll, *, end: PollEnd, at: Stamp) -> Poll:
    """Ends a poll; one that is over stays as it is."""
    if poll.end is not None:
        return poll
    # It was over by itself; somebody only says so as well.
    end = PollEnd.TIME if end is PollEnd.ENDED and polls.is_over(poll, at) else end
    tx.end_poll(poll.id, end=end, at=at)
    over = replace(poll, end=end, ended=at)
    tx.record(PollClosed(over), at=at)
    return over
