"""The box's journal as one history for the cloud: where it begins, how far the cloud has it, whether it is itself.

The journal's own sequence goes on when a database was restored, and then some numbers stand for two rows. So the cloud
is told numbers of the history's own, from 1 without a hole under an epoch. Which row a number is follows from the last
mark and by counting, so rows that were let go of make no hole. Whenever the box's database is not the one that the
marks were made of, a new epoch begins behind the last row that the cloud has proven to hold: told twice at worst, never
skipped. Must not speak to anybody.
"""

import json
import logging
import secrets
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice

import msgspec

from appliance.domain.uplink import JOURNAL_SENT
from appliance.store.journal import FLOOR, JournalEnd, JournalKeeper, JournalReader
from sync.agent.store.database import Mark, Memory, Told
from sync.journal.batches import LINES_MOST
from sync.journal.entries import CRUMB, BadLine, Entry, Position, read_line, trail

log = logging.getLogger(__name__)

#: a batch before packing, bytes: some five thousand likes; larger ones are no faster and fill the memory
PLAIN_MOST = 800_000
#: rows hashed at once where a place is looked for
_STEP = 2000
#: the kind of a note that stands for a row
KEPT_BACK = "box.kept_back"
#: as rows look whose guest was forgotten: their hash tells nothing
_ERASED = b'["erased",'


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the history, ready to be sent."""

    start: Position
    #: none, once it was packed, but for a single one
    lines: list[bytes]
    #: the mark that it makes once it is acknowledged
    end: Mark
    #: bytes before they are packed
    size: int = 0

    @property
    def count(self) -> int:
        """Its rows."""
        return self.end.position.seq - self.start.seq

    def without_lines(self) -> "Piece":
        """The same for whoever waits for the answer: several of these are in memory at once."""
        return self if self.count == 1 else replace(self, lines=[])


class History:
    """One box's. Used from one thread at a time."""

    def __init__(self, reader: JournalReader, keeper: JournalKeeper, memory: Memory) -> None:
        self._reader, self._keeper, self._memory = reader, keeper, memory
        self._stand_ins = memory.stand_ins()
        self._sent = 0
        self.told = self._open()

    @property
    def acked(self) -> Mark:
        """Everything up to there is durable in the cloud, and that is durable here."""
        return self._memory.newest()

    @property
    def kept_back(self) -> int:
        """Rows that are sent as a note only."""
        return len(self._stand_ins)

    def look(self) -> JournalEnd:
        """How far the box's journal reaches; notices when another database took its place."""
        end = self._reader.end()
        if end.epoch != self.told.journal or end.box != self.told.source or end.last_seq < self.acked.journal_seq:
            self.told = self._open()
        return end

    def last_seq(self) -> int:
        """How far the box's journal reaches."""
        return self._reader.end().last_seq

    def _open(self) -> Told:
        end = self._reader.end()
        self._sent = int(self._reader.meta(JOURNAL_SENT) or 0)
        told = self._memory.told()
        if told is None or told.source != end.box:
            return self._first(end)
        if told.journal != end.epoch:
            proven = self._proven_through_copies(told)
            log.warning("The box's database was restored or begun anew; the cloud is told a new history from here on.")
            return self._begin(end, epoch=end.epoch, behind=proven)
        if self.is_itself(end):
            return told
        log.warning("The box's database is an older copy of itself; the cloud is told a new history from here on.")
        return self._begin(end, epoch=secrets.token_hex(8), behind=self._parted_at())

    def _first(self, end: JournalEnd) -> Told:
        """Nothing is remembered: from the beginning, or from where the box's database says that its rows begin."""
        floor = _floor(self._reader.meta(FLOOR))
        if floor is not None and floor[0].journal == end.epoch and floor[0].source == end.box:
            self._memory.begin(floor[0], base=floor[1])
            return floor[0]
        base = (self._reader.first_seq() or 1) - 1
        origin, until = self._reader.meta("restored_from"), self._reader.meta("restored_seq")
        if origin and origin != end.box and until and until.isdecimal():
            # Another box's evenings, which that box tells itself.
            base = max(base, int(until))
        return self._begin(end, epoch=end.epoch, behind=base)

    def _begin(self, end: JournalEnd, *, epoch: str, behind: int) -> Told:
        told = Told(epoch=epoch, journal=end.epoch, source=end.box)
        self._memory.begin(told, base=behind)
        self.told = told
        return told

    def _proven_through_copies(self, told: Told) -> int:
        """After a restore that said so: rows of the copy up to its end are the same as those that were told."""
        for restoration in self._reader.restorations():
            if restoration.previous == told.journal:
                return min(restoration.last_seq, self.acked.journal_seq)
        return (self._reader.first_seq() or 1) - 1

    def is_itself(self, end: JournalEnd) -> bool:
        """Whether the box's database still holds what the cloud was told last."""
        newest = self.acked
        if end.last_seq < newest.journal_seq:
            return False
        before = self._memory.below(newest.position.seq - 1) if newest.position.seq else None
        return before is None or self._same(before, newest) == len(newest.crumbs) // CRUMB

    def _same(self, start: Mark, end: Mark) -> int:
        """How many rows between two marks are the rows that were told; all, where that can't be known any more."""
        position, same, wanted = start.position, 0, len(end.crumbs) // CRUMB
        with closing(self._lines(start.journal_seq)) as rows:
            stretch = (line for seq, line in rows if seq <= end.journal_seq)
            while lines := list(islice(stretch, min(_STEP, wanted - same))):
                if any(line.startswith(_ERASED) for line in lines):
                    return wanted
                position, crumbs = trail(position, lines)
                told = end.crumbs[same * CRUMB : (same + len(lines)) * CRUMB]
                if crumbs != told:
                    return same + next(
                        n for n in range(len(lines)) if crumbs[n * 4 : n * 4 + 4] != told[n * 4 : n * 4 + 4]
                    )
                same += len(lines)
        return same

    def _parted_at(self) -> int:
        """The last row that the database still has as it was told."""
        marks = self._memory.marks_down()
        with closing(marks):
            later = next(marks)
            for earlier in marks:
                same = self._same(earlier, later)
                if same:
                    with closing(self._lines(earlier.journal_seq)) as rows:
                        return next(islice(rows, same - 1, same))[0]
                later = earlier
            return later.journal_seq

    def renew(self, reason: str, *, known: Sequence[Position] = ()) -> None:
        """The cloud holds another history under this epoch: a new one, behind what both have in common.

        `known`: places of the cloud's, in order. Equal chains at one place mean equal histories up to there.
        """
        acked = self.acked
        for position in known:
            mark = self._on(acked, to=position.seq)
            if mark is None or mark.position != position:
                break
            acked = mark
        log.warning("The cloud holds another history of this box (%s); what it lacks is told under a new one.", reason)
        self._begin(self._reader.end(), epoch=secrets.token_hex(8), behind=acked.journal_seq)

    def _lines(self, after: int) -> Generator[tuple[int, bytes], None, None]:
        return self._in_their_place(after) if self._stand_ins else self._reader.lines(after)

    def _in_their_place(self, after: int) -> Generator[tuple[int, bytes], None, None]:
        for seq, line in self._reader.lines(after):
            yield seq, self._stand_ins.get(seq, line)

    def piece(self, start: Mark, *, most_bytes: int, most_lines: int = LINES_MOST) -> Piece | None:
        """What follows a place, up to about so many bytes before packing; at least one row. None when nothing does."""
        most_bytes = min(most_bytes, PLAIN_MOST)
        lines: list[bytes] = []
        size, last = 0, start.journal_seq
        with closing(self._lines(start.journal_seq)) as rows:
            for seq, line in rows:
                if lines and (size + len(line) >= most_bytes or len(lines) >= min(most_lines, LINES_MOST)):
                    break
                size += len(line) + 1
                lines.append(line)
                last = seq
        if not lines:
            return None
        position, crumbs = trail(start.position, lines)
        return Piece(start.position, lines, Mark(position, last, crumbs), size)

    def about_to_send(self, piece: Piece) -> None:
        """Notes that rows may be known elsewhere from now on. Durable when it returns, and mostly done already."""
        if piece.end.journal_seq > self._sent:
            self._sent = max(piece.end.journal_seq, self._reader.end().last_seq)
            self._keeper.set_sent(self._sent)

    def find(self, position: Position) -> Mark | None:
        """The place with this number, if the history is known there; its chain is the own one."""
        mark = self._memory.below(position.seq)
        return self._on(mark, to=position.seq) if mark is not None else None

    def _on(self, start: Mark, *, to: int) -> Mark | None:
        """The place with the number `to`, found from an earlier one."""
        mark, crumbs = start, b""
        while mark.position.seq < to:
            piece = self.piece(mark, most_bytes=PLAIN_MOST, most_lines=to - mark.position.seq)
            if piece is None:
                return None
            crumbs += piece.end.crumbs
            mark = replace(piece.end, crumbs=crumbs)
        return mark

    def take(self, mark: Mark) -> None:
        """The cloud holds everything up to there. Durable when it returns."""
        self._memory.add(mark)

    def go_back(self, mark: Mark) -> None:
        """The cloud holds less than it did, and asks for what comes after there."""
        if self._memory.below(mark.position.seq) != mark:
            self._memory.add(mark)
        self._memory.go_back(mark.position.seq)

    def stand_in(self, piece: Piece) -> None:
        """A row goes as a note from now on. It stays on the box. A note that can't be sent either stays a note."""
        seq, (line,) = piece.end.journal_seq, piece.lines
        if seq in self._stand_ins:
            return
        log.error("The cloud breaks down over row %d of the journal (%d bytes): a note goes instead.", seq, len(line))
        note = _note(line)
        self._memory.stand_in(seq, note)
        self._stand_ins[seq] = note

    def floor_text(self, mark: Mark) -> str:
        """What the box's database is told when rows up to a mark go."""
        told = self.told
        parts = (told.epoch, told.journal, told.source, str(mark.position.seq), str(mark.journal_seq))
        return " ".join((*parts, mark.position.chain))


def _note(line: bytes) -> bytes:
    """What is sent in the place of a line."""
    found = read_line(line, seq=0)
    if isinstance(found, BadLine):
        body = json.dumps({"bytes": len(line)})
        return Entry(0, KEPT_BACK, 1, "", 0, 0, "none", body).line()
    body = json.dumps({"kind": found.kind, "bytes": len(line)}, separators=(",", ":"))
    return msgspec.structs.replace(found, kind=KEPT_BACK, v=1, body=body).line()


def _floor(text: str | None) -> tuple[Told, Mark] | None:
    parts = (text or "").split(" ")
    if len(parts) != 6 or not (parts[3].isdecimal() and parts[4].isdecimal()):
        return None
    position = Position(int(parts[3]), parts[5])
    return Told(epoch=parts[0], journal=parts[1], source=parts[2]), Mark(position, int(parts[4]))
