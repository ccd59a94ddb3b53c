"""The last lines of the programs' logs, fit to be shown to staff: no address, no device, no secret."""

import re
from pathlib import Path

#: enough for a traceback; the rest of a log is not read
_TAIL_BYTES = 16_384
_HIDDEN = "[hidden]"
_PRIVATE = re.compile(
    r"""
    pk_(?:dj|login)_[\w-]+                                  # a DJ's token, or a login
    | [^\s@<>]{1,64}@[^\s@<>]+                              # an e-mail address
    | \b[0-9A-Z]{5}-[0-9A-Z]{5}\b                           # a setup code
    | (?i:\bbearer\s+[\w.+/=~-]+)
    | (?i:(?<![\w:])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![\w:]))   # a network card
    | (?<![\d.])(?!127\.0\.0\.1|0\.0\.0\.0)\d{1,3}(?:\.\d{1,3}){3}(?![\d.])
    | (?i:(?<![\w:])(?=[0-9a-f:]*(?:::|(?:[0-9a-f]+:){3}))[0-9a-f:]{3,39}(?![\w:]))   # IPv6; a time has two colons
    """,
    re.VERBOSE,
)


def redacted(text: str) -> str:
    """`text` without what is nobody's business."""
    return _PRIVATE.sub(_HIDDEN, text)


def size(path: Path) -> int:
    """How long a log is now, 0 when there is none: what is written later begins there."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def last_lines(path: Path, *, count: int, since: int = 0) -> list[str]:
    """The last lines that say something, oldest first, written after `since` bytes; none when it can't be read."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, 2)
            # A log that is shorter than it was has been put aside for a new one.
            start = since if since <= end else 0
            file.seek(max(start, end - _TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    lines = [redacted(line.rstrip()) for line in text.splitlines() if line.strip()]
    return lines[-count:]
