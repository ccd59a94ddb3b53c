"""VirtualDJ's history lines: `#EXTVDJ:` with flat tags, then the path. Pure.

It looks like XML and is none: `&` and `<` stand there as they are. One line pair for each play, written when the track
was played for some seconds, never at a load; the path may be a stream's address.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MARK = "#EXTVDJ:"
_TAG = re.compile(r"<(\w+)>(.*?)</\1>", re.DOTALL)
_ENTITY = re.compile(r"&(amp|lt|gt|quot|apos);")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_OLD_TIME = re.compile(r"#TIME:(\d{1,2}):(\d{2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One play as VirtualDJ wrote it."""

    path: str
    title: str = ""
    artist: str = ""
    remix: str = ""
    #: seconds of Unix time; None in playlists, which are no history
    last_play_s: int | None = None
    length_s: float | None = None
    #: versions up to 8.0 wrote only this, `HH:MM`, and no tags
    old_time: str | None = None

    @property
    def is_stream(self) -> bool:
        """Whether the path is a streaming service's name for it: such a path is never looked up on the disk."""
        return "://" in self.path


def _plain(text: str) -> str:
    """The five standard entities, which other tools write; anything else is as it is."""
    return _ENTITY.sub(lambda found: _ENTITIES[found[1]], text).strip()


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text else None
    except ValueError:
        return None
    return value if value is not None and 0 < value < 10**11 else None


def entries(text: str) -> Iterator[HistoryEntry]:
    """Every complete pair of lines, in the file's order."""
    tags: dict[str, str] = {}
    for line in map(str.strip, text.split("\n")):
        if line.startswith(_MARK):
            tags = {name.lower(): _plain(value) for name, value in _TAG.findall(line[len(_MARK) :])}
        elif found := _OLD_TIME.match(line):
            tags = {"old_time": f"{int(found[1]):02}:{found[2]}"}
        elif line and not line.startswith("#"):
            if tags:
                yield _entry(line, tags)
            tags = {}


def _entry(path: str, tags: dict[str, str]) -> HistoryEntry:
    played = _number(tags.get("lastplaytime"))
    return HistoryEntry(
        path=path,
        title=tags.get("title", ""),
        artist=tags.get("artist", ""),
        remix=tags.get("remix", ""),
        last_play_s=int(played) if played is not None else None,
        length_s=_number(tags.get("songlength")),
        old_time=tags.get("old_time"),
    )
