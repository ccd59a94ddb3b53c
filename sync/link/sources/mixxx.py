"""Mixxx as a source: its session history, read from the database while it runs.

A session is a playlist with `hidden = 2`; Mixxx adds a track when the deck has been the loudest one for a moment, so a
row there was heard. Without the filter on `hidden` every drag into a playlist would be announced.
"""

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from appliance.domain.origins import FactOrigin
from sync.link.sources.databases import looking_into
from sync.link.sources.machine import Machine
from sync.link.sources.places import denied_words, is_file, tried
from sync.link.sources.source import CURSOR_FAULTS, FIRST_SIGHT_MS, Confidence, Polled, Probe, Sighting, SourceTrouble

NAME = "mixxx"
_SESSION = 2

_ROWS = """
SELECT t.id, t.playlist_id, t.pl_datetime_added AS added, l.artist, l.title, l.bpm, l.key, l.duration, f.location
FROM PlaylistTracks AS t JOIN Playlists AS p ON p.id = t.playlist_id
LEFT JOIN library AS l ON l.id = t.track_id
LEFT JOIN track_locations AS f ON f.id = l.location
WHERE p.hidden = :session AND t.id > :after ORDER BY t.id {order} LIMIT {most}
"""
_ALL, _LAST = _ROWS.format(order="ASC", most=-1), _ROWS.format(order="DESC", most=1)


@dataclass(frozen=True, slots=True)
class _Cursor:
    #: the last row that was told; Mixxx numbers them over all playlists
    last: int

    def text(self) -> str:
        return json.dumps({"last": self.last})


def _cursor_in(text: str | None) -> _Cursor | None:
    try:
        return _Cursor(int(json.loads(text or "")["last"]))
    except CURSOR_FAULTS:
        return None


def places(machine: Machine) -> list[Path]:
    """Where Mixxx keeps its database, the likeliest first."""
    home, name = machine.home, "mixxxdb.sqlite"
    if machine.platform == "win32":
        return [machine.folder("LOCALAPPDATA", "AppData/Local") / "Mixxx" / name]
    if machine.platform == "darwin":
        support = Path("Library/Application Support/Mixxx")
        return [home / "Library/Containers/org.mixxx.mixxx/Data" / support / name, home / support / name]
    return [home / ".mixxx" / name, home / ".var/app/org.mixxx.Mixxx/.mixxx" / name]


class Mixxx:
    """Polls the rows of sessions."""

    name = NAME

    def __init__(self, machine: Machine, *, database: Path | None = None) -> None:
        """`database` is the file when the DJ named it."""
        self._places = [database] if database else places(machine)
        self._path: Path | None = None

    def probe(self) -> Probe:
        self._path = next((path for path in self._places if is_file(path)), None)
        looked = [tried(path, "Mixxx is here.") for path in self._places]
        return Probe(self._path is not None, looked, denied_words("Mixxx", self._places))

    def poll(self, cursor: str | None, *, now_ms: int) -> Polled:
        if self._path is None:
            raise SourceTrouble("Mixxx's database is gone.")
        known = _cursor_in(cursor)
        with looking_into(self._path, program="Mixxx") as database:
            # Years of sessions are not read for the sake of the newest.
            question = _ALL if known else _LAST
            found = database.execute(question, {"session": _SESSION, "after": known.last if known else 0}).fetchall()
        last = max((row["id"] for row in found), default=known.last if known else 0)
        if known is None:
            found = [row for row in found[-1:] if _is_young(row, now_ms)]
        return Polled([_sighting(row) for row in found], _Cursor(last).text())


def _is_young(row: sqlite3.Row, now_ms: int) -> bool:
    added = _utc_ms(row["added"])
    return added is not None and now_ms - added < FIRST_SIGHT_MS


def _utc_ms(text: object) -> int | None:
    """Mixxx writes UTC without saying so, and in some versions with a `Z` or with fractions."""
    try:
        moment = datetime.fromisoformat(str(text).strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _positive(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and value > 0 else None


def _sighting(row: sqlite3.Row) -> Sighting:
    return Sighting(
        source=NAME,
        native_id=str(row["id"]),
        confidence=Confidence.HEARD,
        title=str(row["title"] or ""),
        artist=str(row["artist"] or ""),
        started_ms=_utc_ms(row["added"]),
        path=str(row["location"]) if row["location"] else None,
        bpm=_positive(row["bpm"]),
        key=str(row["key"]) if row["key"] else None,
        bpm_origin=FactOrigin.DATABASE,
        key_origin=FactOrigin.DATABASE,
        duration_s=_positive(row["duration"]),
    )
