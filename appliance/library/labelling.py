"""What a track is called: what its file says, or else what the file is called."""

import os
import re
import time
import unicodedata
from collections.abc import Mapping, Sequence

from appliance.domain.clutter import NUMBERED
from appliance.domain.library import Labels
from appliance.tags import Opener, read_tag

_WITHIN_S = 5.0
#: characters of a title that anybody reads
_LONGEST = 200
_BETWEEN = re.compile(r"\s+[-\u2013\u2014]\s+")


def labels_of(path: bytes, *, opener: Opener | None = None) -> Labels:
    """The labels of a file; what can't be read says nothing. `opener` is as for `read_tag`."""
    named = _by_name(path)
    tag = read_tag(os.fsdecode(path), until=time.monotonic() + _WITHIN_S, opener=opener)
    if tag is None:
        return named
    title = plain(tag.title)
    return Labels(
        artist=plain(tag.artist) or plain(tag.albumartist) or ("" if title else named.artist),
        title=title or named.title,
        album=plain(tag.album),
        genre=plain(tag.genre),
        is_explicit=_explicit(tag.other),
    )


def plain(text: object) -> str:
    """A tag's text as one short line; empty for what is none."""
    if not isinstance(text, str):
        return ""
    # Half characters can't be stored, control characters not shown, and signs of direction turn what stands after them.
    kept = "".join(one if unicodedata.category(one)[0] != "C" else " " for one in text[: _LONGEST * 4])
    return " ".join(kept.split())[:_LONGEST].strip()


def _by_name(path: bytes) -> Labels:
    """Artist and title from a name such as `03 - Artist - Title.mp3`."""
    name = path.rpartition(b"/")[2].decode("utf-8", "replace").replace("\ufffd", "?")
    stem = plain(name.rpartition(".")[0].replace("_", " ")) or "?"
    bare = NUMBERED.sub("", stem, count=1) if NUMBERED.match(stem) else stem
    artist, *rest = _BETWEEN.split(bare, maxsplit=1)
    return Labels(artist=artist, title=rest[0]) if rest and artist and rest[0] else Labels(artist="", title=bare)


def _explicit(other: Mapping[str, Sequence[str]]) -> bool | None:
    """Shops mark it by a number: 1 and 4 are explicit, 2 is cleaned, 0 is neither."""
    marks = other.get("itunesadvisory") or ()
    mark = str(marks[0]).strip() if marks else ""
    return {"1": True, "4": True, "0": False, "2": False}.get(mark)
