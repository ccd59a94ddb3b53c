"""What the kernel has mounted, as its own table says (proc(5)). Changes nothing."""

import re
from dataclasses import dataclass
from pathlib import Path

#: what this process sees mounted
TABLE = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(rb"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One file system in its place."""

    #: as the system's own bytes, because names need not be text
    folder: bytes
    #: such as ext4
    kind: str
    #: the device, where there is one
    source: bytes


def mounts(table: Path = TABLE) -> list[Mount]:
    """Everything that is mounted, in the order of mounting. Raises: OSError where the system has no such table."""
    return [mount for line in table.read_bytes().splitlines() if (mount := _mount(line))]


def _mount(line: bytes) -> Mount | None:
    before, _, after = line.partition(b" - ")
    words, rest = before.split(b" "), after.split(b" ")
    if len(words) < 5 or len(rest) < 2:
        return None
    return Mount(_plain(words[4]), rest[0].decode("ascii", "replace"), _plain(rest[1]))


def _plain(word: bytes) -> bytes:
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 8)]), word)
