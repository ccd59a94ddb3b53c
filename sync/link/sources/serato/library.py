"""Serato 4 as a source: polls `master.sqlite`, where an entry appears at the load and gets its played flag later."""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from appliance.domain.origins import FactOrigin
from sync.link.sources.databases import looking_into
from sync.link.sources.machine import Machine
from sync.link.sources.places import denied_words, is_file, tried
from sync.link.sources.source import CURSOR_FAULTS, FIRST_SIGHT_MS, Confidence, Polled, Probe, Sighting, SourceTrouble

NAME = "serato4"
#: entries that may still get their played flag
_LOOK_BACK = 200

_NEWEST_SESSION = "SELECT MAX(id) AS id FROM history_session"
_ENTRIES = """
SELECT id, session_id, name, artist, bpm, key, start_time, played, deck, portable_id, file_name FROM history_entry
WHERE session_id = :session AND id > :after ORDER BY id
"""
_HEARD = """
SELECT id, start_time FROM history_entry WHERE session_id = :session AND id <= :last AND played = 1
ORDER BY id DESC LIMIT 200
"""


@dataclass(frozen=True, slots=True)
class _Cursor:
    session: int
    #: entries above this one are new
    last: int
    #: entries that were told as loaded and may be heard yet
    open: frozenset[int]

    def text(self) -> str:
        return json.dumps({"session": self.session, "last": self.last, "open": sorted(self.open)[-_LOOK_BACK:]})


def _cursor_in(text: str | None) -> _Cursor | None:
    try:
        found = json.loads(text or "")
        return _Cursor(int(found["session"]), int(found["last"]), frozenset(map(int, found["open"])))
    except CURSOR_FAULTS:
        return None


class SeratoLibrary:
    """Polls the database's newest history session."""

    name = NAME

    def __init__(self, machine: Machine, *, home: Path | None = None) -> None:
        """`home` is Serato's library folder when the DJ named it."""
        if home is not None:
            self._places = [home / "master.sqlite"]
        elif machine.platform == "win32":
            folders = [machine.folder("LOCALAPPDATA", "AppData/Local"), machine.folder("APPDATA", "AppData/Roaming")]
            self._places = [folder / "Serato" / "Library" / "master.sqlite" for folder in folders]
        else:
            support = machine.home / "Library" / "Application Support"
            self._places = [support / "Serato" / "Library" / "master.sqlite"]
        self._path: Path | None = None

    def probe(self) -> Probe:
        self._path = next((path for path in self._places if is_file(path)), None)
        looked = [tried(path, "Serato 4 is here.") for path in self._places]
        return Probe(self._path is not None, looked, denied_words("Serato 4", self._places))

    def poll(self, cursor: str | None, *, now_ms: int) -> Polled:
        if self._path is None:
            raise SourceTrouble("Serato 4's database is gone.")
        known = _cursor_in(cursor)
        with looking_into(self._path, program="Serato 4") as database:
            newest = database.execute(_NEWEST_SESSION).fetchone()["id"]
            if newest is None:
                return Polled((), _Cursor(0, 0, frozenset()).text())
            if known is None:
                found = database.execute(_ENTRIES, {"session": newest, "after": 0}).fetchall()
                return _first_sight(newest, found, now_ms=now_ms)
            sessions = sorted({known.session, newest})
            parts = [(session, _since(database, session, known)) for session in sessions]
            heard_s = _last_heard_s(database, parts, known)
        return _told(newest, parts, known, heard_s=heard_s)


def _since(database: sqlite3.Connection, session: int, known: _Cursor) -> list[sqlite3.Row]:
    after = min([known.last, *(one - 1 for one in known.open)]) if session == known.session else 0
    return database.execute(_ENTRIES, {"session": session, "after": after}).fetchall()


def _last_heard_s(database: sqlite3.Connection, parts: list[tuple[int, list[sqlite3.Row]]], known: _Cursor) -> int:
    """When what was told as heard last was loaded, seconds of Unix time; 0 when nothing was, or nothing is new."""
    if not any(row["played"] for _, found in parts for row in found):
        return 0
    fresh = {row["id"] for _, found in parts for row in found if row["id"] in known.open or row["id"] > known.last}
    rows = database.execute(_HEARD, {"session": known.session, "last": known.last}).fetchall()
    return max((int(row["start_time"] or 0) for row in rows if row["id"] not in fresh), default=0)


def _first_sight(session: int, found: list[sqlite3.Row], *, now_ms: int) -> Polled:
    last = max((row["id"] for row in found), default=0)
    cursor = _Cursor(session, last, frozenset(row["id"] for row in found[-_LOOK_BACK:] if not row["played"]))
    played = [row for row in found if row["played"] and row["start_time"]]
    if played and now_ms - int(played[-1]["start_time"]) * 1000 < FIRST_SIGHT_MS:
        return Polled([_sighting(played[-1])], cursor.text())
    return Polled((), cursor.text())


def _told(newest: int, parts: list[tuple[int, list[sqlite3.Row]]], known: _Cursor, *, heard_s: int) -> Polled:
    told: list[Sighting] = []
    still_open: set[int] = set()
    last = known.last if newest == known.session else 0
    for session, found in parts:
        same = session == known.session
        for row in found:
            is_new = not same or row["id"] > known.last
            if is_new or (row["id"] in known.open and row["played"]):
                told.append(_sighting(row, heard_s=heard_s))
            if session == newest:
                last = max(last, row["id"])
                if not row["played"] and (is_new or row["id"] in known.open):
                    still_open.add(row["id"])
    return Polled(told, _Cursor(newest, last, frozenset(still_open)).text())


def _sighting(row: sqlite3.Row, *, heard_s: int = 0) -> Sighting:
    bpm, start = row["bpm"], row["start_time"]
    if start and row["played"]:
        # The stamp is of the load; what was loaded early and heard after another began after that one.
        start = max(int(start), heard_s)
    return Sighting(
        source=NAME,
        native_id=str(row["id"]),
        confidence=Confidence.HEARD if row["played"] else Confidence.LOADED,
        title=str(row["name"] or ""),
        artist=str(row["artist"] or ""),
        started_ms=int(start) * 1000 if start else None,
        deck=int(row["deck"]) if isinstance(row["deck"], int) and row["deck"] > 0 else None,
        path=str(row["portable_id"] or row["file_name"] or "") or None,
        bpm=float(bpm) if isinstance(bpm, int | float) and bpm > 0 else None,
        key=str(row["key"]) if row["key"] else None,
        bpm_origin=FactOrigin.DATABASE,
        key_origin=FactOrigin.DATABASE,
    )
