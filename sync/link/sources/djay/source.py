"""djay as a source: the history in its library, or, when there is no library that can be read, its text file.

The library is asked first on macOS too: it has an id, a deck and a moment for every start, while the text file only has
the words of the last one. djay has no word for audible, so all is told as loaded; the DJ can choose to believe it.
"""

import hashlib
import json
import sqlite3
import time
from dataclasses import dataclass, replace
from pathlib import Path

from sync.link.sources.databases import looking_into
from sync.link.sources.djay.rows import NAME, Started, playing, started, with_analysis, with_place
from sync.link.sources.machine import Machine
from sync.link.sources.places import denied_words, is_file
from sync.link.sources.sharing import open_shared
from sync.link.sources.source import CURSOR_FAULTS, FIRST_SIGHT_MS, Polled, Probe, Sighting, SourceTrouble, Tried
from sync.link.sources.tailing import decoded

#: djay writes an event in two transactions; the second follows well within this
SETTLE_S = 0.3
#: djay brings the history of other devices along; what began before the link by more than this is none of tonight
GRACE_MS = 20 * 60 * 1000
_ROWS_MOST = 500
_RECENT = 20
_TEXT_MOST = 64 * 1024

_TOP = "SELECT rowid, key FROM database2 ORDER BY rowid DESC LIMIT 1"
_NEWEST = """
SELECT rowid, key, data FROM database2 WHERE collection = 'historySessionItems' ORDER BY rowid DESC LIMIT 1
"""
_ROWS = """
SELECT rowid, key, data FROM database2
WHERE collection = 'historySessionItems' AND rowid BETWEEN :first AND :last ORDER BY rowid DESC LIMIT :most
"""
_OF_TRACK = """
SELECT collection, data FROM database2 WHERE key = :key
AND collection IN ('mediaItemAnalyzedData', 'localMediaItemLocations', 'globalMediaItemLocations')
"""
_BELIEVE = 'djay does not say what is heard: set trust_loads = ["djay"] to show a track that stays on.'


@dataclass(frozen=True, slots=True)
class _Cursor:
    """How far the library was read."""

    #: the last row of the whole table, and its name: numbers are given again when a row goes
    top: int
    key: str
    #: rows that had no words yet
    bare: tuple[int, ...] = ()

    def text(self) -> str:
        return json.dumps({"top": self.top, "key": self.key, "bare": list(self.bare)})


def _cursor_in(text: str | None) -> _Cursor | None:
    try:
        found = json.loads(text or "")
        return _Cursor(int(found["top"]), str(found["key"]), tuple(map(int, found["bare"])))
    except CURSOR_FAULTS:
        return None


@dataclass(frozen=True, slots=True)
class _TextCursor:
    """What the text file said last."""

    said: str
    count: int

    def text(self) -> str:
        return json.dumps({"said": self.said, "count": self.count})


def _text_cursor_in(text: str | None) -> _TextCursor | None:
    try:
        found = json.loads(text or "")
        return _TextCursor(str(found["said"]), int(found["count"]))
    except CURSOR_FAULTS:
        return None


def places(machine: Machine) -> list[Path]:
    """Where djay keeps its library, the likeliest first."""
    names = ["djay Media Library.djayMediaLibrary", "djay Media Library"]
    if machine.platform == "win32":
        names.reverse()
    return [machine.music / "djay" / name for name in names]


