"""What a receiver does with a batch: take what is new, ask for what is missing, or say that the history forked.

The receiver keeps one cursor for each (source, epoch): how far it is durable, and the chain there. The cursor moves in
the transaction that stores the entries, under a lock on it, so that two senders or a repeated request take turns.
"""

from collections.abc import Callable
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


def decide(batch: Batch, *, cursor: Position, chain_at: Callable[[int], str | None] = lambda _: None) -> Decision:
    """What to do with a batch, by the cursor as it is inside the transaction.

    `chain_at` gives the kept chain after an older entry where it is known. Equal chains at one place mean equal
    histories up to there, so an overlap needs no comparison entry by entry. A batch that ends before the cursor at a
    place whose chain is not kept tells nothing new: the answer names the cursor, and the sender compares.
    """
    start = batch.start
    if start.seq > cursor.seq:
        return Missing(cursor)
    known = min(cursor.seq - start.seq, len(batch.lines))
    met = after_all(start, batch.lines[:known])
    kept = cursor.chain if met.seq == cursor.seq else chain_at(met.seq)
    if kept is not None and kept != met.chain:
        return Fork(cursor)
    if met.seq < cursor.seq:
        return Take([], cursor)
    fresh = batch.lines[known:]
    new = [read_line(line, seq=cursor.seq + number) for number, line in enumerate(fresh, start=1)]
    return Take(new, batch.end)
