"""The three plots over time: the evening, hearts, comings and goings.

Each is drawn twice, for a screen and paper and for a phone, because letters that shrink with the drawing can't be
read; the style sheet shows one of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sync.cloud.night.audience import HALF_HOUR_MS, Point, pieces
from sync.cloud.night.moments import HEARTS_MS, Hearts, Traffic
from sync.cloud.night.records import SetRecord, StageRecord
from sync.cloud.night.small import told
from sync.cloud.report.hours import Hours
from sync.cloud.report.svg import LETTER, Scale, box, fitted, line, path, picture, tag, text, ticks

#: stages have a colour each; more than so many share the last
COLOURS = 6
_LEFT, _RIGHT, _TOP, _AXIS = 40.0, 10.0, 22.0, 24.0
_LANE, _BETWEEN = 22.0, 4.0


@dataclass(frozen=True, slots=True)
class Size:
    """One of the two drawings."""

    kind: str
    width: float
    height: float
    #: how many hours have room on the axis
    hours: int


WIDE = Size(kind="wide", width=760, height=250, hours=13)
NARROW = Size(kind="narrow", width=350, height=200, hours=6)


def both(draw: Callable[[Size], Markup]) -> Markup:
    """A plot in both sizes."""
    return Markup().join((draw(WIDE), draw(NARROW)))


def _colour(number: int) -> str:
    return f"s{min(number, COLOURS - 1) + 1}"


def _grid(values: Sequence[float], y: Scale, *, size: Size, unit: str, shown: Callable[[float], str]) -> Markup:
    parts = [text(unit, x=_LEFT - 32, y=11, kind="unit")]
    for value in values:
        parts.append(line(_LEFT, y(value), size.width - _RIGHT, y(value), kind="base" if value == 0 else "grid"))
        parts.append(text(shown(value), x=_LEFT - 6, y=y(value) + 4, anchor="end"))
    return Markup().join(parts)


def _clock(x: Scale, *, y: float, hours: Hours, size: Size) -> Markup:
    parts = []
    for at in hours.marks(int(x.low), int(x.high), most=size.hours):
        parts.append(line(x(at), y, x(at), y + 4, kind="base"))
        near_end = x(at) > size.width - _RIGHT - 3 * LETTER
        parts.append(
            text(hours.clock(at), x=size.width if near_end else x(at), y=y + 17, anchor="end" if near_end else "middle")
        )
    return Markup().join(parts)


@dataclass(frozen=True, slots=True)
class Evening:
    """What the first plot shows."""

    stages: Sequence[StageRecord]
    curves: Mapping[str, Sequence[Point]]
    sets: Sequence[SetRecord]
    began_ms: int
    ended_ms: int
    #: the fullest minute, if its hour is known
    peak: tuple[int, int] | None


def evening(shown: Evening, *, hours: Hours, unit: str, label: str) -> Markup:
    """Phones on each stage, one above the other, and below who played there."""
    return both(lambda size: _evening(shown, size=size, hours=hours, unit=unit, label=label))


def _evening(shown: Evening, *, size: Size, hours: Hours, unit: str, label: str) -> Markup:
    stages = [stage for stage in shown.stages if stage.id in shown.curves or _sets_of(shown, stage)]
    end = max(shown.ended_ms, shown.began_ms + 1)
    x = Scale(shown.began_ms, end, _LEFT, size.width - _RIGHT)
    # What is counted after the night's end only tells who left.
    within = {stage: [point for point in curve if point.at_ms < end] for stage, curve in shown.curves.items()}
    layers, top = _stack(stages, within)
    values = ticks(1.05 * max(top, shown.peak[0] if shown.peak else 0))
    y = Scale(0, values[-1], size.height, _TOP)
    parts = [_grid(values, y, size=size, unit=unit, shown=lambda value: f"{value:.0f}")]
    labels: list[Markup] = []
    for number, layer in enumerate(layers):
        for piece in layer:
            upper = [(x(min(at, end)), y(high)) for at, _, high in piece]
            lower = [(x(min(at, end)), y(low)) for at, low, _ in reversed(piece)]
            parts.append(path([*upper, *lower], kind=f"area {_colour(number)}", closed=True))
            parts.append(path(upper, kind=f"edge {_colour(number)}"))
        labels += _inside(layer, name=stages[number].name, x=x, y=y) if len(stages) > 1 else []
    parts += labels
    if shown.peak:
        parts.append(_peak(shown.peak, x=x, y=y, size=size, hours=hours))
    parts.append(_clock(x, y=size.height, hours=hours, size=size))
    lanes_at = size.height + _AXIS + 6
    named = len(stages) > 1
    for number, stage in enumerate(stages):
        at = lanes_at + number * (_LANE + _BETWEEN + (15 if named else 0))
        parts.append(_lane(_sets_of(shown, stage), x=x, y=at, colour=_colour(number), name=stage.name if named else ""))
    height = lanes_at + len(stages) * (_LANE + _BETWEEN + (15 if named else 0))
    return picture(*parts, width=size.width, height=height, label=label, kind=size.kind)


def _sets_of(shown: Evening, stage: StageRecord) -> list[SetRecord]:
    return [one for one in shown.sets if one.stage == stage.id and one.began_ms is not None]


#: pieces of one stage's layer: (time, from, to)
_Layer = list[list[tuple[float, float, float]]]


def _stack(stages: Sequence[StageRecord], curves: Mapping[str, Sequence[Point]]) -> tuple[list[_Layer], float]:
    """Each stage on top of those before it. Fewer than five phones are drawn as none."""
    below: dict[int, float] = {}
    layers, top = [], 0.0
    for stage in stages:
        layer: _Layer = []
        for piece in pieces(curves.get(stage.id, ())):
            drawn = []
            for point in piece:
                at = point.at_ms + point.span_ms // 2
                slot = point.at_ms // point.span_ms
                low = below.get(slot, 0.0)
                high = low + (point.phones if told(point.guests) else 0)
                below[slot] = high
                top = max(top, high)
                drawn.append((float(at), low, high))
            first, last = piece[0], piece[-1]
            # The first and the last span reach to their own ends.
            drawn.insert(0, (float(first.at_ms), *drawn[0][1:]))
            drawn.append((float(last.at_ms + last.span_ms), *drawn[-1][1:]))
            layer.append(drawn)
        layers.append(layer)
    return layers, top


def _inside(layer: _Layer, *, name: str, x: Scale, y: Scale) -> list[Markup]:
    """The stage's name where its layer is thickest, if there is room."""
    places = [place for piece in layer for place in piece]
    if not places:
        return []
    at, low, high = max(places, key=lambda place: place[2] - place[1])
    words = fitted(name, 130)
    half = len(words) * LETTER / 2
    centre = min(max(x(at), x.start + half + 4), x.end - half - 4)
    if y(low) - y(high) < 17:
        return []
    return [text(words, x=centre, y=(y(low) + y(high)) / 2 + 4, kind="inside", anchor="middle")]


