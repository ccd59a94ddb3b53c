"""rekordbox on the laptop as a source: its history, which gets a track after 60 to 90 s of play.

Its database is encrypted. The package `pyrekordbox` can read it; it is an extra and brings its own way to open the
database: nothing of that is known here. What follows from the rows is pure, and apart from the package.
"""

import importlib
import importlib.util
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from appliance.domain.origins import FactOrigin
from sync.link.sources.machine import Machine
from sync.link.sources.places import denied_words, is_file, tried
from sync.link.sources.source import (
    CURSOR_FAULTS,
    FIRST_SIGHT_MS,
    Confidence,
    Polled,
    Probe,
    Sighting,
    SourceTrouble,
    Tried,
)

NAME = "rekordbox"
PACKAGE = "pyrekordbox"
#: a session that is deleted brings an older one to light; what was written so long before the newest is never new
GRACE_MS = 20 * 60 * 1000
_IDS_MOST = 1000
_SESSIONS = 2
_OPTIONS_MOST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """A track of a history session, as rekordbox keeps it."""

    #: of the history's row, not of the track
    row_id: str
    #: when it was written, milliseconds of Unix time; None when that can't be read
    written_ms: int | None
    title: str
    artist: str = ""
    #: hundredths of a beat a minute; 0 for unknown
    bpm_100: int = 0
    key: str = ""
    path: str = ""
    length_s: float = 0.0
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class _Cursor:
    """What was told."""

    #: when the newest row was written
    last_ms: int
    ids: tuple[str, ...]

    def text(self) -> str:
        return json.dumps({"last_ms": self.last_ms, "ids": list(self.ids)})


def _cursor_in(text: str | None) -> _Cursor | None:
    try:
        found = json.loads(text or "")
        return _Cursor(int(found["last_ms"]), tuple(str(one) for one in found["ids"]))
    except CURSOR_FAULTS:
        return None


def moment_ms(written: object) -> int | None:
    """rekordbox's `2026-11-20 21:04:05.123 +00:00`, or what the package made of it, as milliseconds of Unix time."""
    try:
        moment = written if isinstance(written, datetime) else datetime.fromisoformat(str(written).replace(" +", "+"))
        # Without a zone it is UTC: so rekordbox writes it down.
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def seen(rows: Sequence[Row], cursor: str | None, *, now_ms: int) -> Polled:
    """What is new in the rows of the newest sessions, oldest first."""
    known = _cursor_in(cursor)
    there = [row for row in rows if not row.deleted and (row.title or row.path)]
    there.sort(key=lambda row: row.written_ms or 0)
    last_ms = max([known.last_ms if known else 0, *(row.written_ms or 0 for row in there)])
    if known is None:
        new = [row for row in there[-1:] if row.written_ms is not None and now_ms - row.written_ms < FIRST_SIGHT_MS]
        return Polled([_sighting(row) for row in new], _Cursor(last_ms, _ids(there)).text())
    told = set(known.ids)
    new = [row for row in there if row.row_id not in told and _is_later(row, known)]
    ids = tuple(dict.fromkeys([*known.ids, *_ids(there)]))[-_IDS_MOST:]
    return Polled([_sighting(row) for row in new], _Cursor(last_ms, ids).text())


