"""What a track is like to dance to: five scores, the swing of its eighths, and five numbers that tell tracks apart.

A score is how a raw measure stands in a mixed library: half of one has less, half has more. So scores fill the scale
from 0 to 100 instead of sticking at its end. Scales are the same everywhere, so a score means the same on every box.
"""

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.analysis.filters import Array
from appliance.analysis.onsets import FRAMES_PER_SECOND, Onsets
from appliance.analysis.periods import at
from appliance.analysis.tempo import Pulse
from appliance.domain.analysis import EMBEDDING_REACH, Character

_LEARNED = Path(__file__).with_name("scales.json")
_BASS_ROW, _MIDDLE_ROW = 1, 2


@dataclass(frozen=True, slots=True)
class Portrait:
    """Everything that is told of a window."""

    character: Character
    swing: float | None
    embedding: tuple[float, float, float, float, float] | None


@dataclass(frozen=True, slots=True)
class Measures:
    """Raw measures, each about a normal distribution over a library. What needs a beat is None without one."""

    #: log2 of strokes a second, weighed by how hard they are
    density: float
    #: log2 of the centre of the spectrum, Hz
    centroid: float
    #: how far loud moments stand above the mean, dB
    crest: float
    #: share of all power that is below 60 Hz, log10
    depth: float
    #: how flat the spectrum is over its bands, dB
    flatness: float
    #: how sharp strokes are: share of their rise in the hardest tenth
    sharpness: float
    #: logit of how strongly beats recur
    clarity: float | None
    #: how strongly the bass recurs with each beat
    kick: float | None
    #: how much of what happens lies between the beats, logit
    between: float | None
    #: how strongly what lies between recurs after a bar, minus after a beat
    pattern: float | None
    #: recurrence at thirds minus at half of a beat
    triplets: float | None
    #: log2 beats a minute
    pace: float | None


def portrait(strokes: Onsets, rows: Array, pulse: Pulse | None, levels: Array) -> Portrait:
    """The scores of a window."""
    raw = measured(strokes, rows, pulse, levels)
    return Portrait(character=_character(raw), swing=swing_of(pulse) if pulse else None, embedding=_embedding(raw))


