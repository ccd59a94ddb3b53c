"""A track's loudness and tempo as the paths of an SVG, for pages that need no script. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.domain.analysis import TempoAt

#: what is drawn into; pages stretch it
WIDTH, HEIGHT = 400, 80
#: a tempo that is as steady as a click fills no more than a part of the height
_LEAST_SPAN = 0.04


def loudness_path(shape: bytes) -> str:
    """One stroke for each part, up and down from the middle."""
    middle, step = HEIGHT / 2, WIDTH / len(shape)
    strokes = []
    for place, level in enumerate(shape):
        reach = max(0.5, level / 255 * (middle - 1))
        strokes.append(f"M{(place + 0.5) * step:.1f} {middle - reach:.1f}V{middle + reach:.1f}")
    return "".join(strokes)


@dataclass(frozen=True, slots=True)
class TempoDrawing:
    """The tempo along the track."""

    path: str
    #: the slowest and the fastest that was measured, beats a minute
    slowest: float
    fastest: float
    #: what the lower and the upper edge stand for
    bottom: float
    top: float


def tempo_drawing(course: Sequence[TempoAt], *, duration_ms: int) -> TempoDrawing | None:
    """The course over the whole length; None where too little is known for a line."""
    if len(course) < 2 or duration_ms <= 0:
        return None
    slowest, fastest = min(one.bpm for one in course), max(one.bpm for one in course)
    middle, span = (slowest + fastest) / 2, max(fastest - slowest, slowest * _LEAST_SPAN) * 1.2
    bottom, top = middle - span / 2, middle + span / 2
    points = [
        f"{min(one.at_ms / duration_ms, 1) * WIDTH:.1f} {HEIGHT - (one.bpm - bottom) / span * HEIGHT:.1f}"
        for one in course
    ]
    return TempoDrawing("M" + "L".join(points), slowest, fastest, bottom, top)