def _peak(peak: tuple[int, int], *, x: Scale, y: Scale, size: Size, hours: Hours) -> Markup:
    phones, at = peak
    right = x(at) > size.width * 0.6
    return Markup().join(
        (
            tag("circle", cx=x(at), cy=y(phones), r=4, class_="peak"),
            text(
                f"{phones} · {hours.clock(at)}",
                x=x(at) + (-8 if right else 8),
                y=max(y(phones) - 6, 12),
                kind="strong",
                anchor="end" if right else None,
            ),
        )
    )


def _lane(sets: Sequence[SetRecord], *, x: Scale, y: float, colour: str, name: str) -> Markup:
    parts = []
    if name:
        width = x.end - x.start
        named = text(fitted(name, width), x=0, y=11, kind="lane-name")
        parts.append(tag("svg", named, x=_LEFT, y=y - 2, width=width, height=16))
        y += 15
    for one in sets:
        assert one.began_ms is not None
        left = max(x(one.began_ms), x.start)
        right = min(x(one.ended_ms) if one.ended_ms is not None else x.end, x.end)
        width = max(right - left - 1, 0)
        words = fitted(one.dj_name, width - 12)
        # A drawing in the drawing: whatever letters a name has, none leaves its block.
        parts.append(
            tag(
                "svg",
                tag("title", one.dj_name),
                box(0, 0, width, _LANE, kind=f"set {colour}", round_=4),
                text(words, x=width / 2, y=15, kind="on-set", anchor="middle"),
                x=left + 0.5,
                y=y,
                width=width,
                height=_LANE,
            )
        )
    return Markup().join(parts)


