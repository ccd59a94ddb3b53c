"""Measures how the raw measures and the sums of scores are spread over the set. `./box bench analysis --teach`."""

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np

from appliance.analysis import character
from appliance.analysis.character import RECIPES, Measures, Scales, measured, mixed
from appliance.analysis.decoding import STEP, Decoded, samples
from appliance.analysis.onsets import onsets
from appliance.analysis.periods import recurrences
from appliance.analysis.sound import gathered
from appliance.analysis.tempo import pulse_of
from tests.bench.analysis.clips import Clip

SCALES = Path(character.__file__).with_name("scales.json")


def measures_of(clip: Clip) -> Measures:
    """A clip's raw measures."""
    sound = gathered(samples(clip.path, Decoded()))
    bounds = sound.bounds()
    assert bounds is not None, f"{clip.path} is silent"
    window, start = sound.window(bounds)
    strokes = onsets(window)
    rows = recurrences(strokes)
    steps = slice(start // STEP, (start + len(window)) // STEP)
    return measured(strokes, rows, pulse_of(strokes, rows), sound.levels[steps])


def scales_of(library: Sequence[Measures]) -> Scales:
    """The scales on which this library fills scores from 0 to 100."""
    measures = {field.name: _spread([getattr(one, field.name) for one in library]) for field in fields(Measures)}
    half = Scales(measures, {})
    spreads = {score: _spread([mixed(one, score, half) for one in library])[1] for score in RECIPES}
    return Scales(measures, spreads)


def _spread(values: Sequence[float | None]) -> tuple[float, float]:
    known = [value for value in values if value is not None]
    low, middle, high = np.percentile(known, (16, 50, 84))
    return round(float(middle), 4), round(float(high - low) / 2, 4)


def keep_scales(scales: Scales) -> None:
    """Puts the scales where the analysis reads them."""
    told = {"measures": scales.measures, "spreads": scales.spreads}
    SCALES.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
