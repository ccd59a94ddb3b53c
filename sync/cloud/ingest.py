"""What becomes of a box's batch: what is new is stored in the transaction that moves its cursor. Knows no HTTP.

So an acknowledgement means that everything up to it is durable, and a batch that comes again changes nothing. An entry
that is no event is kept aside as it came, and stops nothing behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sync.cloud.store.ports import Database, Tx, ValueRefused
from sync.journal.batches import Batch
from sync.journal.entries import BadLine, Entry, Position, beginning
from sync.journal.receiving import Decision, Fork, Take, decide

#: kinds of alarms: a history that goes on in two ways, and two histories that go on side by side
FORKED, TWO_HISTORIES = "history_forked", "two_histories"
#: the code of an entry that the database can't hold though it looked well
_REFUSED = "line_refused"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a batch is from, as its key says."""

    org_id: str
    box_id: str


@dataclass(frozen=True, slots=True)
class Aside:
    """An entry that was kept aside."""

    seq: int
    #: stable, for programs
    code: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The outcome of a batch."""

    decision: Decision
    #: how many events it brought
    new: int = 0
    aside: Sequence[Aside] = ()

    @property
    def cursor(self) -> Position:
        """How far everything is durable."""
        return self.decision.cursor


@dataclass(frozen=True, slots=True)
class _Place:
    """What all rows of one batch have in common."""

    sender: Sender
    batch: Batch
    now_ms: int

    @property
    def epoch(self) -> str:
        return self.batch.header.epoch

    @property
    def row(self) -> dict[str, object]:
        return {"org": self.sender.org_id, "box": self.sender.box_id, "epoch": self.epoch, "now_ms": self.now_ms}

    def raw(self, seq: int) -> bytes:
        """The line of an entry as it came."""
        return self.batch.lines[seq - self.batch.start.seq - 1]


async def cursor_of(database: Database, sender: Sender, *, epoch: str, now_ms: int) -> Position:
    """How far a history is durable; its beginning where nothing of it is known. Raises: Unavailable."""
    async with database.transaction(org=None) as tx:
        kept = await tx.one("history", box=sender.box_id, epoch=epoch)
        await tx.run("see_box", org=sender.org_id, box=sender.box_id, now_ms=now_ms)
    if kept is None or kept["org_id"] != sender.org_id:
        return beginning(source=sender.box_id, epoch=epoch)
    return Position(kept["seq"], kept["chain"])


async def marks_after(database: Database, sender: Sender, *, epoch: str, after: int) -> list[Position]:
    """Places of a history whose chain is kept, in order. Raises: Unavailable."""
    async with database.transaction(org=None) as tx:
        rows = await tx.all("chain_marks_after", org=sender.org_id, box=sender.box_id, epoch=epoch, after=after)
    return [Position(row["seq"], row["chain"]) for row in rows]


async def take(database: Database, sender: Sender, *, batch: Batch, now_ms: int) -> Taken:
    """Takes what is new in a batch. Durable when it returns. Raises: Unavailable."""
    place = _Place(sender, batch, now_ms)
    try:
        async with database.transaction(org=None) as tx:
            return await _take(tx, place, one_by_one=False)
    except ValueRefused:
        # Some entry passed for a good one and the database knows better: find it, or nothing would ever pass again.
        async with database.transaction(org=None) as tx:
            return await _take(tx, place, one_by_one=True)


async def _take(tx: Tx, place: _Place, *, one_by_one: bool) -> Taken:
    start = beginning(source=place.sender.box_id, epoch=place.epoch)
    kept = await tx.one("lock_history", **place.row, chain=start.chain)
    assert kept is not None  # the statement makes it
    cursor = Position(kept["seq"], kept["chain"])
    if kept["org_id"] != place.sender.org_id:
        # A box that changed hands begins anew: what it sent before is not for its new owner.
        return Taken(Fork(start))
    decision = decide(place.batch, cursor=cursor, mark=await _mark(tx, place, cursor=cursor))
    if isinstance(decision, Fork):
        await _alarm(tx, place, kind=FORKED)
    if not isinstance(decision, Take) or decision.cursor == cursor:
        await tx.run("see_box", org=place.sender.org_id, box=place.sender.box_id, now_ms=place.now_ms)
        return Taken(decision)
    if cursor.seq > 0 and kept["latest"] != place.epoch:
        # Nobody goes back to an older history: there are two of this box, each with one of its own.
        await _alarm(tx, place, kind=TWO_HISTORIES)
    entries = [entry for entry in decision.new if isinstance(entry, Entry)]
    bad = [entry for entry in decision.new if isinstance(entry, BadLine)]
    refused = await _add_carefully(tx, place, entries) if one_by_one else await _add(tx, place, entries)
    aside = sorted([*bad, *refused], key=lambda one: one.seq)
    if aside:
        await tx.many("add_quarantined", [{**place.row, "seq": e.seq, "code": e.code, "raw": e.raw} for e in aside])
    await tx.run("settle_batch", **place.row, seq=decision.cursor.seq, chain=decision.cursor.chain)
    return Taken(decision, len(decision.new), [Aside(one.seq, one.code) for one in aside])


async def _mark(tx: Tx, place: _Place, *, cursor: Position) -> Position | None:
    """A kept place inside a batch that tells of old things only."""
    start, end = place.batch.start, place.batch.end
    if end.seq >= cursor.seq or not place.batch.lines:
        return None
    found = await tx.one("chain_mark_within", box=place.sender.box_id, epoch=place.epoch, first=start.seq, last=end.seq)
    return Position(found["seq"], found["chain"]) if found else None


async def _add(tx: Tx, place: _Place, entries: Sequence[Entry]) -> list[BadLine]:
    columns = {
        name: [getattr(entry, name) for entry in entries]
        for name in ("seq", "kind", "v", "boot", "boot_ms", "wall_ms", "trust", "body")
    }
    if entries:
        await tx.bulk("add_events", columns, **place.row)
    return []


async def _add_carefully(tx: Tx, place: _Place, entries: Sequence[Entry]) -> list[BadLine]:
    """As `_add`, halving what is refused until what is bad stands alone."""
    try:
        async with tx.savepoint():
            return await _add(tx, place, entries)
    except ValueRefused:
        if len(entries) == 1:
            seq = entries[0].seq
            return [BadLine(seq, _REFUSED, place.raw(seq))]
    half = len(entries) // 2
    return [
        *await _add_carefully(tx, place, entries[:half]),
        *await _add_carefully(tx, place, entries[half:]),
    ]


async def _alarm(tx: Tx, place: _Place, *, kind: str) -> None:
    who = {"org": place.sender.org_id, "box": place.sender.box_id}
    await tx.run("raise_alarm", **who, kind=kind, subject=place.epoch, now_ms=place.now_ms)
