"""Entries, the line each travels as, and the chain that binds them.

A line is `[kind,v,boot,boot_ms,wall_ms,trust,body]` in JSON without spaces. The sequence is not in it: it follows from
the batch, and costs two thirds of the bytes when every entry carries an identity of its own.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Annotated

import msgspec

#: version of lines and headers; a receiver that does not know it answers 426
PROTOCOL = 1
#: longest line, bytes; a longer one is kept aside by the receiver
LINE_MOST = 64 * 1024

_Text = Annotated[str, msgspec.Meta(max_length=200)]
# SQLite and PostgreSQL hold no larger number.
_Number = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class _Line(msgspec.Struct, frozen=True, array_like=True):
    """What a line must be; further elements are ignored."""

    kind: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    v: _Number
    boot: _Text
    boot_ms: _Number
    wall_ms: _Number
    trust: _Text
    body: msgspec.Raw


_decoder = msgspec.json.Decoder(_Line)
_body_decoder = msgspec.json.Decoder(dict[str, object])
# PostgreSQL keeps every character but this one. A backslash before the backslash makes it six plain characters.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

# A number of eight characters that would be written out as thousands; texts are passed over.
_LOOKS_TINY = re.compile(rb"[0-9][eE]-[0-9]{4}")
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|(?P<tiny>[0-9][eE]-[0-9]{4})')


def _has_tiny(body: bytes) -> bool:
    if not (b"e-" in body or b"E-" in body) or not _LOOKS_TINY.search(body):
        return False
    return any(found["tiny"] for found in _TOKEN.finditer(body))


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One thing that happened, as it is kept and sent. A struct because a receiver makes millions of them.

    Texts and numbers can't refer back to it, so the collector need not look at it either.
    """

    #: its number in this epoch, from 1, without a gap
    seq: int
    #: such as `play.announced`; unknown kinds are kept
    kind: str
    #: version of the body
    v: int
    #: the kernel's boot id where it happened
    boot: str
    #: milliseconds since that boot
    boot_ms: int
    #: the wall clock as believed there and then, milliseconds of Unix time
    wall_ms: int
    #: how far that clock could be believed
    trust: str
    #: a JSON object, as text
    body: str

    def line(self) -> bytes:
        """The entry as it travels, without its end of line. The same entry is always the same bytes."""
        head = json.dumps(
            [self.kind, self.v, self.boot, self.boot_ms, self.wall_ms, self.trust],
            ensure_ascii=False,
            separators=(",", ":"),
        )
        # A line break in the body can only stand between tokens, where it means nothing.
        body = self.body.replace("\n", " ").replace("\r", " ")
        return f"{head[:-1]},{body}]".encode()


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no entry. It has its place in the chain all the same, so that it stops nothing."""

    seq: int
    #: why: stable, for programs
    code: str
    #: the bytes, for somebody who looks later
    raw: bytes


def read_line(line: bytes, *, seq: int) -> Entry | BadLine:
    """The entry in a line. Never raises: whatever a line holds, those behind it must be able to pass."""
    if len(line) > LINE_MOST:
        return BadLine(seq, "line_too_long", line)
    try:
        found = _decoder.decode(line)
        _body_decoder.decode(found.body)
        body = str(found.body, "utf-8")
    except UnicodeDecodeError:
        return BadLine(seq, "line_not_utf8", line)
    except msgspec.ValidationError:
        return BadLine(seq, "line_wrong_shape", line)
    except (msgspec.DecodeError, RecursionError):
        return BadLine(seq, "line_not_json", line)
    if b"\\u0000" in line and _NUL.search(line):
        return BadLine(seq, "line_with_nul", line)
    # Of the body only: every fifth boot id has such a place.
    if _has_tiny(bytes(found.body)):
        return BadLine(seq, "line_wrong_shape", line)
    return Entry(seq, found.kind, found.v, found.boot, found.boot_ms, found.wall_ms, found.trust, body)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in one sender's history."""

    #: the last entry before it; 0 at the beginning
    seq: int
    #: the chain after that entry, 64 hexadecimal characters
    chain: str


def beginning(*, source: str, epoch: str) -> Position:
    """Where the history of a source begins in an epoch."""
    return Position(0, hashlib.sha256(f"pika-journal\0{source}\0{epoch}".encode()).hexdigest())


def after(position: Position, line: bytes) -> Position:
    """The place after one more line."""
    digest = hashlib.sha256(bytes.fromhex(position.chain))
    digest.update(line)
    return Position(position.seq + 1, digest.hexdigest())


def after_all(position: Position, lines: list[bytes]) -> Position:
    """The place after several more."""
    chain = bytes.fromhex(position.chain)
    for line in lines:
        digest = hashlib.sha256(chain)
        digest.update(line)
        chain = digest.digest()
    return Position(position.seq + len(lines), chain.hex())


#: bytes of a crumb
CRUMB = 4


def trail(position: Position, lines: list[bytes]) -> tuple[Position, bytes]:
    """The place after several more, and a crumb of the chain after each: finds where two histories parted."""
    chain = bytes.fromhex(position.chain)
    crumbs = bytearray()
    for line in lines:
        digest = hashlib.sha256(chain)
        digest.update(line)
        chain = digest.digest()
        crumbs += chain[:CRUMB]
    return Position(position.seq + len(lines), chain.hex()), bytes(crumbs)
