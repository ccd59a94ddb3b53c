"""How fast it is, to a few hundredths of a percent, how evenly it is played, and where the beats fall."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.analysis import level
from appliance.analysis.filters import Array
from appliance.analysis.onsets import FRAMES_PER_SECOND, Onsets
from appliance.analysis.periods import at, recurrence

# Below this nothing recurs: noise and speech reach .08, rubato piano .15.
_LEAST_PULSE = 0.16
# The strongest strokes of any music reach .5; what a held tone and its encoder leave stays below .03.
_LEAST_STROKE = 0.1
_SEGMENT_S = 8.0
_PHASES = 48
_FURTHEST = 32
_FIRST_REACH, _REACH = 0.02, 0.008
# A local tempo off by this much (one sigma) is uneven; looked for as far as that, each way; told by no fewer stretches.
_UNEVEN = 0.02
_DRIFT = 0.12
_FEW = 3
_OTHERS = 2


@dataclass(frozen=True, slots=True)
class Pulse:
    """The beat of a window."""

    bpm: float
    #: how likely it is that this is the level that dancers step to, 0 to 1
    likelihood: float
    #: what else it might be, likeliest first
    others: tuple[float, ...]
    #: how strongly strokes recur with the beat, 0 to 1
    clarity: float
    #: 1 for a machine, 0 for rubato
    steadiness: float
    #: seconds from the window's start, and beats a minute there; stretches in which nothing recurs are left out
    course: tuple[tuple[float, float], ...]
    #: where one beat falls, seconds from the window's start
    beat_s: float
    #: strokes within the beat: how much happens at each of _PHASES parts of it, beats aligned bit by bit
    shape: Array

    @property
    def period_s(self) -> float:
        return 60 / self.bpm


def pulse_of(strokes: Onsets, rows: Array) -> Pulse | None:
    """The beat, or None when nothing recurs."""
    if np.percentile(strokes.everything, 99) < _LEAST_STROKE:
        return None
    tempi = level.candidates(rows)
    if not tempi:
        return None
    odds = level.likelihoods(rows, tempi)
    order = np.argsort(odds)[::-1]
    rough = tempi[int(order[0])]
    lag = 60 * FRAMES_PER_SECOND / rough
    clarity = float(np.max([at(rows[0], lag * beats) for beats in (1, 2, 4)]))
    if clarity < _LEAST_PULSE:
        return None
    lag = sharpened(strokes.everything, lag)
    phases, shape = _aligned(strokes, lag)
    stretches = _stretches(strokes.everything, lag)
    bpm = 60 * FRAMES_PER_SECOND / lag
    return Pulse(
        bpm=bpm,
        likelihood=float(odds[order[0]]),
        others=tuple(round(tempi[int(one)], 1) for one in order[1 : 1 + _OTHERS]),
        clarity=clarity,
        steadiness=_steadiness([stretch.off for stretch in stretches]),
        course=tuple((one.at_s, bpm / (1 + one.off)) for one in stretches if one.height >= _LEAST_PULSE),
        beat_s=phases[0] * lag / FRAMES_PER_SECOND,
        shape=shape,
    )


def sharpened(curve: Array, lag: float) -> float:
    """A beat's length, in frames, sharper than a frame: what recurs after many beats says it more exactly."""
    centred = curve - curve.mean()
    size = 1 << (2 * len(curve) - 1).bit_length()
    spectrum = np.fft.rfft(centred, size)
    row = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[: len(curve)]
    row = row / ((len(curve) - np.arange(len(curve))) * (row[0] / len(curve) or 1.0))
    beats, best = 1, 0.0
    while beats <= _FURTHEST and beats * lag < len(row) * 0.6:
        # About where the last step put it, and no further off than a quarter of a beat.
        reach = max(1, min(round(lag / 4), round(beats * lag * (_FIRST_REACH if beats == 1 else _REACH))))
        peak, height = _peak(row, centre=beats * lag, reach=reach)
        if height < 0.6 * best:
            break
        best = max(best, height)
        lag = peak / beats
        beats *= 2
    return lag


