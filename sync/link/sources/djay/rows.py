"""What djay's blobs and its text file mean. Pure."""

import math
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from appliance.domain.origins import FactOrigin
from sync.link import keys
from sync.link.sources.djay.tsaf import Fact, facts
from sync.link.sources.source import Confidence, Sighting

NAME = "djay"
#: djay counts seconds from 2001
_EPOCH_S = 978_307_200
_KEYS = 24
_DB = 1


@dataclass(frozen=True, slots=True)
class Started:
    """A track that was started on a deck."""

    sighting: Sighting
    #: by which its analysis and its place are found; empty when there is none
    title_id: str


def _text(found: list[Fact], name: str, *, of: str = "") -> str:
    texts = (one.value for one in found if one.name == name and one.of.startswith(of) and isinstance(one.value, str))
    return next(texts, "")


def _number(found: list[Fact], name: str) -> float | None:
    return next((one.value for one in found if one.name == name and isinstance(one.value, float)), None)


def _positive(value: float | None) -> float | None:
    return value if value is not None and value > 0 else None


def started(data: bytes, *, key: str) -> Started | None:
    """A row of the history; `key` names the row for good. None when it has no words (yet).

    djay writes a row when a deck starts, whether dancers hear that deck or only the DJ does: in a real log two decks
    were written 11 s apart. So it is a load and no more.
    """
    found = facts(data)
    title, artist = _text(found, "title"), _text(found, "artist")
    if not title and not artist:
        return None
    deck, start = _number(found, "deckNumber"), _positive(_number(found, "startTime"))
    sighting = Sighting(
        source=NAME,
        native_id=key,
        confidence=Confidence.LOADED,
        title=title,
        artist=artist,
        started_ms=int((_EPOCH_S + start) * 1000) if start is not None and start < 10**10 else None,
        deck=int(deck) if deck is not None and 1 <= deck <= 16 else None,
        duration_s=_positive(_number(found, "duration")),
    )
    return Started(sighting, _text(found, "uuid", of="ADCMediaItemTitleID"))


def with_analysis(sighting: Sighting, data: bytes) -> Sighting:
    """With tempo and key as djay measured them."""
    found = facts(data)
    index = _number(found, "keySignatureIndex")
    key = None
    if index is not None and 0 <= index < _KEYS:
        # From D flat upwards, each major key followed by its relative minor.
        step, minor = divmod(math.floor(index), 2)
        key = keys.spelled(_DB + step - 3 * minor, minor=bool(minor))
    bpm = _positive(_number(found, "bpm"))
    return replace(
        sighting,
        bpm=bpm or sighting.bpm,
        key=key or sighting.key,
        bpm_origin=FactOrigin.DATABASE,
        key_origin=FactOrigin.DATABASE,
    )


def with_place(sighting: Sighting, data: bytes) -> Sighting:
    """With its file, or what a streaming service calls it."""
    addresses = [one.value for one in facts(data) if one.name == "sourceURIs" and isinstance(one.value, str)]
    for address in addresses:
        try:
            path = unquote(urlsplit(address).path) if address.startswith("file://") else ""
        except ValueError:
            continue
        if path.strip("/"):
            # `file:///C:/Music/a.mp3`
            return replace(sighting, path=path[1:] if path[2:3] == ":" else path)
    return replace(sighting, stream_id=addresses[0]) if addresses else sighting


def playing(text: str) -> Sighting | None:
    """What NowPlaying.txt says: a line each for title, artist, album and time, "N/A" for nothing. No id yet."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        found.setdefault(name.strip().lower(), "" if value.strip().upper() == "N/A" else value.strip())
    title, artist = found.get("title", ""), found.get("artist", "")
    if not title and not artist:
        return None
    return Sighting(
        source=NAME,
        native_id="",
        confidence=Confidence.LOADED,
        title=title,
        artist=artist,
        duration_s=_length(found.get("time", "")),
    )


def _length(text: str) -> float | None:
    total = 0
    for part in text.split(":"):
        if not (part.isascii() and part.isdigit() and len(part) < 5):
            return None
        total = total * 60 + int(part)
    return float(total) or None
