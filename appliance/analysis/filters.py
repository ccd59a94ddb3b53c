"""Filter banks and windows: small tables, made once."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@cache
def hann(length: int) -> Array:
    """A periodic Hann window."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)).astype(np.float32)


@cache
def mel(*, rate: int, length: int, bands: int, low: float, high: float) -> Array:
    """Triangles even on the mel scale (HTK's), each with its tip at 1: one row a band, one column a bin."""
    edges = 700 * (10 ** (np.linspace(_mels(low), _mels(high), bands + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(length, 1 / rate)
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    return np.clip(np.minimum(rising, falling), 0, None).astype(np.float32)


def band_centres(*, bands: int, low: float, high: float) -> Array:
    """Where the triangles have their tips, in hertz."""
    return (700 * (10 ** (np.linspace(_mels(low), _mels(high), bands + 2)[1:-1] / 2595) - 1)).astype(np.float32)


def _mels(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


# The two filters of ITU-R BS.1770-4, as its tables give them for 48 kHz: a head's shelf, then a high-pass.
_K_RATE = 48000
_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))


def k_weights(hertz: NDArray[np.float64]) -> Array:
    """By how much BS.1770 weighs the power at each frequency, up to 24 kHz."""
    delay = np.exp(-2j * np.pi * np.minimum(hertz, _K_RATE / 2) / _K_RATE)
    gain = np.ones_like(delay)
    for (b0, b1, b2), (a0, a1, a2) in (_SHELF, _HIGH_PASS):
        gain = gain * (b0 + b1 * delay + b2 * delay**2) / (a0 + a1 * delay + a2 * delay**2)
    return np.asarray(np.abs(gain) ** 2, dtype=np.float32)