def _ids(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(row.row_id for row in rows)[-_IDS_MOST:]


def _is_later(row: Row, known: _Cursor) -> bool:
    return row.written_ms is None or row.written_ms >= known.last_ms - GRACE_MS


def _sighting(row: Row) -> Sighting:
    return Sighting(
        source=NAME,
        native_id=row.row_id,
        confidence=Confidence.PLAYED,
        title=row.title,
        artist=row.artist,
        started_ms=row.written_ms,
        path=row.path or None,
        bpm=row.bpm_100 / 100 if row.bpm_100 > 0 else None,
        key=row.key or None,
        bpm_origin=FactOrigin.DATABASE,
        key_origin=FactOrigin.DATABASE,
        duration_s=row.length_s if row.length_s > 0 else None,
    )


def places(machine: Machine) -> list[Path]:
    """Where rekordbox keeps its database, the likeliest first: where its own options say, or else the usual place."""
    if machine.platform == "win32":
        roaming = machine.folder("APPDATA", "AppData/Roaming") / "Pioneer"
        options, usual = roaming, roaming / "rekordbox"
    elif machine.platform == "darwin":
        options = machine.home / "Library" / "Application Support" / "Pioneer"
        usual = machine.home / "Library" / "Pioneer" / "rekordbox"
    else:
        return []
    named = _named(options / "rekordboxAgent" / "storage" / "options.json")
    return list(dict.fromkeys([*([named] if named else []), usual / "master.db"]))


def _named(options: Path) -> Path | None:
    try:
        with options.open("rb") as file:
            pairs = json.loads(file.read(_OPTIONS_MOST))["options"]
        path = next(value for name, value in pairs if name == "db-path")
    except (OSError, ValueError, KeyError, TypeError, StopIteration, RecursionError):
        return None
    return Path(path) if isinstance(path, str) and path and "\0" not in path else None


def rows_of(database: Any) -> list[Row]:
    """The rows of the newest sessions, from an opened database of the package."""
    sessions = [one for one in database.get_history() if not one.rb_local_deleted]
    sessions.sort(key=lambda one: moment_ms(one.created_at) or 0)
    songs = [song for one in sessions[-_SESSIONS:] for song in database.get_history_songs(HistoryID=one.ID)]
    return [_row(song) for song in songs]


def _row(song: Any) -> Row:
    content = song.Content
    return Row(
        row_id=str(song.ID),
        written_ms=moment_ms(song.created_at),
        title=str(getattr(content, "Title", None) or ""),
        artist=str(getattr(getattr(content, "Artist", None), "Name", None) or ""),
        bpm_100=int(getattr(content, "BPM", None) or 0),
        key=str(getattr(getattr(content, "Key", None), "ScaleName", None) or ""),
        path=str(getattr(content, "FolderPath", None) or ""),
        length_s=float(getattr(content, "Length", None) or 0),
        deleted=bool(song.rb_local_deleted),
    )


def read(path: Path) -> list[Row]:
    """Opens the database by the package and reads it. Raises: SourceTrouble."""
    # It warns each time that rekordbox runs, which is the point, and notes the key of the database.
    logging.getLogger(PACKAGE).setLevel(logging.ERROR)
    try:
        package, refused = importlib.import_module(PACKAGE), importlib.import_module("sqlalchemy.exc").SQLAlchemyError
    except ImportError as error:
        raise SourceTrouble(f"The Python package {PACKAGE} can't be used ({error}).") from error
    # Newer versions of the package call it by another name.
    opened = getattr(package, "MasterDatabase", None) or package.Rekordbox6Database
    try:
        database = opened(path=path)
        try:
            return rows_of(database)
        finally:
            database.close()
            database.engine.dispose()
    except (refused, OSError, ValueError, AttributeError, ImportError) as error:
        raise SourceTrouble(f"rekordbox's database can't be read now ({type(error).__name__}).") from error


class Rekordbox:
    """Polls the database when it has changed."""

    name = NAME

    def __init__(self, machine: Machine, *, read_rows: Callable[[Path], Sequence[Row]] = read) -> None:
        self._machine, self._read = machine, read_rows
        self._path: Path | None = None
        self._seen: tuple[tuple[int, int], ...] | None = None

    def probe(self) -> Probe:
        found = places(self._machine)
        path = next((one for one in found if is_file(one)), None)
        self._path = None
        if path is None:
            looked = [tried(one, "rekordbox is here.") for one in found]
            none = [Tried(NAME, False, "rekordbox does not run on this system.")]
            return Probe(False, looked or none, denied_words("rekordbox", found))
        if self._read is read and importlib.util.find_spec(PACKAGE) is None:
            words = f"rekordbox is here. To see what it plays, install the Python package {PACKAGE} beside the link."
            return Probe(False, [Tried(str(path), False, words)], words)
        self._path = path
        words = (
            "rekordbox is here. It writes a track down after 60 to 90 s of play, so it shows so late;"
            " newer versions can be set to a shorter time."
        )
        return Probe(True, [Tried(str(path), True, words)], words)

    def poll(self, cursor: str | None, *, now_ms: int) -> Polled:
        if self._path is None:
            raise SourceTrouble("rekordbox's database is gone.")
        stamps = _stamps(self._path)
        # To open the database takes a while, so only what changed is read.
        if cursor is not None and _cursor_in(cursor) is not None and stamps == self._seen:
            return Polled((), cursor)
        rows = self._read(self._path)
        self._seen = stamps
        return seen(rows, cursor, now_ms=now_ms)


def _stamps(path: Path) -> tuple[tuple[int, int], ...]:
    """Sizes and times of the database and the log beside it. Raises: SourceTrouble."""
    found: list[tuple[int, int]] = []
    for one in (path, path.with_name(f"{path.name}-wal")):
        try:
            stat = one.stat()
        except FileNotFoundError:
            if one == path:
                raise SourceTrouble("rekordbox's database is gone.") from None
            continue
        except OSError as error:
            raise SourceTrouble(f"{one} can't be read ({error.strerror or error}).") from error
        found.append((stat.st_size, stat.st_mtime_ns))
    return tuple(found)
