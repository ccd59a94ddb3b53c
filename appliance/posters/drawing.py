"""The sheet itself: which blocks there are, how large each may be, and the PDF of them.

Everything is laid out on A4 and drawn smaller for A5. The codes get what the words leave; where that is too little,
the words become smaller.
"""

import io
from collections.abc import Sequence

from reportlab.lib.pagesizes import A4, A5
from reportlab.pdfgen.canvas import Canvas

from appliance import qr
from appliance.domain.wifi import Wifi
from appliance.errors import Unavailable
from appliance.posters import letters
from appliance.posters.blocks import Block, Code, Columns, Gap, Stack, Text, column_width, logo
from appliance.posters.content import Paper, Sheet, Wording
from appliance.posters.letters import BOLD, CODE, PLAIN, Style

_WIDE, _HIGH, _SIDE, _EDGE = 210.0, 297.0, 15.0, 12.0
_ROOM = _WIDE - 2 * _SIDE
_BETWEEN = 8.0
#: the largest a code gets, alone and beside another, and what it needs to be read from an arm's length on A5
_ALONE, _PAIRED, _LEAST = 110.0, 86.0, 56.0
#: how large words are against what they would like to be, until the codes have room
_SIZES = (1.0, 0.9, 0.8, 0.72, 0.65, 0.58, 0.52)
#: what follows it may go to the next line, it may not
_DOT = "\N{NO-BREAK SPACE}· "
_NAME_SIZES = (26, 24, 22, 20, 18, 16, 14, 12, 10.5, 9, 8, 7, 6)


def _said(texts: Sequence[str], *, size: float, room: float, bold: bool = True) -> list[Block]:
    """One thing in all languages: the first large, the others in one line below it, as far as they differ."""
    first, *others = dict.fromkeys(texts)
    sizes = [size * part for part in (1, 0.9, 0.8, 0.7, 0.6)]
    style, found = letters.fitting(first, BOLD if bold else PLAIN, sizes=sizes, most=room, height=1.3 * size)
    blocks: list[Block] = [Text(found, style)]
    if others:
        style = Style(PLAIN, max(size * 0.5, 3.0))
        blocks += [Gap(size * 0.15), Text(letters.lines(_DOT.join(others), style, room), style)]
    return blocks


def _value(text: str, *, size: float, room: float) -> Text:
    """Something to be typed: in letters that can't be taken for each other."""
    font = CODE if all(letters.font_for(letter, CODE) == CODE for letter in letters.as_written(text)) else BOLD
    shown = letters.with_boxes(text, font)
    sizes = [size * part for part in (1, 0.9, 0.8, 0.7, 0.6, 0.55)]
    style, found = letters.fitting(shown, font, sizes=sizes, most=room, height=size * 1.5)
    return Text(found, style)


def _head(sheet: Sheet, size: float) -> list[Block]:
    name = letters.without_missing(sheet.name, BOLD) or sheet.plain_name
    sizes = [one * size for one in _NAME_SIZES]
    style, found = letters.fitting(name, BOLD, sizes=sizes, most=_ROOM, height=46 * size)
    claims = _said([words.claim for words in sheet.words], size=8 * size, room=_ROOM, bold=False)
    return [*logo(sheet.logo, height=24 * size), Text(found, style), *_lacking(sheet, size), Gap(3 * size), *claims]


def _lacking(sheet: Sheet, size: float) -> list[Block]:
    """What whoever prints it should know before it hangs: the name is not whole."""
    if letters.is_whole(sheet.name, BOLD):
        return []
    style = Style(PLAIN, max(3.4 * size, 2.6))
    return [Gap(1.5 * size), Text(letters.lines(sheet.words[0].lacking, style, _ROOM), style)]


def _named(wifi: Wifi, words: Sequence[Wording], *, size: float, room: float) -> list[Block]:
    """The network in words, for phones that can't scan."""
    label = Style(PLAIN, 3.8 * size)

    def one(names: Sequence[str], value: str) -> list[Block]:
        shown = letters.lines(_DOT.join(dict.fromkeys(names)), label, room)
        return [Gap(1.5 * size), Text(shown, label), _value(value, size=6 * size, room=room)]

    found = one([each.network for each in words], wifi.ssid)
    return [*found, *one([each.password for each in words], wifi.passphrase)] if wifi.passphrase else found


def _steps(sheet: Sheet, size: float, side: float) -> Block:
    """The codes, with what they are for."""
    if sheet.wifi is None:
        heads = _said([words.scan_here for words in sheet.words], size=9 * size, room=_ROOM)
        return Stack([*heads, Gap(2 * size), Code(sheet.address, side)])
    room = column_width(_ROOM, columns=2, gap=_BETWEEN)
    joins = _step(1, [words.join for words in sheet.words], size=size, room=room)
    scans = _step(2, [words.scan for words in sheet.words], size=size, room=room)
    high = max(joins.height, scans.height) + 2 * size
    wifi = qr.wifi_text(sheet.wifi.ssid, sheet.wifi.passphrase or None, hidden=sheet.wifi.hidden)
    named = _named(sheet.wifi, sheet.words, size=size, room=room)
    left: list[Block] = [joins, Gap(high - joins.height), Code(wifi, side), *named]
    right: list[Block] = [scans, Gap(high - scans.height), Code(sheet.address, side), *_typed(sheet, size, room)]
    return Columns([Stack(left), Stack(right)], columns=2, gap=_BETWEEN)