class Djay:
    """Polls the library, or the text file."""

    name = NAME

    def __init__(self, machine: Machine, *, home: Path | None = None, settle_s: float = SETTLE_S) -> None:
        """`home` is djay's library folder when the DJ named it."""
        self._places = [home] if home else places(machine)
        self._settle_s = settle_s
        self._library: Path | None = None
        self._text: Path | None = None
        self._watching_since_ms: int | None = None
        #: told without tempo or place
        self._told: list[Started] = []

    def probe(self) -> Probe:
        tried: list[Tried] = []
        self._library = self._text = None
        for folder in self._places:
            library, text = folder / "MediaLibrary.db", folder / "NowPlaying.txt"
            words = _fault(library)
            tried.append(Tried(str(library), not words, words or f"djay's library is here. {_BELIEVE}"))
            if not words:
                self._library = library
                break
            if self._text is None and is_file(text):
                self._text = text
                tried.append(Tried(str(text), True, f"djay's text file is here. {_BELIEVE}"))
        usable = self._library is not None or self._text is not None
        return Probe(usable, tried, self._words(tried, usable=usable))

    def _words(self, looked: list[Tried], *, usable: bool) -> str:
        if usable:
            return _BELIEVE
        libraries = [folder / "MediaLibrary.db" for folder in self._places]
        faults = [one.words for one in looked if is_file(Path(one.place))]
        return denied_words("djay", [*self._places, *libraries]) or next(iter(faults), "")

    def poll(self, cursor: str | None, *, now_ms: int) -> Polled:
        if self._watching_since_ms is None:
            self._watching_since_ms = now_ms
        if self._library is not None:
            return self._poll_library(self._library, _cursor_in(cursor), now_ms=now_ms)
        if self._text is not None:
            return self._poll_text(self._text, _text_cursor_in(cursor))
        raise SourceTrouble("djay's library is gone.")

    def _poll_library(self, path: Path, known: _Cursor | None, *, now_ms: int) -> Polled:
        with looking_into(path, program="djay") as database:
            top = _top(database)
            if known is None:
                return self._first_sight(database, top, now_ms=now_ms)
            again = self._enriched(database)
            if not known.bare and top == known:
                return Polled(again, known.text())
        # Only what stands there after a moment is whole: what belongs to a row may come after it.
        time.sleep(self._settle_s)
        with looking_into(path, program="djay") as database:
            rows = _rows_since(database, known, top)
            new = [(row["rowid"], _started(row)) for row in rows]
            told = [self._known(database, one) for _, one in new if one is not None and self._is_of_tonight(one)]
        bare = tuple(rowid for rowid, one in new if one is None)[-_RECENT:]
        return Polled([*again, *told], replace(top, bare=bare).text())

    def _first_sight(self, database: sqlite3.Connection, top: _Cursor, *, now_ms: int) -> Polled:
        row = database.execute(_NEWEST).fetchone()
        newest = _started(row) if row is not None else None
        if newest is None or not _is_young(newest.sighting, now_ms):
            return Polled((), top.text())
        return Polled([self._known(database, newest)], top.text())

    def _known(self, database: sqlite3.Connection, one: Started) -> Sighting:
        sighting = _with_track(database, one)
        if sighting.bpm is None and one.title_id:
            self._told = [*self._told, Started(sighting, one.title_id)][-_RECENT:]
        return sighting

    def _enriched(self, database: sqlite3.Connection) -> list[Sighting]:
        """What has been analysed since it was told."""
        found = [(one, _with_track(database, one)) for one in self._told]
        self._told = [one for one, sighting in found if sighting.bpm is None]
        return [sighting for _, sighting in found if sighting.bpm is not None]

    def _is_of_tonight(self, one: Started) -> bool:
        start_ms, since_ms = one.sighting.started_ms, self._watching_since_ms
        return start_ms is None or since_ms is None or start_ms >= since_ms - GRACE_MS

    @staticmethod
    def _poll_text(path: Path, known: _TextCursor | None) -> Polled:
        try:
            with open_shared(path) as file:
                data = file.read(_TEXT_MOST)
            written_ms = int(path.stat().st_mtime * 1000)
        except OSError as error:
            raise SourceTrouble(f"{path} can't be read ({error.strerror or error}).") from error
        sighting = playing(decoded(data))
        if sighting is None and b"\0" in data and data[:2] not in {b"\xff\xfe", b"\xfe\xff"}:
            raise SourceTrouble(f"{path} is no text that is known here: it is damaged, or of a newer djay.")
        said = _digest(f"{sighting.artist}\n{sighting.title}") if sighting else ""
        # What stands there at first is left over from the last session.
        if known is None:
            return Polled((), _TextCursor(said, 0).text())
        if sighting is None or said == known.said:
            # An empty file is one that is being written; the same words after it are the same play.
            return Polled((), known.text())
        count = known.count + 1
        identity = f"text:{count}:{said}"
        return Polled([replace(sighting, native_id=identity, started_ms=written_ms)], _TextCursor(said, count).text())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _fault(library: Path) -> str:
    """Why a library can't be read, in words; empty when it can."""
    if not is_file(library):
        return "There is no such file."
    try:
        with looking_into(library, program="djay") as database:
            row = database.execute(_NEWEST).fetchone()
    except SourceTrouble as trouble:
        return str(trouble)
    if row is not None and _started(row) is None:
        return "djay's history is of a form that is not known here."
    return ""


def _top(database: sqlite3.Connection) -> _Cursor:
    row = database.execute(_TOP).fetchone()
    return _Cursor(row["rowid"], str(row["key"])) if row is not None else _Cursor(0, "")


def _rows_since(database: sqlite3.Connection, known: _Cursor, top: _Cursor) -> list[sqlite3.Row]:
    """Rows that are new, and those that had no words yet. Rows may have gone, and their numbers been given again."""
    first = known.top if (top.top, top.key) != (known.top, known.key) and top.top >= known.top else top.top + 1
    spans = [*((bare, bare) for bare in known.bare), (first, top.top)]
    found = [
        row
        for span in spans
        for row in database.execute(_ROWS, {"first": span[0], "last": span[1], "most": _ROWS_MOST})
        if not (row["rowid"] == known.top and str(row["key"]) == known.key and span == spans[-1])
    ]
    return sorted({row["rowid"]: row for row in found}.values(), key=lambda row: int(row["rowid"]))


def _started(row: sqlite3.Row) -> Started | None:
    data = row["data"]
    return started(data, key=str(row["key"])) if isinstance(data, bytes) else None


def _with_track(database: sqlite3.Connection, one: Started) -> Sighting:
    """With what other rows know of the track. Those are the same on all starts of it."""
    sighting = one.sighting
    if not one.title_id:
        return sighting
    for row in database.execute(_OF_TRACK, {"key": one.title_id}).fetchall():
        if isinstance(row["data"], bytes):
            with_more = with_analysis if row["collection"] == "mediaItemAnalyzedData" else with_place
            sighting = with_more(sighting, row["data"])
    return sighting


def _is_young(sighting: Sighting, now_ms: int) -> bool:
    return sighting.started_ms is not None and now_ms - sighting.started_ms < FIRST_SIGHT_MS
