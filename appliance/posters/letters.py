"""Letters of the sheet: which ones there are, how wide text is, where lines break, how large it may be.

Text is kept as it is read, with joined letters in their joined forms (`as_written`); only a line that is drawn is put
into the order in which its letters stand (`in_place`), because lines break as they are read.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from types import MappingProxyType

from arabic_reshaper import reshape
from bidi.algorithm import get_display
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

_FONTS = Path(__file__).parent / "fonts"
PLAIN, BOLD, CODE = "DejaVuSansCondensed", "DejaVuSansCondensed-Bold", "DejaVuSansMono-Bold"
_SYSTEM = Path("/usr/share/fonts/truetype")
#: where Debian's fonts-wqy-microhei and fonts-symbola have letters that ours lack: Chinese, Japanese and Korean, and
#: pictures. Ten times the size of ours, so they do not come along; a box is installed with them
OTHERS: Mapping[str, Path] = MappingProxyType(
    {
        "WenQuanYiMicroHei": _SYSTEM / "wqy/wqy-microhei.ttc",
        "Symbola": _SYSTEM / "ancient-scripts/Symbola_hint.ttf",
    }
)
#: what joins or tints pictures and is nothing by itself: joiners, variants, skins
_UNSEEN = dict.fromkeys([0x200D, *range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), *range(0xE0020, 0xE0080)])
#: stands for a letter that the font lacks where leaving it out would change what is said
MISSING = "□"
_LEADING = 1.24
#: the points of Hebrew: no line of a sheet has the means to put them where they belong, and names go without
_POINTS = dict.fromkeys(range(0x0591, 0x05C8))


@dataclass(frozen=True, slots=True)
class Style:
    """How a text is set."""

    font: str
    #: height of the letters, millimetres
    size: float

    @property
    def line(self) -> float:
        """From one line to the next, millimetres."""
        return self.size * _LEADING


def register() -> None:
    """Makes our fonts known to reportlab. Those of the system take half a second, so they wait until one is needed."""
    for name in (PLAIN, BOLD, CODE):
        pdfmetrics.registerFont(TTFont(name, _FONTS / f"{name}.ttf"))


def _others() -> Iterator[str]:
    """The fonts that this system has for what ours lack."""
    for name, path in OTHERS.items():
        if name not in pdfmetrics.getRegisteredFontNames():
            if not path.exists():
                continue
            pdfmetrics.registerFont(TTFont(name, path))
        yield name


def font_for(letter: str, font: str) -> str | None:
    """The font to set a letter in: `font` if it has it, else one of the system's; None when none has."""
    if _has(font, letter):
        return font
    return next((other for other in _others() if _has(other, letter)), None)


def runs(text: str, font: str) -> list[tuple[str, str]]:
    """The text in pieces, each with the font to set it in."""
    return [(name, "".join(piece)) for name, piece in groupby(text, lambda letter: font_for(letter, font) or font)]


def as_written(text: str) -> str:
    """The text with letters that join in their joined forms, and without what can't be set."""
    return str(reshape(text)).translate(_POINTS).translate(_UNSEEN)


def in_place(line: str) -> str:
    """A line's letters from left to right, as they stand on paper (Unicode's bidirectional algorithm, UAX 9)."""
    return str(get_display(line))


def _has(font: str, letter: str) -> bool:
    return ord(letter) in pdfmetrics.getFont(font).face.charToGlyph


def _spelled(letter: str) -> str:
    """A picture that no font has, in words; nothing for a letter, whose name says nothing to anybody."""
    is_picture = unicodedata.category(letter) == "So"
    return f" ({unicodedata.name(letter, '').lower()}) " if is_picture else ""


def without_missing(text: str, font: str) -> str:
    """The text without letters that no font has, and pictures spelled out; empty when nothing of it could be read."""
    kept = "".join(letter if font_for(letter, font) else _spelled(letter) for letter in as_written(text))
    return " ".join(kept.split()) if any(not letter.isspace() for letter in kept) else ""


def is_whole(text: str, font: str) -> bool:
    """Whether every letter of the text can be set, or spelled out."""
    return all(font_for(letter, font) or _spelled(letter) for letter in as_written(text) if not letter.isspace())


def with_boxes(text: str, font: str) -> str:
    """The text with a box in place of each letter that no font has."""
    return "".join(letter if font_for(letter, font) else MISSING for letter in as_written(text))


def width(text: str, style: Style) -> float:
    """How wide a line of text is, millimetres."""
    return float(sum(pdfmetrics.stringWidth(piece, font, style.size) for font, piece in runs(text, style.font)))


def _pieces(word: str, style: Style, most: float) -> Iterator[str]:
    """A word in pieces that fit, as large as they can be."""
    piece = ""
    for letter in word:
        if piece and width(piece + letter, style) > most:
            yield piece
            piece = ""
        piece += letter
    yield piece


def lines(text: str, style: Style, most: float) -> list[str]:
    """The text in lines no wider than `most`; only a word that is too wide by itself is cut."""
    found: list[str] = []
    for word in text.split(" "):
        if found and width(f"{found[-1]} {word}", style) <= most:
            found[-1] += f" {word}"
        else:
            found += _pieces(word, style, most)
    return found


def fitting(text: str, font: str, *, sizes: Sequence[float], most: float, height: float) -> tuple[Style, list[str]]:
    """The largest of the sizes in which the text fits without a cut word, else the smallest with cut words."""
    for size in sizes:
        style = Style(font, size)
        found = lines(text, style, most)
        if len(found) * style.line <= height and " ".join(found) == " ".join(text.split(" ")):
            return style, found
    return style, found