def _peak(row: NDArray[np.float64], *, centre: float, reach: int) -> tuple[float, float]:
    """The highest place near one, between frames by a parabola, and how high it is."""
    low = max(1, round(centre) - reach)
    high = min(len(row) - 1, round(centre) + reach + 1)
    top = low + int(np.argmax(row[low:high]))
    left, middle, right = row[top - 1], row[top], row[min(top + 1, len(row) - 1)]
    bend = left - 2 * middle + right
    shift = 0.5 * (left - right) / bend if bend < 0 else 0.0
    return top + float(np.clip(shift, -0.5, 0.5)), float(middle)


def _aligned(strokes: Onsets, lag: float) -> tuple[NDArray[np.float64], Array]:
    """Where in each stretch of the window beats fall, in beats, and what happens within a beat on average."""
    whole, bass = strokes.everything, strokes.bass
    mixed = whole / (whole.mean() or 1.0) + bass / (bass.mean() or 1.0)
    inner = whole / (whole.mean() or 1.0) + strokes.cymbals / (strokes.cymbals.mean() or 1.0)
    length = max(round(_SEGMENT_S * FRAMES_PER_SECOND), round(4 * lag))
    starts = range(0, max(1, len(whole) - length // 2), length)
    overall = _folded(mixed, lag, 0)
    guide = float(np.argmax(_smooth(overall))) / _PHASES
    phases, shape = [], np.zeros(_PHASES, dtype=np.float64)
    for start in starts:
        piece = slice(start, start + length)
        folded = _smooth(_folded(mixed[piece], lag, start))
        near = (np.arange(_PHASES) / _PHASES - guide + 0.5) % 1 - 0.5
        guide = (guide + _centre(folded * (np.abs(near) < 0.2), near)) % 1
        phases.append(guide)
        shape += np.roll(_folded(inner[piece], lag, start), -round(guide * _PHASES))
    total = shape.sum() or 1.0
    return np.unwrap(np.array(phases), period=1.0), (shape / total).astype(np.float32)


def _centre(weights: NDArray[np.float64], places: NDArray[np.float64]) -> float:
    """The centre of the highest hump."""
    top = int(np.argmax(weights))
    if weights[top] <= 0:
        return 0.0
    around = np.arange(top - 2, top + 3) % _PHASES
    if np.abs(places[around]).max() > 0.3:
        return float(places[top])
    share = weights[around] ** 2
    return float((share * places[around]).sum() / share.sum())


def _folded(curve: Array, lag: float, start: int) -> NDArray[np.float64]:
    """How much happens in each part of a beat, over all beats of a stretch."""
    parts = ((np.arange(start, start + len(curve)) / lag % 1) * _PHASES).astype(int) % _PHASES
    count = np.bincount(parts, minlength=_PHASES)
    return np.bincount(parts, weights=curve, minlength=_PHASES) / np.maximum(count, 1)


def _smooth(folded: NDArray[np.float64]) -> NDArray[np.float64]:
    return (np.roll(folded, 1) + 2 * folded + np.roll(folded, -1)) / 4


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Some seconds of the window."""

    #: its middle, seconds from the window's start
    at_s: float
    #: how much longer its beat is than the whole's, as a share
    off: float
    #: how strongly strokes recur with that beat, 0 to 1
    height: float


def _stretches(curve: Array, lag: float) -> list[_Stretch]:
    """How far the beat of single stretches is from the whole's."""
    length = max(round(_SEGMENT_S * FRAMES_PER_SECOND), round(5 * lag))
    found = []
    for start in range(0, len(curve) - length + 1, length // 2):
        row = recurrence(curve[start : start + length]).astype(np.float64)
        reach = round(2 * lag * _DRIFT)
        if 2 * lag + reach < len(row) - 1:
            peak, height = _peak(row, centre=2 * lag, reach=reach)
            found.append(_Stretch((start + length / 2) / FRAMES_PER_SECOND, peak / (2 * lag) - 1, height))
    return found


def _steadiness(off: list[float]) -> float:
    """From how far the tempo of single stretches is from the whole's; stretches without a beat are outvoted."""
    if len(off) < _FEW:
        return 1.0
    deviation = 1.48 * float(np.median(np.abs(np.array(off) - np.median(off))))
    return float(np.exp(-0.5 * (deviation / _UNEVEN) ** 2))
