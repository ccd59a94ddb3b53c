"""Reading files that other programs are still writing: complete lines only, from where the last look ended.

Polled by size and never by events: those miss network folders, OneDrive and antivirus programs. A file that became
shorter is a new file.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from sync.link.sources.sharing import open_shared
from sync.link.sources.source import CURSOR_FAULTS, SourceTrouble

#: read at once; a history of years is larger, a night's is not
READ_MOST = 4 * 1024 * 1024

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """How far a file was read."""

    file: str
    #: bytes
    offset: int

    def text(self) -> str:
        """As a cursor."""
        return json.dumps({"file": self.file, "offset": self.offset})


def place_in(cursor: str | None) -> Place | None:
    """The place that a cursor names, or None when there is none in it."""
    try:
        found = json.loads(cursor or "")
        return Place(str(found["file"]), int(found["offset"]))
    except CURSOR_FAULTS:
        return None


def decoded(data: bytes) -> str:
    """Text from a DJ's disk: by its byte order mark, as UTF-8, or else as Windows wrote it. Never raises."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def complete_lines(path: Path, *, offset: int) -> tuple[bytes, int]:
    """What was added behind `offset` up to the last end of line, and where that is.

    A file that is shorter than `offset` is read from its start. Raises: SourceTrouble.
    """
    try:
        with open_shared(path) as file:
            size = file.seek(0, 2)
            start = offset if offset <= size else 0
            file.seek(start)
            data = file.read(READ_MOST)
    except OSError as error:
        raise SourceTrouble(f"{path} can't be read ({error.strerror or error}).") from error
    end = data.rfind(b"\n") + 1
    if end == 0 and len(data) == READ_MOST:
        # No history has a line of four million bytes: whatever this is, it must not stop what comes behind it.
        end = len(data)
    return data[:end], start + end


def newest(files: list[Path]) -> Path | None:
    """The file that was written last."""
    dated: list[tuple[float, str, Path]] = []
    for path in files:
        try:
            dated.append((path.stat().st_mtime, path.name, path))
        except OSError:
            continue
    return max(dated)[2] if dated else None
