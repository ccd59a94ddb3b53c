"""What a sender does next: which entries to send, what an answer means, how large a batch should be. Pure.

The receiver owns the resume point. A sender believes an acknowledgement only when the chain in it is its own chain at
that place: a higher one than it ever wrote, or another chain, means that one of the two histories is not the other's.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from sync.journal.answers import Acked, Forked, Later, NoAnswer, Outcome, Rewind, Stopped, TooLarge
from sync.journal.entries import Position

#: how large a packed batch should be, bytes
START_BYTES, LEAST_BYTES, MOST_BYTES = 64 * 1024, 2 * 1024, 256 * 1024


class Next(StrEnum):
    """What to do now."""

    #: send what comes after `acked`
    SEND = "send"
    #: wait as long as the back-off says, then send
    BACK_OFF = "back_off"
    #: wait `wait_s` seconds, then send
    WAIT = "wait"
    #: begin a new epoch and send everything again that the receiver has not proven to hold
    NEW_EPOCH = "new_epoch"
    #: tell staff, keep everything, and try again after a long wait
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Sending:
    """Where a sender stands."""

    #: everything up to here is durable at the receiver
    acked: Position
    #: the last entry of the own history
    last_seq: int
    batch_bytes: int = START_BYTES

    def heard(self, outcome: Outcome, *, chain_at: Callable[[int], str | None]) -> "Step":
        """What an answer to a batch means.

        `chain_at` gives the own chain after an entry, or None where the own history no longer knows it.
        """
        match outcome:
            case Acked(position=position, max_bytes=most, after_s=after_s):
                return self._acked(position, most=most, after_s=after_s, chain_at=chain_at)
            case Rewind(position=position):
                return self._rewound(position, chain_at=chain_at)
            case Forked():
                return Step(self, Next.NEW_EPOCH)
            case TooLarge() if self.batch_bytes <= LEAST_BYTES:
                return Step(self, Next.ALARM, reason="one entry alone is too large for the receiver")
            case TooLarge():
                return Step(replace(self, batch_bytes=max(LEAST_BYTES, self.batch_bytes // 2)), Next.SEND)
            case Later(wait_s=None) | NoAnswer():
                return Step(self, Next.BACK_OFF)
            case Later(wait_s=wait_s):
                return Step(self, Next.WAIT, wait_s=wait_s or 0.0)
            case Stopped(status=status, code=code):
                return Step(self, Next.ALARM, reason=f"{code or 'refused'} ({status})")

    def _is_own(self, position: Position, chain_at: Callable[[int], str | None]) -> bool:
        return position.seq <= self.last_seq and chain_at(position.seq) in {None, position.chain}

    def _acked(
        self, position: Position, *, most: int | None, after_s: float, chain_at: Callable[[int], str | None]
    ) -> "Step":
        if position.seq < self.acked.seq or not self._is_own(position, chain_at):
            return self._rewound(position, chain_at=chain_at)
        limit = min(MOST_BYTES, most or MOST_BYTES)
        # What went through may be a little larger next time; halving is left to refusals and time-outs.
        grown = min(limit, self.batch_bytes + self.batch_bytes // 4)
        now = replace(self, acked=position, batch_bytes=max(LEAST_BYTES, grown))
        if position.seq == self.last_seq:
            return Step(now, Next.WAIT, wait_s=after_s)
        return Step(now, Next.SEND)

    def _rewound(self, position: Position, *, chain_at: Callable[[int], str | None]) -> "Step":
        """An older place is no fork (a receiver that was restored asks again) as long as it is a place of ours."""
        if not self._is_own(position, chain_at):
            return Step(self, Next.NEW_EPOCH)
        if chain_at(position.seq) is None:
            # What lies between was deleted here because it had been acknowledged, and now nobody has it.
            return Step(self, Next.NEW_EPOCH, reason="the receiver lost what it had acknowledged")
        return Step(replace(self, acked=position), Next.SEND)

    def timed_out(self) -> "Sending":
        """After a batch that got no answer in time: the link may be too slow for this much."""
        return replace(self, batch_bytes=max(LEAST_BYTES, self.batch_bytes // 2))


@dataclass(frozen=True, slots=True)
class Step:
    """A sender after an answer, and what it does now."""

    sending: Sending
    next: Next
    wait_s: float = 0.0
    #: for staff, where there is something to say
    reason: str = ""
