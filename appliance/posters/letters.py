"""Letters of the sheet: which ones there are, how wide text is, where lines break, how large it may be.

Text is kept as it is read, with joined letters in their joined forms (`as_written`); only a line that is drawn is put
into the order in which its letters stand (`in_place`), because lines break as they are read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from arabic_reshaper import reshape
from bidi.algorithm import get_display
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

_FONTS = Path(__file__).parent / "fonts"
PLAIN, BOLD, CODE = "DejaVuSansCondensed", "DejaVuSansCondensed-Bold", "DejaVuSansMono-Bold"
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
    """Makes the fonts known to reportlab."""
    for name in (PLAIN, BOLD, CODE):
        pdfmetrics.registerFont(TTFont(name, _FONTS / f"{name}.ttf"))


def as_written(text: str) -> str:
    """The text with letters that join in their joined forms, and without what can't be set."""
    return str(reshape(text)).translate(_POINTS)


def in_place(line: str) -> str:
    """A line's letters from left to right, as they stand on paper (Unicode's bidirectional algorithm, UAX 9)."""
    return str(get_display(line))


def _has(font: str, letter: str) -> bool:
    return ord(letter) in pdfmetrics.getFont(font).face.charToGlyph


def without_missing(text: str, font: str) -> str:
    """The text without letters that the font lacks; empty when nothing is left that could be read."""
    kept = "".join(letter for letter in as_written(text) if _has(font, letter))
    return " ".join(kept.split()) if any(letter.isalnum() for letter in kept) else ""


def with_boxes(text: str, font: str) -> str:
    """The text with a box in place of each letter that the font lacks."""
    return "".join(letter if _has(font, letter) else MISSING for letter in as_written(text))


def width(text: str, style: Style) -> float:
    """How wide a line of text is, millimetres."""
    return float(pdfmetrics.stringWidth(text, style.font, style.size))


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
