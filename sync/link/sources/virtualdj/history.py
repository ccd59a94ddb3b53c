"""VirtualDJ's history as a source: works on every licence, and a line there means that the track was heard.

The session's file goes on past midnight, so the one that was written last counts, not the one with today's date; and
because VirtualDJ touches older files, only what was played later than everything before is new.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from appliance.domain.origins import FactOrigin
from sync.link.sources.machine import Machine
from sync.link.sources.places import denied_words, is_denied, is_folder, tried
from sync.link.sources.sharing import open_shared
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
from sync.link.sources.tailing import decoded
from sync.link.sources.virtualdj import folders
from sync.link.sources.virtualdj.database import FILE, Databases
from sync.link.sources.virtualdj.entries import HistoryEntry, entries

NAME = "virtualdj"
#: what was played before the link began to watch is nobody's business, but for this much
GRACE_MS = 20 * 60 * 1000
#: a link that watched so short a time ago only stopped in the middle of a night: all that it missed counts
SAME_NIGHT_MS = 8 * 3600 * 1000
#: a session's file is a hundredth of this
_FILE_MOST = 16 * 1024 * 1024
_IDS_MOST = 400
#: what stands before the first path
_BEGINNINGS = ("#EXTM3U", "#EXTVDJ:", "#TIME:")
#: a text in UTF-16 begins so, and is full of zeros
_MARKS = (b"\xff\xfe", b"\xfe\xff")
_RECENT = 20
#: what VirtualDJ writes later than this is late for dancers
_DELAY_MOST_S = 10


@dataclass(frozen=True, slots=True)
class _Cursor:
    """What was told already."""

    #: seconds of Unix time of the newest play that was told
    last_s: int
    #: ids at exactly that second, and of plays without a time
    ids: tuple[str, ...]
    #: seconds of Unix time when a link began to watch last
    begun_s: int = 0

    def text(self) -> str:
        return json.dumps({"last_s": self.last_s, "ids": list(self.ids), "begun_s": self.begun_s})


def _cursor_in(text: str | None) -> _Cursor | None:
    try:
        found = json.loads(text or "")
        ids = tuple(str(one) for one in found["ids"])
        return _Cursor(int(found["last_s"]), ids, int(found.get("begun_s", 0)))
    except CURSOR_FAULTS:
        return None


def _since(known: _Cursor | None, *, now_ms: int) -> int:
    """From when on plays count for a link that begins to watch now, milliseconds of Unix time."""
    if known is not None:
        lived_ms = max(known.last_s, known.begun_s) * 1000
        if 0 <= now_ms - lived_ms < SAME_NIGHT_MS:
            return min(known.begun_s * 1000 or lived_ms, now_ms) - GRACE_MS
    return now_ms - GRACE_MS


def _id_of(entry: HistoryEntry) -> str:
    digest = hashlib.sha256(entry.path.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return f"{entry.last_play_s if entry.last_play_s is not None else entry.old_time}-{digest}"


def _is_something_else(data: bytes) -> bool:
    """Whether a file without a play is no history that has just begun."""
    if b"\0" in data and data[:2] not in _MARKS:
        return True
    lines = [line.strip() for line in decoded(data[: data.rfind(b"\n") + 1]).split("\n")]
    return any(line and not line.upper().startswith(_BEGINNINGS) for line in lines)


class VirtualDjHistory:
    """Polls the history files; tempo and key come from the databases, later if need be."""

    name = NAME

    def __init__(self, machine: Machine, *, home: Path | None = None) -> None:
        """`home` is VirtualDJ's folder when the DJ named it."""
        self._machine = machine
        self._chosen = home
        self._home: Path | None = None
        #: what was played before, milliseconds of Unix time, is nobody's business
        self._since_ms: int | None = None
        self._seen: dict[Path, tuple[int, float]] = {}
        #: files that can't be understood, and what to say of them
        self._damaged: dict[Path, str] = {}
        #: told without tempo or key, because the databases were not read yet
        self._bare: list[Sighting] = []
        self.databases = Databases(self._database_files)

    def _database_files(self) -> Sequence[Path]:
        homes = [self._home] if self._home else []
        return [*(home / FILE for home in homes), *(drive / "VirtualDJ" / FILE for drive in self._machine.drives())]

    def probe(self) -> Probe:
        places = list(folders.candidates(self._machine, chosen=self._chosen))
        looked = [tried(path, "VirtualDJ was here.", folder=True) for path in places]
        self._home = folders.home_of(self._machine, chosen=self._chosen)
        if self._home is None:
            return Probe(False, looked, denied_words("VirtualDJ", places))
        self.databases.refresh()
        settings = folders.history_settings(self._home)
        if not settings.written:
            words = (
                "The history is switched off in VirtualDJ's settings, so nothing can be seen: set writeHistory to yes."
            )
        elif settings.delay_s > _DELAY_MOST_S:
            words = f"VirtualDJ writes {settings.delay_s} s late: set historyDelay to 5 in its settings."
        else:
            words = f"VirtualDJ writes a track down after {settings.delay_s} s."
        in_time = settings.written and settings.delay_s <= _DELAY_MOST_S
        looked.append(Tried(str(self._home / "settings.xml"), in_time, words))
        faults = self.databases.faults()
        looked += [Tried(str(path), False, fault) for path, fault in faults.items()]
        hint = words if not in_time else next(iter(faults.values()), "")
        return Probe(settings.written, looked, hint)

    def poll(self, cursor: str | None, *, now_ms: int) -> Polled:
        if self._home is None:
            raise SourceTrouble("VirtualDJ's folder is gone.")
        history = self._home / "History"
        if not is_folder(self._home) or is_denied(history):
            words = "may not be read by this user" if is_denied(history) else "is gone"
            raise SourceTrouble(f"VirtualDJ's folder {history if is_denied(history) else self._home} {words}.")
        known = _cursor_in(cursor)
        if self._since_ms is None:
            self._since_ms = _since(known, now_ms=now_ms)
            known = replace(known, begun_s=now_ms // 1000) if known else None
        again = self._enriched()
        if known is None and not self._damaged:
            self._seen = {}
        changed = self._changed_files()
        found = [entry for path in changed for entry in self._read(path)]
        if self._damaged and not found and not again:
            raise SourceTrouble(next(iter(self._damaged.values())))
        if not found and known is not None:
            return Polled(again, known.text())
        if known is None:
            return self._first_sight(found, now_ms=now_ms)
        new = self._new(found, known)
        told = [self._sighting(entry) for entry in new if self._is_of_tonight(entry)]
        return Polled([*again, *told], self._after(known, found).text())

    def _changed_files(self) -> list[Path]:
        """The two files that were written last, if they changed: a session may end in one and begin in another."""
        assert self._home is not None
        dated: list[tuple[float, int, Path]] = []
        for path in folders.history_files(self._home):
            try:
                stat = path.stat()
            except OSError:
                continue
            dated.append((stat.st_mtime, stat.st_size, path))
        newest = sorted(dated)[-2:]
        changed = [path for stamp, size, path in newest if self._seen.get(path) != (size, stamp)]
        self._seen = {path: (size, stamp) for stamp, size, path in newest}
        self._damaged = {path: words for path, words in self._damaged.items() if path in self._seen}
        return changed

    def _read(self, path: Path) -> list[HistoryEntry]:
        try:
            with open_shared(path) as file:
                file.seek(max(0, path.stat().st_size - _FILE_MOST))
                data = file.read(_FILE_MOST)
        except OSError as error:
            self._seen.pop(path, None)
            raise SourceTrouble(f"{path} can't be read ({error.strerror or error}).") from error
        # The last line may be half written; when it is whole, the file has another size.
        found = list(entries(decoded(data[: data.rfind(b"\n") + 1])))
        self._damaged.pop(path, None)
        if not found and _is_something_else(data):
            self._damaged[path] = f"{path} is no history that is known here: it is damaged, or of a newer VirtualDJ."
        return found

    def _first_sight(self, found: list[HistoryEntry], *, now_ms: int) -> Polled:
        start = self._after(_Cursor(0, (), now_ms // 1000), found)
        timed = [entry for entry in found if entry.last_play_s is not None]
        newest = max(timed, key=lambda entry: entry.last_play_s or 0, default=None)
        if newest is None or newest.last_play_s is None or now_ms - newest.last_play_s * 1000 >= FIRST_SIGHT_MS:
            return Polled((), start.text())
        return Polled([self._sighting(newest)], start.text())

    @staticmethod
    def _new(found: list[HistoryEntry], known: _Cursor) -> list[HistoryEntry]:
        """What was not told, in the order of playing; entries without a time in the order of the file."""
        fresh: dict[str, HistoryEntry] = {}
        for entry in found:
            identity = _id_of(entry)
            if identity not in known.ids and (entry.last_play_s is None or entry.last_play_s >= known.last_s):
                fresh.setdefault(identity, entry)
        return sorted(fresh.values(), key=lambda entry: entry.last_play_s or 0)

    @staticmethod
    def _after(known: _Cursor, found: list[HistoryEntry]) -> _Cursor:
        last_s = max([known.last_s, *(entry.last_play_s or 0 for entry in found)])
        kept = [_id_of(entry) for entry in found if entry.last_play_s in {None, last_s}]
        before = [one for one in known.ids if last_s == known.last_s or ":" in one.partition("-")[0]]
        return _Cursor(last_s, tuple(dict.fromkeys([*before, *kept]))[-_IDS_MOST:], known.begun_s)

    def _is_of_tonight(self, entry: HistoryEntry) -> bool:
        if entry.last_play_s is None:
            return True
        assert self._since_ms is not None
        return entry.last_play_s * 1000 >= self._since_ms

    def _sighting(self, entry: HistoryEntry) -> Sighting:
        sighting = Sighting(
            source=NAME,
            native_id=_id_of(entry),
            confidence=Confidence.PLAYED,
            title=entry.title,
            artist=entry.artist,
            remix=entry.remix,
            started_ms=entry.last_play_s * 1000 if entry.last_play_s is not None else None,
            path=None if entry.is_stream else entry.path,
            stream_id=entry.path if entry.is_stream else None,
            duration_s=entry.length_s,
        )
        known = self._with_facts(sighting)
        if known is None:
            self._bare = [*self._bare, sighting][-_RECENT:]
        return known or sighting

    def _with_facts(self, sighting: Sighting) -> Sighting | None:
        facts = self.databases.song(sighting.path or sighting.stream_id or "")
        if facts is None:
            return None
        return replace(
            sighting, bpm=facts.bpm, key=facts.key, bpm_origin=FactOrigin.DATABASE, key_origin=FactOrigin.DATABASE
        )

    def _enriched(self) -> list[Sighting]:
        """What the databases know by now of tracks that were told without."""
        found = [(sighting, self._with_facts(sighting)) for sighting in self._bare]
        self._bare = [sighting for sighting, known in found if known is None]
        return [known for _, known in found if known is not None]