def measured(strokes: Onsets, rows: Array, pulse: Pulse | None, levels: Array) -> Measures:
    """The raw measures of a window."""
    bands = strokes.bands.astype(np.float64) + 1e-12
    rise = np.sort(strokes.everything)[::-1]
    loud = levels[levels > 0.1 * levels.max()]
    beat = _beat_measures(rows, pulse) if pulse else {}
    return Measures(
        density=math.log2(_strokes_per_second(strokes.everything)),
        centroid=math.log2(float((bands * strokes.centres).sum() / bands.sum())),
        crest=20 * math.log10(float(np.percentile(loud, 95) / loud.mean())),
        depth=math.log10(float(bands[strokes.centres < 90].sum() / bands.sum()) + 1e-4),
        flatness=10 * float(np.mean(np.log10(bands)) - np.log10(bands.mean())),
        sharpness=_logit(float(rise[: len(rise) // 10].sum() / (rise.sum() or 1.0))),
        clarity=beat.get("clarity"),
        kick=beat.get("kick"),
        between=beat.get("between"),
        pattern=beat.get("pattern"),
        triplets=beat.get("triplets"),
        pace=beat.get("pace"),
    )


def _beat_measures(rows: Array, pulse: Pulse) -> dict[str, float]:
    lag = pulse.period_s * FRAMES_PER_SECOND
    phase = np.arange(len(pulse.shape)) / len(pulse.shape)
    on_beat = (phase < 0.14) | (phase > 0.86)
    third = max(float(at(rows[0], lag / 3)), float(at(rows[0], 2 * lag / 3)))
    return {
        "clarity": _logit(pulse.clarity),
        "between": _logit(float(pulse.shape[~on_beat].sum())),
        "pattern": float(np.mean([_bar(rows[row], lag) - at(rows[row], lag) for row in (_BASS_ROW, _MIDDLE_ROW)])),
        "kick": float(at(rows[_BASS_ROW], lag)),
        "triplets": third - float(at(rows[0], lag / 2)),
        "pace": math.log2(pulse.bpm),
    }


def _bar(row: Array, lag: float) -> float:
    """How strongly a curve recurs after a bar, of three beats or of four."""
    return max(float(at(row, 3 * lag)), float(at(row, 4 * lag)))


def _strokes_per_second(curve: Array) -> float:
    """How many strokes stand out, each counted by its weight."""
    peaks = (curve[1:-1] > curve[:-2]) & (curve[1:-1] >= curve[2:])
    heights = curve[1:-1][peaks]
    if not len(heights) or heights.max() <= 0:
        return 0.1
    weight = np.minimum(heights / np.percentile(heights, 90), 1.0)
    return max(0.1, float(weight.sum()) * FRAMES_PER_SECOND / len(curve))


def _logit(share: float) -> float:
    share = min(max(share, 0.01), 0.99)
    return math.log(share / (1 - share))


def swing_of(pulse: Pulse) -> float | None:
    """How much longer the first of two eighths is than the second; None when too little happens between the beats."""
    shape = pulse.shape.astype(np.float64)
    count = len(shape)
    phase = np.arange(count) / count
    inside = (phase > 0.4) & (phase < 0.78)
    floor = np.percentile(shape, 25)
    above: NDArray[np.float64] = np.maximum(shape - floor, 0) * inside
    smooth = (np.roll(above, 1) + 2 * above + np.roll(above, -1)) / 4 * inside
    top = int(np.argmax(smooth))
    if smooth[top] < 0.12 * (shape.max() - floor):
        return None
    around = slice(top - 2, top + 3)
    place = float((smooth[around] * phase[around]).sum() / (smooth[around].sum() or 1.0))
    return round(place / (1 - place), 2)


@dataclass(frozen=True, slots=True)
class Scales:
    """How measures, and the sums that scores are made of, are spread over a mixed library."""

    #: by measure: its median, and how far a sixth of the library lies from it on either side
    measures: dict[str, tuple[float, float]]
    #: by score: how far a sixth of the library lies from the median
    spreads: dict[str, float]


@cache
def learned() -> Scales:
    """The scales as they were measured on the evaluation set; `./box bench analysis --teach` makes them."""
    told = json.loads(_LEARNED.read_text(encoding="utf-8"))
    return Scales({name: (middle, spread) for name, (middle, spread) in told["measures"].items()}, told["spreads"])


#: what each score is made of, and by which weight. Nothing depends on how loud a track was mastered. What is acoustic
#: was fitted to what the set's bands are made of; the rest says what the word says
RECIPES: dict[str, dict[str, float]] = {
    "energy": {"density": 1.0, "sharpness": -0.4, "flatness": 0.3, "pace": 0.4},
    "danceability": {"clarity": 1.0, "kick": 0.7},
    "brightness": {"centroid": 1.0},
    "acousticness": {
        "sharpness": -1.0,
        "between": -0.9,
        "density": -0.6,
        "depth": -0.5,
        "flatness": -0.4,
        "kick": -0.35,
        "crest": 0.3,
    },
    "groove": {"between": 0.8, "pattern": 0.6, "density": 0.2},
}
_AXES = ("pace", "density", "centroid", "clarity", "triplets")
#: scores that are about the beat, and say nothing without one
_NEED_A_BEAT = {"danceability", "groove"}


def mixed(raw: Measures, score: str, scales: Scales) -> float | None:
    """The sum that a score is made of; None when what it needs is not known."""
    total = 0.0
    for name, weight in RECIPES[score].items():
        scaled = _scaled(raw, name, scales)
        if scaled is not None:
            total += weight * scaled
        elif score in _NEED_A_BEAT:
            return None
    return total


def _score(raw: Measures, score: str) -> int | None:
    """The share of a library that has less of it, as a whole number of percent."""
    scales = learned()
    total = mixed(raw, score, scales)
    return None if total is None else round(50 * (1 + math.erf(total / scales.spreads[score] / math.sqrt(2))))


def _character(raw: Measures) -> Character:
    return Character(**{score: _score(raw, score) for score in RECIPES})


def _scaled(raw: Measures, name: str, scales: Scales) -> float | None:
    value: float | None = getattr(raw, name)
    middle, spread = scales.measures[name]
    return None if value is None else (value - middle) / spread


def _embedding(raw: Measures) -> tuple[float, float, float, float, float] | None:
    axes = [_scaled(raw, name, learned()) for name in _AXES]
    tempo, energy, brightness, pulse, swing = (
        None if axis is None else round(max(-EMBEDDING_REACH, min(EMBEDDING_REACH, axis)), 3) for axis in axes
    )
    if tempo is None or energy is None or brightness is None or pulse is None or swing is None:
        return None
    return tempo, energy, brightness, pulse, swing
