"""Serato up to version 3 as a source: polls the session that was written last.

A row appears at the load; what makes it heard is the played flag, which Serato sets from the mixer's faders. With an
analog mixer or without hardware ("Offline Player") the flag may come late or never: the DJ can choose to believe loads.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from sync.link.sources.machine import Machine
from sync.link.sources.places import denied_words, is_folder, tried
from sync.link.sources.serato.records import Row, rows
from sync.link.sources.sharing import open_shared
from sync.link.sources.source import CURSOR_FAULTS, FIRST_SIGHT_MS, Confidence, Polled, Probe, Sighting, SourceTrouble
from sync.link.sources.tailing import newest

NAME = "serato"
_FILE_MOST = 32 * 1024 * 1024
_IDS_MOST = 400
#: a session has a row within this
_BEGUN_MOST = 4096


@dataclass(frozen=True, slots=True)
class _Cursor:
    """What was told of a session already."""

    session: str
    #: rows that were told as played, and those told as loaded
    played: frozenset[int]
    loaded: frozenset[int]

    def text(self) -> str:
        # The newest are enough: a row of long ago changes no more.
        kept = (sorted(self.played)[-_IDS_MOST:], sorted(self.loaded)[-_IDS_MOST:])
        return json.dumps({"session": self.session, "played": kept[0], "loaded": kept[1]})


def _cursor_in(text: str | None) -> _Cursor | None:
    try:
        found = json.loads(text or "")
        return _Cursor(
            str(found["session"]), frozenset(map(int, found["played"])), frozenset(map(int, found["loaded"]))
        )
    except CURSOR_FAULTS:
        return None


class SeratoSessions:
    """Polls `_Serato_/History/Sessions/*.session`."""

    name = NAME

    def __init__(self, machine: Machine, *, home: Path | None = None) -> None:
        """`home` is the folder `_Serato_` when the DJ named it."""
        self._folder = (home or machine.music / "_Serato_") / "History" / "Sessions"
        self._seen: tuple[Path, int, float] | None = None
        #: what is wrong with the file that was seen last; it is read again when it changes
        self._damage = ""
        self._offline_player = False

    def probe(self) -> Probe:
        here = "Serato's history is here."
        hint = denied_words("Serato", [self._folder])
        if self._offline_player:
            hint = (
                'Serato plays without its hardware ("Offline Player"), so it may not know what is heard:'
                ' set trust_loads = ["serato"] if nothing appears.'
            )
            here = f"{here} {hint}"
        looked = tried(self._folder, here, folder=True)
        return Probe(is_folder(self._folder), [looked], hint)

    def poll(self, cursor: str | None, *, now_ms: int) -> Polled:
        known = _cursor_in(cursor)
        path = self._newest()
        if path is None:
            return Polled((), (known or _Cursor("", frozenset(), frozenset())).text())
        changed = self._changed(path)
        if self._damage and not changed:
            raise SourceTrouble(self._damage)
        if known is not None and not changed:
            return Polled((), known.text())
        found = self._read(path)
        if known is None:
            return self._first_sight(path, found, now_ms=now_ms)
        if known.session != path.name:
            known = _Cursor(path.name, frozenset(), frozenset())
        return self._told(found, known)

    def _newest(self) -> Path | None:
        try:
            return newest([path for path in self._folder.iterdir() if path.suffix.lower() == ".session"])
        except OSError as error:
            words = "may not be read by this user" if isinstance(error, PermissionError) else "is gone"
            raise SourceTrouble(f"Serato's folder {self._folder} {words}.") from error

    def _changed(self, path: Path) -> bool:
        try:
            stat = path.stat()
        except OSError as error:
            raise SourceTrouble(f"{path} is gone.") from error
        seen = (path, stat.st_size, stat.st_mtime)
        changed, self._seen = seen != self._seen, seen
        return changed

    def _read(self, path: Path) -> dict[int, Row]:
        self._changed(path)
        try:
            with open_shared(path) as file:
                data = file.read(_FILE_MOST)
        except OSError as error:
            self._seen = None
            raise SourceTrouble(f"{path} can't be read ({error.strerror or error}).") from error
        found = rows(data)
        self._damage = ""
        if not found and _is_something_else(data):
            self._damage = f"{path} is no session that is known here: it is damaged, or of a newer Serato."
            raise SourceTrouble(self._damage)
        self._offline_player = any(row.device == "Offline Player" for row in found.values())
        return found

    def _first_sight(self, path: Path, found: dict[int, Row], *, now_ms: int) -> Polled:
        played = [row for row in found.values() if row.played]
        cursor = _Cursor(path.name, frozenset(row.row_id for row in played), frozenset(found))
        last = max(played, key=lambda row: row.start_s or 0, default=None)
        if last is None or last.start_s is None or now_ms - last.start_s * 1000 >= FIRST_SIGHT_MS:
            return Polled((), cursor.text())
        return Polled([_sighting(path.name, last)], cursor.text())

    @staticmethod
    def _told(found: dict[int, Row], known: _Cursor) -> Polled:
        # Older rows than the cursor has room for were told long ago.
        least = min(known.loaded, default=0) if len(known.loaded) >= _IDS_MOST else 0
        new = [
            row
            for row in found.values()
            if row.row_id >= least
            and ((row.played and row.row_id not in known.played) or (not row.played and row.row_id not in known.loaded))
        ]
        new.sort(key=lambda row: (row.start_s or 0, row.row_id))
        last_s = max((found[row].start_s or 0 for row in known.played if row in found), default=0)
        cursor = _Cursor(
            known.session,
            known.played | {row.row_id for row in new if row.played},
            known.loaded | frozenset(found),
        )
        return Polled([_sighting(known.session, row, last_s=last_s) for row in new], cursor.text())


def _is_something_else(data: bytes) -> bool:
    """Whether a session without a row begins as none does, or goes on in another way; an empty one has just begun."""
    return bool(data) and (not data.startswith(b"vrsn"[: len(data)]) or len(data) > _BEGUN_MOST)


def _sighting(session: str, row: Row, *, last_s: int = 0) -> Sighting:
    # A row's stamp is of its load; what was loaded early and heard after another began after that one.
    start_s = max(row.start_s, last_s) if row.start_s and row.played else row.start_s
    # Serato's own files for streams end in a name such as `_1234.tdl`.
    stream = row.path.rpartition("/")[2] if row.path.lower().endswith(".tdl") else None
    return Sighting(
        source=NAME,
        native_id=f"{session}:{row.row_id}",
        confidence=Confidence.HEARD if row.played else Confidence.LOADED,
        title=row.title,
        artist=row.artist,
        started_ms=start_s * 1000 if start_s else None,
        deck=row.deck,
        path=None if stream else row.path or None,
        stream_id=stream,
        bpm=row.bpm,
        key=row.key or None,
        duration_s=row.length_s,
    )
