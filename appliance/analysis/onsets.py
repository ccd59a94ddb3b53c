"""When something is struck: how much louder each part of the spectrum becomes, a hundred times a second."""

from dataclasses import dataclass

import numpy as np

from appliance.analysis.decoding import RATE
from appliance.analysis.filters import Array, band_centres, hann, mel

HOP = 220
FRAMES_PER_SECOND = RATE / HOP
_LENGTH = 1024
_BANDS, _LOW, _HIGH = 40, 30.0, 10500.0
_COMPRESSION = 100.0
_LAG = 2
# As many frames at a time as stay in a processor's own memory.
_CHUNK = 256
_MEAN_S = 0.5
#: where bass drum and bass end, and where cymbals begin
_BASS_UNTIL, _CYMBALS_FROM = 180.0, 2200.0


@dataclass(frozen=True, slots=True)
class Onsets:
    """Strokes over time; each curve has FRAMES_PER_SECOND values a second and a mean near 0 where nothing happens."""

    everything: Array
    bass: Array
    middle: Array
    cymbals: Array
    #: mean power of each mel band over the window, and where the bands are
    bands: Array
    centres: Array
    #: how loud each frame is
    levels: Array


def onsets(sound: Array) -> Onsets:
    """The strokes of one channel."""
    power = _mel_power(sound)
    scale = float(np.mean(power)) or 1.0
    loud = np.log1p(_COMPRESSION * power / scale)
    rise = np.zeros_like(loud)
    rise[_LAG:] = np.maximum(loud[_LAG:] - loud[:-_LAG], 0)
    centres = band_centres(bands=_BANDS, low=_LOW, high=_HIGH)
    bass, cymbals = centres < _BASS_UNTIL, centres > _CYMBALS_FROM
    return Onsets(
        everything=_standing_out(rise.mean(axis=1)),
        bass=_standing_out(rise[:, bass].mean(axis=1)),
        middle=_standing_out(rise[:, ~bass & ~cymbals].mean(axis=1)),
        cymbals=_standing_out(rise[:, cymbals].mean(axis=1)),
        bands=power.mean(axis=0),
        centres=centres,
        levels=power.sum(axis=1),
    )


def _mel_power(sound: Array) -> Array:
    """Power in mel bands, a row a frame; the first frame is centred on the first sample."""
    padded = np.pad(sound, (_LENGTH // 2, _LENGTH // 2))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _LENGTH)[::HOP]
    bank = mel(rate=RATE, length=_LENGTH, bands=_BANDS, low=_LOW, high=_HIGH).T.copy()
    window = hann(_LENGTH)
    power = np.empty((len(frames), _BANDS), dtype=np.float32)
    for start in range(0, len(frames), _CHUNK):
        spectrum = np.fft.rfft(frames[start : start + _CHUNK] * window, axis=1)
        power[start : start + _CHUNK] = (spectrum.real**2 + spectrum.imag**2) @ bank
    return power


def _standing_out(curve: Array) -> Array:
    """The curve above its own mean of the last and next quarter second."""
    width = round(_MEAN_S * FRAMES_PER_SECOND) | 1
    sums = np.cumsum(np.pad(curve, (width // 2 + 1, width // 2)), dtype=np.float64)
    mean = (sums[width:] - sums[:-width]) / width
    return np.maximum(curve - mean, 0).astype(np.float32)
