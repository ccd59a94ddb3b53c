"""A receiver's answer, and the strict reading of it.

A venue's own portal answers every request with a friendly page and status 200, so only this very shape is an answer;
everything else means that nothing was said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec

from sync.journal.entries import Position

ANSWER_TYPE = "application/vnd.pika.journal+json"
#: an answer is no longer than this, bytes
ANSWER_MOST = 256 * 1024
#: longest wait that a receiver may ask for, seconds
WAIT_MOST_S = 3600.0

_Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_Sequence = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class KeptAside(msgspec.Struct, frozen=True):
    """An entry that the receiver could not use. It counts as received."""

    seq: _Sequence
    code: Annotated[str, msgspec.Meta(max_length=100)]


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a receiver says, with 200 or 409. Unknown fields are ignored."""

    #: everything up to this entry is durable there
    ack: _Sequence
    #: the chain after it
    chain: _Digest
    #: the receiver's clock, milliseconds of Unix time
    server_ms: Annotated[int, msgspec.Meta(ge=0)]
    #: whose history this is about
    epoch: Annotated[str, msgspec.Meta(max_length=64)]
    #: true: what was sent is not how this history went on here
    fork: bool = False
    kept_aside: Annotated[list[KeptAside], msgspec.Meta(max_length=50_000)] = []
    #: a body may have this many bytes
    max_bytes: Annotated[int, msgspec.Meta(ge=1024)] | None = None
    #: places of this history that the receiver knows, in order, for a sender who has to find where two parted
    marks: Annotated[list[tuple[_Sequence, _Digest]], msgspec.Meta(max_length=1000)] = []
    #: when to come again after everything was sent, milliseconds: spreads many senders
    after_ms: Annotated[int, msgspec.Meta(ge=0, le=int(WAIT_MOST_S * 1000))] = 0


@dataclass(frozen=True, slots=True)
class Acked:
    """Everything up to `position` is durable at the receiver."""

    position: Position
    server_ms: int
    kept_aside: Sequence[KeptAside] = ()
    max_bytes: int | None = None
    after_s: float = 0.0
    marks: Sequence[Position] = ()


@dataclass(frozen=True, slots=True)
class Rewind:
    """The receiver wants what comes after `position`."""

    position: Position
    server_ms: int


@dataclass(frozen=True, slots=True)
class Forked:
    """The receiver holds another history under this epoch, up to `position`."""

    position: Position
    server_ms: int


@dataclass(frozen=True, slots=True)
class TooLarge:
    """Less at once."""


@dataclass(frozen=True, slots=True)
class Later:
    """Not now; after `wait_s` seconds, or when it seems right if that is None."""

    wait_s: float | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """Nothing will be taken until somebody acts: wrong key, wrong version, a body that is no batch."""

    status: int
    code: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Somebody else answered, or nobody. Nothing is known."""

    why: str


Outcome = Acked | Rewind | Forked | TooLarge | Later | Stopped | NoAnswer

_decoder = msgspec.json.Decoder(Answer)


class _Problem(msgspec.Struct, frozen=True):
    code: Annotated[str, msgspec.Meta(max_length=100)] = ""


def _said(body: bytes, content_type: str) -> Answer | None:
    if content_type.partition(";")[0].strip().lower() != ANSWER_TYPE or len(body) > ANSWER_MOST:
        return None
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _stopped(status: int, body: bytes, content_type: str) -> Outcome:
    """A refusal counts only in our own words: a portal says 403 too."""
    if content_type.partition(";")[0].strip().lower() != "application/problem+json":
        return NoAnswer(f"status {status} from somebody else")
    try:
        code = msgspec.json.decode(body[:ANSWER_MOST], type=_Problem).code
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return NoAnswer(f"status {status} without a reason")
    return Stopped(status, code)


def _wait_s(retry_after: str) -> float | None:
    """`Retry-After` in seconds; a date is of no use to somebody whose clock may be wrong (RFC 9110, 10.2.3)."""
    text = retry_after.strip()
    return min(float(text), WAIT_MOST_S) if text.isascii() and text.isdigit() and len(text) < 10 else None


def read_answer(status: int, *, body: bytes, content_type: str, epoch: str, retry_after: str = "") -> Outcome:
    """What an HTTP response means for the sender of a batch under `epoch`. Never raises."""
    if status in {429, 503}:
        return Later(_wait_s(retry_after))
    if status == 413:
        return TooLarge()
    if status in {400, 401, 403, 415, 422, 426}:
        return _stopped(status, body, content_type)
    said = _said(body, content_type)
    if status not in {200, 409} or said is None:
        return NoAnswer(f"status {status} without an answer in it")
    if said.epoch != epoch:
        return NoAnswer("an answer about another history")
    position = Position(said.ack, said.chain)
    if status == 409:
        return Forked(position, said.server_ms) if said.fork else Rewind(position, said.server_ms)
    return Acked(
        position,
        said.server_ms,
        kept_aside=tuple(said.kept_aside),
        max_bytes=said.max_bytes,
        after_s=said.after_ms / 1000,
        marks=tuple(Position(seq, chain) for seq, chain in said.marks),
    )
