"""Tempo and key from VirtualDJ's databases: one in its home, one on each drive. Streamed, indexed by path.

Read in a thread of its own: a hundred thousand songs take seconds, and no play waits for them. VirtualDJ writes new
analyses down when it ends, so what was analysed tonight is not there yet.
"""

import logging
import threading
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sync.link.sources.sharing import open_shared

log = logging.getLogger(__name__)

FILE = "database.xml"
#: a value from here on is beats a minute already; below, it is seconds a beat
_BPM_FROM = 10.0


@dataclass(frozen=True, slots=True)
class SongFacts:
    """What the database knows of a song."""

    #: beats a minute
    bpm: float | None
    key: str | None


def path_key(path: str) -> str:
    """A path as both the history and the database spell it, whatever the disk thinks of case and accents."""
    return unicodedata.normalize("NFC", path).casefold().replace("/", "\\")


def _tempo(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    if not value > 0:
        return None
    return round(value if value >= _BPM_FROM else 60.0 / value, 3)


def _facts(song: ET.Element) -> SongFacts:
    tags, scan = song.find("Tags"), song.find("Scan")
    tag = tags.get if tags is not None else (lambda name: None)  # noqa: ARG005
    scanned = scan.get if scan is not None else (lambda name: None)  # noqa: ARG005
    # What the DJ corrected by hand wins over what the program measured.
    bpm = _tempo(tag("Bpm")) or _tempo(scanned("Bpm"))
    return SongFacts(bpm, (tag("Key") or scanned("Key") or "").strip() or None)


def read_database(path: Path) -> tuple[dict[str, SongFacts], bool]:
    """Every song with a tempo or a key, by `path_key`, and whether that is all of it.

    What stands before a damaged place is kept. Raises: OSError.
    """
    found: dict[str, SongFacts] = {}
    try:
        with open_shared(path) as file:
            events = ET.iterparse(file, events=("start", "end"))  # noqa: S314 - expat asks no network, bounds entities
            _, root = next(events)
            for event, element in events:
                if event == "end" and element.tag == "Song":
                    facts, name = _facts(element), element.get("FilePath")
                    if name and (facts.bpm or facts.key):
                        found[path_key(name)] = facts
                    # The tree would grow with every song that was read.
                    root.clear()
    except (ET.ParseError, StopIteration):
        log.warning("%s is damaged; %d songs before that place are known.", path, len(found))
        return found, False
    return found, True


class Databases:
    """All databases that are there, read again when they change."""

    def __init__(self, where: Callable[[], Sequence[Path]]) -> None:
        """`where` gives the files, there or not; asked each time, because drives come and go."""
        self._where = where
        #: each file's songs, and its stamp when they were read; None for a file that could not be read again
        self._read: dict[Path, tuple[float | None, dict[str, SongFacts]]] = {}
        self._faults: dict[Path, str] = {}
        self._thread: threading.Thread | None = None

    def song(self, path: str) -> SongFacts | None:
        """What is known of a song by now."""
        key = path_key(path)
        return next((songs[key] for _, songs in list(self._read.values()) if key in songs), None)

    def faults(self) -> dict[Path, str]:
        """What is wrong with which database, in words, as far as they were read by now."""
        return dict(self._faults)

    def refresh(self) -> None:
        """Begins to read what changed, unless that goes on already. Returns at once."""
        if self._thread is None or not self._thread.is_alive():
            changed = self._changed()
            if changed:
                self._thread = threading.Thread(target=self._index, args=(changed,), name="vdj-database", daemon=True)
                self._thread.start()

    def wait(self, timeout_s: float) -> bool:
        """Until nothing is being read; whether that came in time."""
        if self._thread is not None:
            self._thread.join(timeout_s)
            return not self._thread.is_alive()
        return True

    def _changed(self) -> dict[Path, float]:
        found: dict[Path, float] = {}
        for path in self._where():
            try:
                stamp = path.stat().st_mtime
            except OSError:
                self._read.pop(path, None)
                self._faults.pop(path, None)
                continue
            if self._read.get(path, (None,))[0] != stamp:
                found[path] = stamp
        return found

    def _index(self, changed: dict[Path, float]) -> None:
        for path, stamp in changed.items():
            try:
                songs, is_whole = read_database(path)
                self._read[path] = (stamp, songs)
                fault = "" if is_whole else f"VirtualDJ's database {path} is damaged: tempo and key may be missing."
            except OSError as error:
                fault = f"{path} can't be read ({error.strerror or error}): tempo and key may be missing."
                if self._faults.get(path) != fault:
                    log.warning("%s", fault)
                # Somebody has it locked, or may allow it yet: neither changes its stamp.
                self._read[path] = (None, self._read.get(path, (None, {}))[1])
            if fault:
                self._faults[path] = fault
            else:
                self._faults.pop(path, None)
