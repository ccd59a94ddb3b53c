"""What dancers read, made from what a program says; the raw text travels along, so it can always be undone. Pure.

Only what says nothing about the music goes: "(Official Video)", "[HD]", "(Remastered 2011)". Remix, extended, live and
the like stay: to dancers they are another song.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

from appliance.domain.rules import clean_text
from sync.link.sources.source import Sighting

_PHRASE = r"""
    official(\s(music|lyrics?|hd|4k))?(\s(video|audio|visuali[sz]er))? | (music|lyrics?)\svideo | (with\s)?lyrics |
    (official\s)?visuali[sz]er | hd | hq | uhd | 4k | 720p | 1080p | 2160p | \d{2,3}\s?kbps |
    ((19|20)\d\d\s)?(digital(ly)?\s)?remaster(ed)?(\sversion)?(\s(19|20)\d\d)? | explicit(\sversion)? | clean | dirty
"""
_IN_BRACKETS = re.compile(rf"\s*(\((?:{_PHRASE})\)|\[(?:{_PHRASE})\])", re.IGNORECASE | re.VERBOSE)
_AT_THE_END = re.compile(
    r"\s+[-–]\s+((19|20)\d\d\s)?(digital(ly)?\s)?remaster(ed)?(\sversion)?(\s(19|20)\d\d)?$", re.IGNORECASE
)
_DASH = re.compile(r"\s+[-–—]\s+")
#: "03 - ", "A4. ", "12_" before a file's name
_NUMBER = re.compile(r"^(?:\d{1,3}|[A-D]\d)(?:\s*[-._)]\s*|\s+-\s+)(?=\S)")


@dataclass(frozen=True, slots=True)
class Words:
    """A track in words."""

    artist: str
    title: str


def raw(sighting: Sighting) -> Words:
    """The words as the program says them, only made fit for one line; without tags, the file's name.

    An artist stays empty when nobody knows one.
    """
    artist, title, remix = (clean_text(text) for text in (sighting.artist, sighting.title, sighting.remix))
    if not title and sighting.path:
        title = _name_of_file(sighting.path)
    if not artist:
        artist, title = _split(title)
    if remix and remix.casefold() not in title.casefold():
        title = f"{title} ({remix})"
    return Words(artist, title)


def displayed(words: Words, *, tidy: bool = True) -> Words:
    """The words for dancers. With `tidy` off, as they are."""
    if not tidy:
        return words
    return Words(words.artist, _tidied(words.title))


def _tidied(title: str) -> str:
    found = _AT_THE_END.sub("", _IN_BRACKETS.sub("", title)).strip()
    # Never to nothing: a song may be called "(Clean)".
    return found if any(char.isalnum() for char in found) else title


def _name_of_file(path: str) -> str:
    name = PureWindowsPath(path).name if "\\" in path else PurePosixPath(path).name
    stem, dot, ending = name.rpartition(".")
    name = stem if dot and 2 <= len(ending) <= 4 and ending.isalnum() else name
    return _NUMBER.sub("", clean_text(name.replace("_", " ")))


def _split(title: str) -> tuple[str, str]:
    """ "Artist - Title" at the first dash between blanks."""
    parts = _DASH.split(title, maxsplit=1)
    return (parts[0], parts[1]) if len(parts) == 2 and all(part.strip() for part in parts) else ("", title)


@dataclass(frozen=True, slots=True)
class SkipRules:
    """Tracks that are never told, by words in artist, title or path; letter case aside."""

    words: tuple[str, ...] = ()

    def skips(self, sighting: Sighting) -> bool:
        """Whether this one stays private."""
        text = "\n".join((sighting.artist, sighting.title, sighting.remix, sighting.path or "")).casefold()
        return any(word.casefold() in text for word in self.words if word.strip())
