"""Which of several tempi dancers step to: half, double and the like, told apart by what was learned from the set.

What recurs recurs at half and double the time too, so the strongest period is often not the beat. Each candidate is
described by how strongly each part of the sound recurs at simple ratios of its beat, and by how fast it is.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from appliance.analysis.filters import Array
from appliance.analysis.onsets import FRAMES_PER_SECOND
from appliance.analysis.periods import at

SLOWEST, FASTEST = 52.0, 210.0
_CENTRE, _OCTAVES = 100.0, 0.7
_PEAKS = 3
_RATIOS = (1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 1, 4 / 3, 3 / 2, 2, 3, 4)
# In beats of the candidate.
_LAGS = (1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 1, 3 / 2, 2, 3, 4)
_SAME = 0.03
_LEARNED = Path(__file__).with_name("level.json")


@dataclass(frozen=True, slots=True)
class Learned:
    """What tells the level: weights of one layer between features and score."""

    mean: Array
    scale: Array
    inner: Array
    inner_bias: Array
    outer: Array


@cache
def learned() -> Learned:
    """The weights as they were learned; `./box bench analysis --teach` makes them."""
    told = json.loads(_LEARNED.read_text(encoding="utf-8"))
    return Learned(**{name: np.array(told[name], dtype=np.float32) for name in Learned.__slots__})


def candidates(rows: Array) -> list[float]:
    """Tempi worth thinking of, in beats a minute: the strongest periods and their simple ratios."""
    bpm = np.geomspace(SLOWEST, FASTEST, 480)
    salience = np.array([_salience(rows[0], tempo) for tempo in bpm])
    inner = salience[1:-1]
    peaks = np.flatnonzero((inner >= salience[:-2]) & (inner > salience[2:])) + 1
    strongest = peaks[np.argsort(salience[peaks])[::-1][:_PEAKS]]
    found: list[float] = []
    for peak in strongest:
        for ratio in _RATIOS:
            tempo = float(bpm[peak]) * ratio
            fresh = all(abs(tempo / other - 1) > _SAME for other in found)
            if SLOWEST <= tempo <= FASTEST and fresh:
                found.append(tempo)
    return [_on_peak(rows[0], tempo) for tempo in found]


def _salience(row: Array, tempo: float) -> float:
    lag = 60 * FRAMES_PER_SECOND / tempo
    prior = np.exp(-0.5 * (np.log2(tempo / _CENTRE) / _OCTAVES) ** 2)
    return float((at(row, lag) + at(row, 2 * lag) + at(row, 4 * lag)) * prior)


def _on_peak(row: Array, tempo: float) -> float:
    """The tempo nearby at which four beats, two or one recur most strongly."""
    lag = 60 * FRAMES_PER_SECOND / tempo
    for beats in (1, 2, 4):
        if beats * lag * (1 + _SAME) < len(row) - 1:
            span = np.linspace(1 - _SAME / beats, 1 + _SAME / beats, 25)
            lag *= float(span[int(np.argmax([at(row, beats * lag * part) for part in span]))])
    return 60 * FRAMES_PER_SECOND / lag


def features(rows: Array, tempo: float) -> Array:
    """What is known of one candidate."""
    lag = 60 * FRAMES_PER_SECOND / tempo
    pace = np.log2(tempo / _CENTRE)
    shape = np.concatenate([at(rows, lag * beats) for beats in _LAGS])
    return np.concatenate([[pace, pace**2, pace**3], shape]).astype(np.float32)


def scores(table: Array, knowledge: Learned) -> Array:
    """How well each candidate (a row) fits."""
    inner = np.tanh((table - knowledge.mean) / knowledge.scale @ knowledge.inner + knowledge.inner_bias)
    return np.asarray(inner @ knowledge.outer, dtype=np.float32)


def likelihoods(rows: Array, tempi: list[float]) -> Array:
    """How likely each candidate is the beat; they add up to 1."""
    score = scores(np.stack([features(rows, tempo) for tempo in tempi]), learned())
    odds = np.exp(score - score.max())
    return np.asarray(odds / odds.sum(), dtype=np.float32)
