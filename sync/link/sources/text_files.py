"""Files that some program writes: one "Artist - Title" that is replaced, or a list that grows (text, m3u, tracklist).

What the file is shows by how it changes: content that begins as before has grown, and its new lines are plays; anything
else has been replaced, and its first line with words is the play.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from sync.link.sources.places import denied_words, is_file, tried
from sync.link.sources.sharing import open_shared
from sync.link.sources.source import CURSOR_FAULTS, Confidence, Polled, Probe, Sighting, SourceTrouble
from sync.link.sources.tailing import decoded

#: a now-playing file has one line; a night's list a few hundred
_FILE_MOST = 8 * 1024 * 1024

_EXTINF = re.compile(r"#EXTINF:\s*-?\d*\s*(?:,\s*(.*))?$", re.IGNORECASE)
#: "21:04 : ", "[21:04:10]", "03.", "12)" before a title in a tracklist
_LIST_MARK = re.compile(r"^\s*(?:\[?\d{1,2}:\d{2}(?::\d{2})?\]?\s*(?::|-|\||\t)?|\d{1,3}[.)])\s+")
_NO_TEXT = re.compile(r"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
_RULE = re.compile(r"^[\W_]*$")
_DATED = re.compile(r"^.*(?:\d{4}[/.-]\d{1,2}[/.-]\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-]\d{4}).*$")


@dataclass(frozen=True, slots=True)
class _Cursor:
    """What of the file was told."""

    #: characters that were read, up to a line's end
    size: int
    #: digest of those, to see whether the file has grown or is another one
    read: str
    #: digest of the whole content
    whole: str
    #: plays so far
    count: int
    #: digest of the first line
    first: str = ""

    def text(self) -> str:
        return json.dumps(asdict(self))


def _cursor_in(text: str | None) -> _Cursor | None:
    try:
        found = json.loads(text or "")
        numbers = int(found["size"]), int(found["count"])
        return _Cursor(numbers[0], str(found["read"]), str(found["whole"]), numbers[1], str(found.get("first", "")))
    except CURSOR_FAULTS:
        return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _whole_lines(data: bytes) -> str:
    """The text up to the last end of line; what comes behind may be half a character."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        text = decoded(data[: len(data) // 2 * 2])
        return text[: text.rfind("\n") + 1]
    return decoded(data[: data.rfind(b"\n") + 1])


def _is_no_text(data: bytes) -> bool:
    """Whether there is something in it that no text has, in whatever encoding."""
    has_mark = data[:2] in {b"\xff\xfe", b"\xfe\xff"}
    # Some programs write into a field of fixed length.
    text = decoded(data[: len(data) // 2 * 2] if has_mark else data).rstrip("\0")
    return _NO_TEXT.search(text) is not None


def titles(text: str) -> list[tuple[str, str | None]]:
    """The plays that lines tell of: words, and a file's path where the line is one."""
    found: list[tuple[str, str | None]] = []
    told: str | None = None
    for line in map(str.strip, text.splitlines()):
        if info := _EXTINF.match(line):
            told = (info[1] or "").strip() or None
        elif line.startswith("#") or _RULE.match(line) or _DATED.match(line):
            continue
        elif re.search(r"\.(mp3|flac|wav|aiff?|m4a|aac|ogg|opus|wma|mp4)$", line, re.IGNORECASE):
            found.append((told or "", line))
            told = None
        else:
            found.append((_LIST_MARK.sub("", line), None))
            told = None
    return found


class TextFile:
    """Polls one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = f"text:{path.name}"
        self._seen: tuple[int, float] | None = None

    def probe(self) -> Probe:
        looked = tried(self._path, "The file is here.")
        # The DJ named it, so its absence is worth a word.
        missing = "" if looked.found else f"{self._path} is not there yet; it is looked for again."
        return Probe(is_file(self._path), [looked], denied_words("The text file", [self._path]) or missing)

    def poll(self, cursor: str | None, *, now_ms: int) -> Polled:
        known = _cursor_in(cursor)
        try:
            stat = self._path.stat()
            if known is not None and self._seen == (stat.st_size, stat.st_mtime):
                return Polled((), known.text())
            with open_shared(self._path) as file:
                data = file.read(_FILE_MOST)
        except OSError as error:
            raise SourceTrouble(f"{self._path} can't be read ({error.strerror or error}).") from error
        self._seen = (stat.st_size, stat.st_mtime)
        if stat.st_size > _FILE_MOST or _is_no_text(data):
            self._seen = None
            raise SourceTrouble(f"{self._path} is no list of plays; name another file in sources.text_files.")
        lines, whole = _whole_lines(data), _digest(decoded(data))
        read, first = _digest(lines), _digest(lines.partition("\n")[0])
        if known is None:
            return Polled((), _Cursor(len(lines), read, whole, 0, first).text())
        if whole == known.whole:
            return Polled((), known.text())
        if len(lines) < known.size and first == known.first:
            # The end of a list is gone; what is left was told.
            return Polled((), _Cursor(len(lines), read, whole, known.count, first).text())
        if known.size and _digest(lines[: known.size]) == known.read:
            new = titles(lines[known.size :])
        else:
            # A file with one line often ends without an end of line.
            new = titles(decoded(data))[:1]
        sightings = [self._sighting(one, known.count + number, now_ms) for number, one in enumerate(new, start=1)]
        return Polled(sightings, _Cursor(len(lines), read, whole, known.count + len(new), first).text())

    def _sighting(self, one: tuple[str, str | None], number: int, now_ms: int) -> Sighting:
        words, path = one
        # The file has no ids: which play of this file it is, and what it says, is the best there is.
        identity = _digest(f"{self._path}\0{number}\0{words}\0{path}")
        return Sighting(
            source=self.name,
            native_id=identity,
            confidence=Confidence.HEARD,
            title=words,
            started_ms=now_ms,
            path=path,
        )
