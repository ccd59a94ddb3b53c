"""Serato's session files: big-endian chunks of a four-letter tag and a length, appended while the DJ plays. Pure.

A row comes again with every change, under the same row id, and the last one counts; when the session closes the file
is written anew, now and then with every row twice. So state hangs on the row id and never on the position.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_HEAD = struct.Struct(">4sI")
_FIELD = struct.Struct(">II")
#: no chunk of a session is larger; a length beyond is damage
_CHUNK_MOST = 1024 * 1024

_PATH, _TITLE, _ARTIST, _LENGTH, _BPM, _REMIXER = 2, 6, 7, 10, 15, 20
_START, _DECK, _PLAYTIME, _PLAYED, _KEY, _DEVICE = 28, 31, 45, 50, 51, 63


@dataclass(frozen=True, slots=True)
class Row:
    """One load of a deck, as far as the session says by now."""

    row_id: int
    path: str = ""
    title: str = ""
    artist: str = ""
    remixer: str = ""
    key: str = ""
    #: beats a minute; None when Serato does not know
    bpm: float | None = None
    #: seconds of Unix time
    start_s: int | None = None
    deck: int | None = None
    #: Serato's own word for audible: needs the mixer's faders
    played: bool = False
    length_s: float | None = None
    device: str = ""


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Every complete chunk, its tag, and where it ends. Stops before a half-written or damaged one."""
    at = 0
    while at + _HEAD.size <= len(data):
        tag, length = _HEAD.unpack_from(data, at)
        end = at + _HEAD.size + length
        if not tag.isalnum() or length > _CHUNK_MOST or end > len(data):
            return
        yield tag, data[at + _HEAD.size : end], end
        at = end


def _fields(data: bytes) -> Mapping[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at + _FIELD.size <= len(data):
        number, length = _FIELD.unpack_from(data, at)
        at += _FIELD.size
        if at + length > len(data):
            break
        found[number] = data[at : at + length]
        at += length
    return found


def _text(value: bytes | None) -> str:
    text = (value or b"").decode("utf-16-be", "replace")
    return text.partition("\0")[0].strip()


def _number(value: bytes | None) -> int | None:
    return int.from_bytes(value, "big") if value and len(value) <= 8 else None


def _seconds(text: str) -> float | None:
    """`03:25.27` or `01:02:03`, in seconds."""
    total = 0.0
    for part in text.split(":"):
        try:
            total = total * 60 + float(part)
        except ValueError:
            return None
    return total or None


def row_in(entry: bytes) -> Row | None:
    """The row in an `oent` chunk, or None when there is no row id in it."""
    for tag, body, _ in chunks(entry):
        if tag == b"adat":
            fields = _fields(body)
            row_id = _number(fields.get(1))
            if row_id is None:
                return None
            return Row(
                row_id=row_id,
                path=_text(fields.get(_PATH)),
                title=_text(fields.get(_TITLE)),
                artist=_text(fields.get(_ARTIST)),
                remixer=_text(fields.get(_REMIXER)),
                key=_text(fields.get(_KEY)),
                bpm=_number(fields.get(_BPM)) or None,
                start_s=_number(fields.get(_START)) or None,
                deck=_number(fields.get(_DECK)) or None,
                played=bool(_number(fields.get(_PLAYED))),
                length_s=_seconds(_text(fields.get(_LENGTH))),
                device=_text(fields.get(_DEVICE)),
            )
    return None


def rows(data: bytes) -> dict[int, Row]:
    """The last state of every row in a session, in the order in which they first appeared."""
    found: dict[int, Row] = {}
    for tag, body, _ in chunks(data):
        row = row_in(body) if tag == b"oent" else None
        if row is not None:
            found[row.row_id] = row
    return found
