"""How strongly strokes recur after each span of time: autocorrelation that survives a tempo that drifts."""

import numpy as np

from appliance.analysis.filters import Array
from appliance.analysis.onsets import FRAMES_PER_SECOND, Onsets

_WINDOW_S = 12.0
#: longest span looked at: four beats of the slowest dance
LONGEST_S = 5.6


def recurrences(strokes: Onsets) -> Array:
    """One row a curve (see CURVES), one column a lag in frames; 1 at lag 0, about 0 where nothing recurs."""
    return np.stack([recurrence(curve) for curve in curves(strokes)])


#: rows of `recurrences`; the last tells bass drum against snare
CURVES = ("everything", "bass", "middle", "cymbals", "answer")


def curves(strokes: Onsets) -> tuple[Array, ...]:
    """The curves that `recurrences` looks at."""
    answer = _evened(strokes.bass) - _evened(strokes.middle)
    return strokes.everything, strokes.bass, strokes.middle, strokes.cymbals, answer


def _evened(curve: Array) -> Array:
    return np.asarray(curve / (float(curve.std()) or 1.0), dtype=np.float32)


def recurrence(curve: Array) -> Array:
    """The autocorrelation of one curve, added over windows of twelve seconds at half overlap."""
    length = min(round(_WINDOW_S * FRAMES_PER_SECOND), len(curve))
    lags = min(round(LONGEST_S * FRAMES_PER_SECOND), length - 1)
    starts = range(0, max(1, len(curve) - length + 1), max(1, length // 2))
    windows = np.stack([curve[start : start + length] for start in starts])
    windows = windows - windows.mean(axis=1, keepdims=True)
    size = 1 << (2 * length - 1).bit_length()
    spectrum = np.fft.rfft(windows, size, axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).sum(axis=0)
    total = np.fft.irfft(power, size)[: lags + 1]
    unbiased = total * length / (length - np.arange(lags + 1))
    return np.asarray(unbiased / (unbiased[0] or 1.0), dtype=np.float32)


def at(rows: Array, lag: float) -> Array:
    """Each row at a lag between two frames; 0 beyond what was looked at."""
    low = int(lag)
    if low + 1 >= rows.shape[-1]:
        return np.zeros(rows.shape[:-1], dtype=np.float32)
    part = lag - low
    return np.asarray(rows[..., low] * (1 - part) + rows[..., low + 1] * part, dtype=np.float32)
