"""Tempo and key from a file's own tags: the third place to look, after the DJ program and its database.

Nothing else is read: comments and groupings in tags are private notes. A file may be damaged, endless, or on a drive
that does not answer; so only some bytes of it are read, and it is waited for only a moment.
"""

import threading
import time
from dataclasses import dataclass
from pathlib import Path

from appliance.domain.origins import FactOrigin
from appliance.tags import read_tag
from sync.link.facts import Facts, usable
from sync.link.sources.sharing import shared
from sync.link.sources.source import Sighting

WITHIN_S = 1.0
_BPM_MOST = 400.0
_KEY_MOST = 20


@dataclass(frozen=True, slots=True)
class TagFacts:
    """What a file says of itself."""

    #: beats a minute; None when unknown and never 0
    bpm: float | None = None
    #: as it is written there, in any notation
    key: str | None = None


def read_tags(path: str, *, until: float) -> TagFacts:
    """The facts in a file's tags; nothing of what can't be read. `until` is a moment of the monotonic clock, in s."""
    tag = read_tag(path, until=until, opener=shared)
    return TagFacts() if tag is None else TagFacts(_tempo(tag.other.get("bpm")), _key(tag.other.get("initial_key")))


def _tempo(values: list[str] | None) -> float | None:
    for value in values or ():
        try:
            bpm = float(str(value).strip().replace(",", "."))
        except ValueError:
            continue
        if 0 < bpm <= _BPM_MOST:
            return bpm
    return None


def _key(values: list[str] | None) -> str | None:
    texts = (str(value).strip("\0 \t\r\n") for value in values or ())
    # "o" is the standard's word for off key.
    return next((text for text in texts if 0 < len(text) <= _KEY_MOST and text != "o"), None)


class Tags:
    """Reads files one at a time. While a drive does not answer, nothing more is asked of any."""

    def __init__(self, *, within_s: float = WITHIN_S) -> None:
        self._within_s = within_s
        self._thread: threading.Thread | None = None

    def of(self, path: str) -> TagFacts:
        """The facts of a file, after `within_s` seconds at most. Never raises."""
        if self._thread is not None and self._thread.is_alive():
            return TagFacts()
        found: list[TagFacts] = []
        until = time.monotonic() + self._within_s
        self._thread = threading.Thread(
            target=lambda: found.append(read_tags(path, until=until)), name="tags", daemon=True
        )
        self._thread.start()
        self._thread.join(self._within_s)
        return found[0] if found else TagFacts()

    def facts(self, sighting: Sighting) -> Facts:
        """What its file knows of a play, where nobody else said anything. Never raises."""
        path = sighting.path
        if path is None or not is_here(path) or (sighting.bpm is not None and sighting.key is not None):
            return Facts()
        found = self.of(path)
        return usable(Facts(found.bpm, found.key, FactOrigin.TAGS, FactOrigin.TAGS))


def is_here(path: str) -> bool:
    """Whether a path names a place on this laptop: not one beside the link, and no other machine is asked."""
    return Path(path).is_absolute() and not path.startswith(("//", "\\\\"))
