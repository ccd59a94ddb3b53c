"""Reads a settings file as people save it: with an editor's byte order mark, any system's line ends, curly quotes.

What can't be read is said with the place and with what to do about it. What the settings mean is `config`'s business.
"""

import codecs
import tomllib
from pathlib import Path
from typing import Any

from appliance.errors import BadConfig

_LARGEST = 64 * 1024
_MARKED = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
#: what word processors put in the place of quotation marks and spaces
_TYPOGRAPHIC = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"')) | str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b", "'") | {"\u00a0": " "}
)


def read_toml(path: Path) -> dict[str, Any]:
    """A settings file's content, whatever a laptop's editor did to it.

    Raises: BadConfig, saying what is wrong and where; OSError.
    """
    with path.open("rb") as file:
        given = file.read(_LARGEST + 1)
    if len(given) > _LARGEST:
        raise _unreadable(path, "it is far too long for settings", "Mend or remove it.")
    text = _decoded(path, given).replace("\r\n", "\n").replace("\r", "\n")
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return _as_meant(path, text, error)


def _as_meant(path: Path, text: str, error: Exception) -> dict[str, Any]:
    """Once more with straight quotation marks. Only then: inside a proper text the curly ones are somebody's own."""
    straight = text.translate(_TYPOGRAPHIC)
    if straight != text:
        try:
            return tomllib.loads(straight)
        except (tomllib.TOMLDecodeError, RecursionError) as still:
            error = still
    advice = "Mend or remove it."
    if "\0" in text:
        advice = "It holds zero bytes, as after a power cut while it was saved. Write it anew."
    raise _unreadable(path, str(error), advice) from error


def _decoded(path: Path, given: bytes) -> str:
    encoding = next((name for mark, name in _MARKED if given.startswith(mark)), "utf-8")
    try:
        return given.decode(encoding)
    except UnicodeDecodeError as error:
        line = given.count(b"\n", 0, error.start) + 1
        raise _unreadable(path, f"line {line} is not UTF-8 ({error.reason})", "Save it again as UTF-8.") from error


def _unreadable(path: Path, why: str, advice: str) -> BadConfig:
    return BadConfig("config_unreadable", f"{path} can't be read: {why}.", advice=advice)
