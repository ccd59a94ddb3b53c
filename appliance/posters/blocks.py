"""The parts of the sheet: each knows how high it is before it is drawn. Lengths are millimetres of an A4 sheet."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from PIL import Image, UnidentifiedImageError
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from appliance import qr
from appliance.posters.letters import Style, in_place, runs, width

#: where a line's letters stand in it
_BASELINE = 0.92
_LOGO_WIDTH = 120.0


class Block(Protocol):
    """Something on the sheet that is drawn below its upper edge."""

    @property
    def height(self) -> float: ...

    def draw(self, canvas: Canvas, *, left: float, top: float, room: float) -> None:
        """Draws itself into `room` millimetres from `left`, downwards from `top`."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """Lines of text."""

    lines: Sequence[str]
    style: Style
    centred: bool = True

    @property
    def height(self) -> float:
        return len(self.lines) * self.style.line

    def draw(self, canvas: Canvas, *, left: float, top: float, room: float) -> None:
        for number, line in enumerate(self.lines):
            start = left + (room - width(line, self.style)) / 2 if self.centred else left
            words = canvas.beginText(start, top - number * self.style.line - self.style.size * _BASELINE)
            for font, piece in runs(in_place(line), self.style.font):
                words.setFont(font, self.style.size)
                words.textOut(piece)
            canvas.drawText(words)


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing."""

    height: float

    def draw(self, canvas: Canvas, *, left: float, top: float, room: float) -> None:
        del canvas, left, top, room


@dataclass(frozen=True, slots=True)
class Stack:
    """Blocks below each other."""

    blocks: Sequence[Block]

    @property
    def height(self) -> float:
        return sum(block.height for block in self.blocks)

    def draw(self, canvas: Canvas, *, left: float, top: float, room: float) -> None:
        for block in self.blocks:
            block.draw(canvas, left=left, top=top, room=room)
            top -= block.height


@dataclass(frozen=True, slots=True)
class Columns:
    """Blocks beside each other, in rows of as many as there are columns."""

    blocks: Sequence[Block]
    columns: int
    #: between columns and between rows
    gap: float

    def _rows(self) -> Iterable[Sequence[Block]]:
        return (self.blocks[first : first + self.columns] for first in range(0, len(self.blocks), self.columns))

    @property
    def height(self) -> float:
        heights = [max(block.height for block in row) for row in self._rows()]
        return sum(heights) + self.gap * (len(heights) - 1)

    def draw(self, canvas: Canvas, *, left: float, top: float, room: float) -> None:
        own = column_width(room, columns=self.columns, gap=self.gap)
        for row in self._rows():
            for number, block in enumerate(row):
                block.draw(canvas, left=left + number * (own + self.gap), top=top, room=own)
            top -= max(block.height for block in row) + self.gap


def column_width(room: float, *, columns: int, gap: float) -> float:
    """What one of the columns gets of the room."""
    return (room - gap * (columns - 1)) / columns


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code as one black shape, with the quiet zone around it."""

    text: str
    #: with the quiet zone
    side: float

    @property
    def height(self) -> float:
        return self.side

    def draw(self, canvas: Canvas, *, left: float, top: float, room: float) -> None:
        rows = qr.modules(self.text)
        module = self.side / len(rows)
        left += (room - self.side) / 2
        path = canvas.beginPath()
        for y, row in enumerate(rows):
            for x, length in qr.black_runs(row):
                path.rect(left + x * module, top - (y + 1) * module, length * module, module)
        canvas.drawPath(path, stroke=0, fill=1)


@dataclass(frozen=True, slots=True)
class Logo:
    """The event's picture, in its own proportions."""

    picture: Image.Image
    height: float

    def draw(self, canvas: Canvas, *, left: float, top: float, room: float) -> None:
        high = self.height
        wide = min(_LOGO_WIDTH, room, high * self.picture.width / self.picture.height)
        high = wide * self.picture.height / self.picture.width
        at = (left + (room - wide) / 2, top - (self.height + high) / 2)
        canvas.drawImage(ImageReader(self.picture), *at, width=wide, height=high, mask="auto")


def logo(data: bytes | None, *, height: float) -> list[Block]:
    """The picture, if it is one; a poster without it is better than none."""
    if not data:
        return []
    try:
        picture = Image.open(io.BytesIO(data))
        picture.load()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return []
    return [Logo(picture, height), Gap(4)]
