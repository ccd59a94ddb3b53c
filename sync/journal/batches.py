"""A batch on the wire: a header and lines, one JSON text a line (NDJSON), compressed with zstd or gzip.

What comes in is bounded before it is unpacked, while it is unpacked and after; what does not fit its own chain is
refused whole, because then it is not known which line is wrong.
"""

import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
import zstandard

from sync.journal.entries import LINE_MOST, PROTOCOL, Position, after_all

CONTENT_TYPE = "application/x-ndjson"
ZSTD, GZIP, PLAIN = "zstd", "gzip", "identity"

#: a batch unpacked, bytes: about 30,000 likes
UNPACKED_MOST = 8 * 1024 * 1024
#: a batch packed, bytes
PACKED_MOST = 1024 * 1024
LINES_MOST = 50_000

# Frames that ask for more memory than this to unpack are refused.
_WINDOW_MOST = 8 * 1024 * 1024
_PIECE = 64 * 1024
# Level 6 makes likes no smaller than 3 does, and takes four times as long.
_ZSTD_LEVEL = 3

_Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_Name = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]
_Sequence = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Sent(msgspec.Struct, frozen=True):
    """When a batch left, by the sender's clocks: tells how old its entries are, and how its clock stands."""

    boot: Annotated[str, msgspec.Meta(max_length=200)]
    boot_ms: int
    wall_ms: int
    trust: Annotated[str, msgspec.Meta(max_length=200)]


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a batch. Unknown fields are ignored."""

    #: version of the protocol
    v: int
    #: whose history
    source: _Name
    epoch: _Name
    #: the entry before the first one here, and the chain after it
    prev_seq: _Sequence
    prev_chain: _Digest
    count: Annotated[int, msgspec.Meta(ge=0, le=LINES_MOST)]
    #: the chain after the last one here
    chain: _Digest
    sent: Sent
    #: name and version of the sending program
    program: Annotated[str, msgspec.Meta(max_length=100)] = ""


class BadBatch(Exception):
    """A body that is no batch; `code` is stable, for programs. The sender keeps its data."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class Batch:
    """What came, checked against its own chain."""

    header: Header
    lines: list[bytes]

    @property
    def start(self) -> Position:
        """The place before the first line."""
        return Position(self.header.prev_seq, self.header.prev_chain)

    @property
    def end(self) -> Position:
        """The place after the last line."""
        return Position(self.header.prev_seq + len(self.lines), self.header.chain)


def pack(
    lines: Sequence[bytes],
    *,
    source: str,
    epoch: str,
    start: Position,
    sent: Sent,
    program: str,
    encoding: str = ZSTD,
    end: Position | None = None,
) -> tuple[bytes, Position]:
    """A body for these lines, which begin after `start`, and the place after them: `end`, if that is known already."""
    end = end or after_all(start, list(lines))
    header = Header(
        v=PROTOCOL,
        source=source,
        epoch=epoch,
        prev_seq=start.seq,
        prev_chain=start.chain,
        count=len(lines),
        chain=end.chain,
        sent=sent,
        program=program,
    )
    plain = b"\n".join([msgspec.json.encode(header), *lines, b""])
    if encoding == ZSTD:
        return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(plain), end
    if encoding == GZIP:
        return gzip.compress(plain, mtime=0), end
    return plain, end


def _zstd_pieces(body: bytes) -> Iterator[bytes]:
    unpacker = zstandard.ZstdDecompressor(max_window_size=_WINDOW_MOST)
    with unpacker.stream_reader(io.BytesIO(body), read_across_frames=False) as reader:
        while piece := reader.read(_PIECE):
            yield piece


def _gzip_pieces(body: bytes) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits=31)
    rest = body
    while rest and not unpacker.eof:
        yield unpacker.decompress(rest, _PIECE)
        rest = unpacker.unconsumed_tail
    if not unpacker.eof:
        raise BadBatch("batch_cut", "The compressed body ends too early.")


def unpacked(body: bytes, *, encoding: str, most: int = UNPACKED_MOST) -> bytes:
    """The body without its compression; never holds more than `most` bytes of it.

    Raises: BadBatch with the code `encoding_unknown`, `batch_damaged`, `batch_cut` or `batch_too_large`.
    """
    if encoding == PLAIN:
        pieces: Iterator[bytes] = iter([body])
    elif encoding in {ZSTD, GZIP}:
        pieces = _zstd_pieces(body) if encoding == ZSTD else _gzip_pieces(body)
    else:
        raise BadBatch("encoding_unknown", "A batch is packed with zstd or gzip, or not at all.")
    found = bytearray()
    try:
        for piece in pieces:
            found += piece
            if len(found) > most:
                raise BadBatch("batch_too_large", f"A batch may unpack to {most} bytes.")
    except (zstandard.ZstdError, zlib.error) as error:
        raise BadBatch("batch_damaged", "The body can't be unpacked.") from error
    return bytes(found)


_header_decoder = msgspec.json.Decoder(Header)


class _Version(msgspec.Struct, frozen=True):
    v: int


def _header(line: bytes) -> Header:
    if len(line) > LINE_MOST:
        raise BadBatch("header_wrong", "The header is too long.")
    try:
        version = msgspec.json.decode(line, type=_Version).v
        if version != PROTOCOL:
            raise BadBatch("version_unknown", f"This program speaks version {PROTOCOL} of the protocol.")
        return _header_decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadBatch("header_wrong", "The first line is not a batch's header.") from error


def read(body: bytes, *, encoding: str, most: int = UNPACKED_MOST) -> Batch:
    """The batch in a body.

    Raises: BadBatch; also with the code `header_wrong`, `version_unknown`, `count_wrong` or `chain_wrong`.
    """
    plain = unpacked(body, encoding=encoding, most=most)
    if plain.count(b"\n") > LINES_MOST + 1:
        # Before they are lines: millions of empty ones take a hundred times their size.
        raise BadBatch("count_wrong", f"A batch has {LINES_MOST} entries at most.")
    first, *lines = plain.split(b"\n")
    header = _header(first)
    if lines.pop(-1) if lines else True:
        raise BadBatch("batch_cut", "The last line is not complete.")
    if len(lines) != header.count:
        raise BadBatch("count_wrong", f"The header promises {header.count} entries, and {len(lines)} came.")
    batch = Batch(header, lines)
    if after_all(batch.start, lines).chain != header.chain:
        raise BadBatch("chain_wrong", "The entries are not those that the header was made for.")
    return batch