def hearts(shown: Sequence[Hearts], *, hours: Hours, names: tuple[str, str], unit: str, label: str) -> Markup:
    """Likes and, on top of them, hearts and thanks to the stage."""
    return both(lambda size: _hearts(shown, size=size, hours=hours, names=names, unit=unit, label=label))


def _hearts(
    shown: Sequence[Hearts], *, size: Size, hours: Hours, names: tuple[str, str], unit: str, label: str
) -> Markup:
    height = size.height - 40
    x = Scale(shown[0].at_ms, shown[-1].at_ms + HEARTS_MS, _LEFT, size.width - _RIGHT)
    values = ticks(max(one.likes + one.reactions for one in shown))
    y = Scale(0, values[-1], height, _TOP + 8)
    parts = [_grid(values, y, size=size, unit=unit, shown=lambda value: f"{value:.0f}")]
    for one in shown:
        left, width = x(one.at_ms) + 0.5, x(one.at_ms + HEARTS_MS) - x(one.at_ms) - 1
        parts.append(box(left, y(one.likes), width, y(0) - y(one.likes), kind="bar one"))
        top = y(one.likes + one.reactions)
        parts.append(box(left, top, width, max(y(one.likes) - top - 1, 0), kind="bar two"))
    if any(one.reactions for one in shown):
        parts.append(_key(names, right=size.width - _RIGHT))
    parts.append(_clock(x, y=height, hours=hours, size=size))
    return picture(*parts, width=size.width, height=height + _AXIS, label=label, kind=size.kind)


def _key(names: tuple[str, str], *, right: float) -> Markup:
    """What the two kinds of bars are, over them."""
    parts = []
    for name, kind in ((names[1], "two"), (names[0], "one")):
        words = fitted(name, 120)
        right -= len(words) * LETTER
        parts.append(text(words, x=right, y=11))
        parts.append(box(right - 16, 2, 10, 10, kind=f"bar {kind}"))
        right -= 38
    return Markup().join(parts)


def traffic(shown: Sequence[Traffic], *, hours: Hours, names: tuple[str, str], unit: str, label: str) -> Markup:
    """Who came, upwards, and who left, downwards."""
    return both(lambda size: _traffic(shown, size=size, hours=hours, names=names, unit=unit, label=label))


def _traffic(
    shown: Sequence[Traffic], *, size: Size, hours: Hours, names: tuple[str, str], unit: str, label: str
) -> Markup:
    height = size.height - 30
    x = Scale(shown[0].at_ms, shown[-1].at_ms + HALF_HOUR_MS, _LEFT, size.width - _RIGHT)
    values = ticks(max(max(told(one.arrived) or 0, told(one.left) or 0) for one in shown), about=2)
    y = Scale(-values[-1], values[-1], height, _TOP + 4)
    both_ways = [-value for value in reversed(values[1:])] + list(values)
    parts = [_grid(both_ways, y, size=size, unit=unit, shown=lambda value: f"{abs(value):.0f}")]
    for one in shown:
        left, width = x(one.at_ms) + 1, x(one.at_ms + HALF_HOUR_MS) - x(one.at_ms) - 2
        came, went = told(one.arrived) or 0, told(one.left) or 0
        parts.append(box(left, y(came), width, y(0) - y(came), kind="bar one"))
        parts.append(box(left, y(0), width, y(-went) - y(0), kind="bar two"))
    parts.append(_key(names, right=size.width - _RIGHT))
    parts.append(_clock(x, y=height, hours=hours, size=size))
    return picture(*parts, width=size.width, height=height + _AXIS, label=label, kind=size.kind)
