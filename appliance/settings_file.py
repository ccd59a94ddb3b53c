"""Reads a settings file as people save it: with any system's line ends, and with or without a byte order mark.

What can't be read is said with the place and with what to do about it. What the settings mean is `config`'s business.
"""

import codecs
import re
import tomllib
from pathlib import Path
from typing import Any

from appliance.errors import BadConfig

_CURLY_QUOTES = re.compile("[\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a\u00ab\u00bb]")


def read_toml(path: Path) -> dict[str, Any]:
    """A settings file's content, whatever a laptop's editor did to it.

    Raises: BadConfig, saying what is wrong and where; OSError.
    """
    given = path.read_bytes()
    if given.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadConfig(
            "config_unreadable",
            f"{path} can't be read: it is saved as UTF-16.",
            advice="Save it again as UTF-8; editors ask for the encoding when saving under a new name.",
        )
    try:
        # With or without the mark that some editors put at the start, and with any system's line ends.
        text = given.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = given.count(b"\n", 0, error.start) + 1
        raise BadConfig(
            "config_unreadable",
            f"{path} can't be read: line {line} is not UTF-8 ({error.reason}).",
            advice="Save it again as UTF-8.",
        ) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        advice = _typing_advice(text) or "Mend or remove it."
        raise BadConfig("config_unreadable", f"{path} can't be read: {error}.", advice=advice) from error


def _typing_advice(text: str) -> str:
    """What often goes wrong when people write settings with a laptop, or nothing."""
    if "\0" in text:
        return "It holds zero bytes, as after a power cut while it was saved. Write it anew."
    for number, line in enumerate(text.splitlines(), start=1):
        if found := _CURLY_QUOTES.search(line.partition("#")[0]):
            return f'Line {number} has the typographic quote {found[0]}; type straight ones: ".'
    return ""
