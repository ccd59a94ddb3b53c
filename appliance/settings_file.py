"""A settings file's text, as whoever wrote it saved it: by a text editor, or by a word processor on a borrowed laptop.

Owns how bytes become TOML. What the settings mean is `config`'s.
"""

import codecs
import tomllib
from pathlib import Path

_LARGEST = 64 * 1024
_MARKED = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
#: what word processors put in the place of quotation marks and spaces
_TYPOGRAPHIC = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"')) | str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b", "'") | {"\u00a0": " "}
)


def parse(path: Path) -> dict[str, object]:
    """What a file says. Raises: OSError; ValueError in words for people."""
    with path.open("rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError("it is far too long for settings")
    text = _decoded(content).replace("\r\n", "\n").replace("\r", "\n")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        # Only then: inside a proper text, such quotation marks are somebody's own.
        return tomllib.loads(text.translate(_TYPOGRAPHIC))


def _decoded(content: bytes) -> str:
    encoding = next((name for mark, name in _MARKED if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise ValueError("it is not saved as UTF-8; choose UTF-8 where the editor saves it") from None
