"""Songs that somebody brings: how far one is on its way, and what it may be called, whatever its sender says. Pure."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.domain.rules import clean_text
from appliance.errors import Invalid

#: a song may have, bytes: three hours as the largest format there is
SIZE_MOST = 2_000_000_000
#: what the box listens to
ENDINGS = frozenset({
    "3ga", "aac", "ac3", "aif", "aifc", "aiff", "alac", "amr", "ape", "au", "caf", "dff", "dsf", "flac",
    "m4a", "m4b", "mka", "mp2", "mp3", "mp4", "mpc", "mpga", "oga", "ogg", "oma", "opus", "tak", "tta", "w64",
    "wav", "wave", "weba", "webm", "wma", "wv",
})  # fmt: skip
#: bytes of a name; file systems take 255, and a number may be added
_LONGEST = 180
_FORBIDDEN = frozenset('<>:"|?*')
# Windows takes these for devices, with any ending; sticks go to Windows.
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{one}{n}" for one in ("com", "lpt") for n in range(1, 10))})


@dataclass(frozen=True, slots=True)
class Upload:
    """A song on its way."""

    id: str
    #: under which it will be kept, unless that is taken by then
    name: str
    #: bytes in all, and how many came
    length: int
    offset: int
    #: the account that sends it; empty for staff
    by: str = ""


def file_name(given: str) -> str:
    """The name under which a song is kept: without folders, signs that systems forbid, or dots in front.

    Raises: Invalid with the code `song_name_empty` or `song_not_audio`.
    """
    stem, ending = _parted(given)
    if not ending or not stem:
        raise Invalid("song_name_empty", "The file has no name with an ending.", advice="Give it one such as song.mp3.")
    if ending not in ENDINGS:
        raise Invalid(
            "song_not_audio",
            f"A file that ends in .{ending[:20]} is no song that the box can play.",
            advice="Send mp3, m4a, flac, ogg, opus or wav.",
        )
    return f"{stem}.{ending}"


def name_by_content(given: str, endings: Sequence[str]) -> str:
    """As `file_name`, where what is in the file is known: an ending that is none of these gives way to the first."""
    stem, ending = _parted(given)
    return f"{stem or 'Song'}.{ending if ending in endings else endings[0]}"


def _parted(given: str) -> tuple[str, str]:
    last = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    plain = "".join("_" if char in _FORBIDDEN else char for char in clean_text(last)).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if not dot:
        stem, ending = plain, ""
    stem = stem.strip(" .")
    if stem.partition(".")[0].strip().lower() in _DEVICES:
        stem = f"_{stem}"
    return cut(stem), ending.lower()


def cut(stem: str) -> str:
    """A name short enough for every file system, never in the middle of a character."""
    return stem.encode()[:_LONGEST].decode(errors="ignore").strip(" .")


def numbered(name: str, number: int) -> str:
    """Another name for a song whose own is taken."""
    stem, _, ending = name.rpartition(".")
    return f"{stem} ({number}).{ending}" if number > 1 else name
