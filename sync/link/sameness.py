"""Whether two programs mean the same track. For comparing sources, never for identity. Pure.

Programs spell one track differently: case, width and accents, "(Original Mix)" or nothing, guests in the title or
beside the artist, all words in one line. Another mix is another track.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sync.link.sources.source import Sighting
from sync.link.words import displayed, raw

_PLAIN_MIX = re.compile(r"\s*[(\[](the\s)?(original|album|single|main)(\s(mix|version|edit))?[)\]]", re.IGNORECASE)
_PLAIN_MIX_AT_END = re.compile(r"\s+[-–]\s+(original|album|single)\s(mix|version)$", re.IGNORECASE)
_GUEST_IN_BRACKETS = re.compile(r"\s*[(\[](feat|ft|featuring|with)\b\.?\s*(?P<who>[^)\]]*)[)\]]", re.IGNORECASE)
_GUEST = re.compile(r"\s+(feat|ft|featuring)\b\.?\s+(?P<who>[^(\[]+)", re.IGNORECASE)
_BETWEEN_ARTISTS = re.compile(r"\s*[,;/&+×]\s*|\s+(?:and|und|et|y|és|i|vs\.?|x|with)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Named:
    """A track's words, folded."""

    #: every artist and guest
    artists: frozenset[str]
    title: str
    #: artist and title in one, whatever stands between
    whole: str


def folded(text: str) -> str:
    """Without case, width, accents, blanks and punctuation."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if char.isalnum())


def _without_guests(text: str) -> tuple[str, list[str]]:
    guests = [found["who"] for pattern in (_GUEST_IN_BRACKETS, _GUEST) for found in pattern.finditer(text)]
    return _GUEST.sub("", _GUEST_IN_BRACKETS.sub("", text)), guests


def _artists(texts: list[str]) -> Iterator[str]:
    for text in texts:
        for part in _BETWEEN_ARTISTS.split(text):
            if key := folded(part):
                yield key


@lru_cache(maxsize=512)
def _named(sighting: Sighting) -> _Named:
    words = displayed(raw(sighting))
    title = _PLAIN_MIX_AT_END.sub("", _PLAIN_MIX.sub("", words.title))
    title, guests = _without_guests(title)
    artist, more = _without_guests(words.artist)
    key = folded(title)
    return _Named(frozenset(_artists([artist, *guests, *more])), key, folded(artist) + key)


def is_same_track(one: Sighting, other: Sighting) -> bool:
    """Whether both mean the same track: by its file, or by its words."""
    if one.path and other.path and one.path.casefold() == other.path.casefold():
        return True
    first, second = _named(one), _named(other)
    if not first.title or not second.title:
        return False
    if first.title == second.title:
        # One program knows only the title, or not every guest.
        return first.artists <= second.artists or second.artists <= first.artists
    return first.whole == second.whole
