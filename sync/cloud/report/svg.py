"""Drawing: elements, scales, ticks, and text that fits. Everything written is escaped.

Colours are classes (`report.css`), so that dark, light and paper each have their own. Own code rather than a plotting
library: those that need nothing else draw neither dark nor paper, and the others bring NumPy, fonts and megabytes for
three kinds of plot.
"""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

#: how wide a letter of the axis is, roughly, in units of the drawing; the text is 12 high
LETTER = 6.6


def tag(name: str, *inside: str | Markup, **attributes: str | float | None) -> Markup:
    """One element. `class_` is `class`, `font_size` is `font-size`; numbers are rounded to what an eye can see."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-") if key != "viewBox" else key}="{escape(_number(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{written}>{Markup().join(inside)}</{name}>")  # noqa: S704 - every part is escaped above


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


def picture(*inside: Markup, width: float, height: float, label: str, kind: str) -> Markup:
    """A drawing that a screen reader reads as one sentence."""
    return tag(
        "svg",
        *inside,
        viewBox=f"0 0 {_number(width)} {_number(height)}",
        class_=f"plot {kind}",
        role="img",
        aria_label=label,
    )


def text(words: str, *, x: float, y: float, kind: str = "", anchor: str | None = None) -> Markup:
    """Words in the drawing."""
    return tag("text", words, x=x, y=y, class_=kind or None, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, *, kind: str) -> Markup:
    """A straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def box(x: float, y: float, width: float, height: float, *, kind: str, round_: float | None = None) -> Markup:
    """A rectangle."""
    return tag("rect", x=x, y=y, width=max(width, 0.0), height=max(height, 0.0), rx=round_, class_=kind)


def path(points: Iterable[tuple[float, float]], *, kind: str, closed: bool = False) -> Markup:
    """A line through points, or the area that they enclose."""
    steps = "L".join(f"{_number(x)} {_number(y)}" for x, y in points)
    return tag("path", d=f"M{steps}{'Z' if closed else ''}", class_=kind)


def width_of(words: str) -> float:
    """About how wide words are in the drawing."""
    letters = 0.0
    for letter in words:
        if unicodedata.combining(letter) or unicodedata.category(letter) in {"Cf", "Cc"}:
            continue
        letters += 1.8 if unicodedata.east_asian_width(letter) in "WF" else 1
    return letters * LETTER


def fitted(words: str, width: float) -> str:
    """Words cut to a width; empty where not even two letters have room."""
    clean = "".join(letter for letter in words if unicodedata.category(letter) not in {"Cc", "Cf", "Mn", "Me"})
    if width_of(clean) <= width:
        return clean
    while clean and width_of(clean) + LETTER > width:
        clean = clean[:-1]
    return f"{clean.rstrip()}…" if len(clean) >= 2 else ""


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to places in the drawing."""

    low: float
    high: float
    #: where `low` is drawn
    start: float
    #: where `high` is drawn
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low
        return self.start + (value - self.low) / span * (self.end - self.start) if span else self.start


def ticks(most: float, *, about: int = 5) -> Sequence[float]:
    """Round values from 0 to at least `most`."""
    raw = max(most, 1) / about
    size = 10 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw)
    step = max(1.0, step if step == int(step) or step >= 10 else float(math.ceil(step)))
    return [step * n for n in range(math.ceil(max(most, 1) / step) + 1)]
