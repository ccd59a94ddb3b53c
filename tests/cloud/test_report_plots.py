"""The drawings of a report stay within their axes, whatever was counted after the night's end."""

import re
from datetime import UTC

from sync.cloud.night.audience import Point
from sync.cloud.night.records import StageRecord
from sync.cloud.report.hours import Hours
from sync.cloud.report.plots import Evening, evening

SPAN = 300_000
BEGAN = 1_790_000_000_000 // SPAN * SPAN
ENDED = BEGAN + 10 * SPAN + SPAN // 2


def test_no_curve_runs_beyond_the_nights_end() -> None:
    starts = range(BEGAN, BEGAN + 16 * SPAN, SPAN)
    curve = [Point(at_ms=at, span_ms=SPAN, phones=20, guests=20, active=9, arrived=0, left=0) for at in starts]
    shown = Evening((StageRecord("main", "Main Floor"),), {"main": curve}, (), BEGAN, ENDED, None)
    drawn = str(evening(shown, hours=Hours(UTC), unit="phones", label="x"))
    pictures = re.findall(r'<svg[^>]*viewBox="0 0 ([\d.]+) .*?</svg>', drawn, re.DOTALL)
    assert len(pictures) == 2
    for width, inside in re.findall(r'viewBox="0 0 ([\d.]+) (.*?)</svg>', drawn, re.DOTALL):
        drawings = re.findall(r' d="([^"]*)"', inside)
        places = [float(x) for drawing in drawings for x in re.findall(r"[ML]? ?([\d.]+)[ ,]", drawing)]
        assert places
        assert max(places) <= float(width)
