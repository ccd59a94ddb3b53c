"""What a receiver does with a batch: take what is new, ask for what is missing, or say that the history forked.

The receiver keeps one cursor for each (source, epoch): how far it is durable, and the chain there. The cursor moves in
the transaction that stores the entries, under a lock on it, so that two senders or a repeated request take turns.
"""

from dataclasses import dataclass

from sync.journal.batches import Batch
from sync.journal.entries import BadLine, Entry, Position, after_all, read_line


@dataclass(frozen=True, slots=True)
class Take:
    """Store these, and move the cursor to `cursor`; nothing to store means that all of it was known."""

    new: list[Entry | BadLine]
    cursor: Position


@dataclass(frozen=True, slots=True)
class Missing:
    """The batch begins later than the cursor: ask for what comes after it."""

    cursor: Position


@dataclass(frozen=True, slots=True)
class Fork:
    """The batch tells another history than the one that is kept."""

    cursor: Position


Decision = Take | Missing | Fork


def decide(batch: Batch, *, cursor: Position, mark: Position | None = None) -> Decision:
    """What to do with a batch, by the cursor as it is inside the transaction.

    `mark` is a place before the cursor whose chain was kept; it counts where it lies within the batch. Equal chains at
    one place mean equal histories up to there, so an overlap needs no comparison entry by entry. A batch that ends
    before the cursor and holds no kept place tells nothing new: the answer names the cursor, and the sender compares.
    """
    start = batch.start
    if start.seq > cursor.seq:
        return Missing(cursor)
    known = min(cursor.seq - start.seq, len(batch.lines))
    place = cursor if start.seq + known == cursor.seq else mark
    if place is not None and 0 <= place.seq - start.seq <= known:
        met = after_all(start, batch.lines[: place.seq - start.seq])
        if met.chain != place.chain:
            return Fork(cursor)
    if start.seq + known < cursor.seq:
        return Take([], cursor)
    fresh = batch.lines[known:]
    new = [read_line(line, seq=cursor.seq + number) for number, line in enumerate(fresh, start=1)]
    return Take(new, batch.end)
