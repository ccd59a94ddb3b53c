"""What is sent next and what an answer to it means for the own history. Everything here waits for the disk.

Used on the worker's thread; the conversation itself is `lane`'s.
"""

from collections.abc import Sequence
from dataclasses import replace

from appliance.clock import Clock
from sync.agent.doubt import Doubt
from sync.agent.history import History, Piece
from sync.agent.poison import Poison
from sync.agent.store.database import Mark
from sync.journal.answers import Acked, Outcome, TooLarge
from sync.journal.batches import ZSTD, Sent, pack
from sync.journal.entries import Position
from sync.journal.sending import START_BYTES, Next, Sending

#: bytes before packing for each after it, until that was measured
_PACKS_TO = 6.0


class Sender:
    """How far the cloud is, and how large a batch should be."""

    def __init__(self, history: History, *, clock: Clock, program: str, deaths: int) -> None:
        """`deaths`: as `Poison` has it."""
        self.history = history
        self._clock, self._program = clock, program
        #: everything up to there is durable in the cloud
        self.acked = history.acked
        self.encoding = ZSTD
        self.poison = Poison(deaths=deaths)
        self.doubt = Doubt()
        self._batch_bytes, self._ratio = START_BYTES, _PACKS_TO

    def waits(self) -> bool:
        """Whether something is to be sent; notices when another database took the place of the one that was."""
        end = self.history.look()
        self.acked = self.history.acked
        return end.last_seq > self.acked.journal_seq

    def timed_out(self) -> None:
        """A batch got no answer in time: the link may be too slow for so much."""
        self._batch_bytes = Sending(self.acked.position, 0, self._batch_bytes).timed_out().batch_bytes

    def next(self, behind: Mark | None) -> tuple[Piece, bytes] | None:
        """The next batch, packed, behind the last that is under way; what it holds may be known elsewhere from now on.

        Raises: Unavailable.
        """
        most_bytes = int(self._batch_bytes * self._ratio)
        piece = self.history.piece(behind or self.acked, most_bytes=most_bytes, most_lines=self.poison.lines_most)
        if piece is None:
            return None
        self.history.about_to_send(piece)
        now, told = self._clock.now(), self.history.told
        body, _ = pack(
            piece.lines,
            source=told.source,
            epoch=told.epoch,
            start=piece.start,
            sent=Sent(boot=now.boot, boot_ms=now.boot_ms, wall_ms=now.wall_ms, trust=now.trust.value),
            program=self._program,
            encoding=self.encoding,
            end=piece.end.position,
        )
        if piece.size > self._batch_bytes:
            self._ratio = 0.7 * self._ratio + 0.3 * max(1.0, piece.size / len(body))
        return piece.without_lines(), body

    def judge(self, outcome: Outcome, piece: Piece | None) -> tuple[Next, float, str]:
        """What an answer means: what to do, how long to wait first, and why. Remembers how far the cloud is.

        `piece` is what was answered, if it was a batch. Raises: Unavailable.
        """
        history, was = self.history, self.acked
        if isinstance(outcome, Acked) and piece is not None and outcome.position == piece.end.position:
            history.take(piece.end)
            self.acked = piece.end
            self.poison.lived(piece)
            self.doubt.dispel()
        known_end = was.position.seq + max(0, history.last_seq() - was.journal_seq)
        sending = Sending(self.acked.position, max(known_end, self.acked.position.seq), self._batch_bytes)

        def chain_at(seq: int) -> str:
            mark = history.find(replace(was.position, seq=seq))
            return mark.position.chain if mark is not None and mark.position.seq == seq else ""

        step = sending.heard(outcome, chain_at=chain_at)
        if piece is not None or isinstance(outcome, TooLarge):
            self._batch_bytes = step.sending.batch_bytes
        if step.next is not Next.NEW_EPOCH and step.sending.acked != self.acked.position:
            self._move(step.sending.acked)
        return step.next, step.wait_s, step.reason

    def _move(self, position: Position) -> None:
        mark = self.history.find(position)
        assert mark is not None  # its chain was compared just now
        if mark.position.seq > self.acked.position.seq:
            self.history.take(mark)
        else:
            self.history.go_back(mark)
        self.acked = mark

    def renew(self, reason: str, known: Sequence[Position]) -> None:
        """Begins a new epoch behind what the cloud and this box have in common. Raises: Unavailable."""
        self.history.renew(reason, known=known)
        self.acked = self.history.acked