def _step(number: int, said: Sequence[str], *, size: float, room: float) -> Stack:
    """The head of one of two codes."""
    first, *others = dict.fromkeys(said)
    return Stack(_said([f"{number}  {first}", *others], size=8 * size, room=room))


def _typed(sheet: Sheet, size: float, room: float) -> list[Block]:
    """The address in words and in digits."""
    label = Style(PLAIN, 3.8 * size)
    shown = letters.lines(_DOT.join(dict.fromkeys(words.typed for words in sheet.words)), label, room)
    addresses = [address for address in (sheet.address, sheet.by_number) if address]
    values = [_value(address, size=6 * size, room=room) for address in addresses]
    return [Gap(1.5 * size), Text(shown, label), *values]


def _help(words: Wording, *, size: float, room: float) -> Block:
    """Two lines for each system, in one language."""
    blocks: list[Block] = []
    for system, said in (("iPhone", words.iphone), ("Android", words.android)):
        head, text = Style(BOLD, 3.9 * size), Style(PLAIN, 3.7 * size)
        blocks.append(Text([system], head, centred=False))
        blocks += [Text(letters.lines(line, text, room), text, centred=False) for line in said]
        blocks.append(Gap(1.2 * size))
    return Stack(blocks[:-1])


def _foot(sheet: Sheet, size: float) -> list[Block]:
    columns = 2 if len(sheet.words) > 1 else 1
    room = column_width(_ROOM, columns=columns, gap=_BETWEEN)
    helped = [_help(words, size=size, room=room) for words in sheet.words]
    if columns == 1:
        helped = [_in_two(sheet.words[0], size=size)]
    alone = _typed(sheet, size, _ROOM) if sheet.wifi is None else []
    foot = _said([words.foot for words in sheet.words], size=4 * size, room=_ROOM, bold=False)
    return [*alone, Gap(5 * size), Columns(helped, columns=columns, gap=_BETWEEN * 0.6), Gap(3 * size), *foot]


def _in_two(words: Wording, *, size: float) -> Block:
    """One language alone: the systems stand beside each other."""
    room = column_width(_ROOM, columns=2, gap=_BETWEEN)
    head, text = Style(BOLD, 5 * size), Style(PLAIN, 4.2 * size)
    sides = [
        Stack(
            [
                Text([system], head, centred=False),
                *(Text(letters.lines(line, text, room), text, centred=False) for line in said),
            ]
        )
        for system, said in (("iPhone", words.iphone), ("Android", words.android))
    ]
    return Columns(sides, columns=2, gap=_BETWEEN)


def _laid_out(sheet: Sheet) -> tuple[Block, Block, Block]:
    """Head, codes and foot, in the largest words that leave the codes their room.

    Raises: Unavailable with the code `poster_too_full`.
    """
    most = _ALONE if sheet.wifi is None else _PAIRED
    for size in _SIZES:
        head, foot = Stack(_head(sheet, size)), Stack(_foot(sheet, size))
        words = _steps(sheet, size, 0.0).height
        side = min(most, _HIGH - 2 * _EDGE - head.height - foot.height - words - 8)
        if side >= _LEAST:
            return head, _steps(sheet, size, side), foot
    raise Unavailable("poster_too_full", "So much does not fit on one sheet.", advice="Choose fewer languages.")


def draw(sheet: Sheet) -> bytes:
    """The sheet as a PDF. The same sheet is the same bytes.

    Raises: Unavailable with the code `poster_too_full`; Invalid when the Wi-Fi's name or password can't be one.
    """
    letters.register()
    head, codes, foot = _laid_out(sheet)
    out = io.BytesIO()
    # Without dates: the box may not know what day it is.
    size = A4 if sheet.paper is Paper.A4 else A5
    canvas = Canvas(out, pagesize=size, pageCompression=1, invariant=1)
    canvas.setTitle(sheet.name)
    canvas.setCreator("Pika Box")
    canvas.scale(size[0] / _WIDE, size[0] / _WIDE)
    head.draw(canvas, left=_SIDE, top=_HIGH - _EDGE, room=_ROOM)
    foot.draw(canvas, left=_SIDE, top=_EDGE + foot.height, room=_ROOM)
    free = _HIGH - 2 * _EDGE - head.height - foot.height - codes.height
    codes.draw(canvas, left=_SIDE, top=_HIGH - _EDGE - head.height - free / 2, room=_ROOM)
    canvas.showPage()
    canvas.save()
    return out.getvalue()
