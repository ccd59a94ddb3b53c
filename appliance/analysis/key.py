"""In which key: what a piece's notes, chords and motions say, held against what was learned of keys.

Magnitudes stay linear and everything counts from the lowest bass up: both were measured to matter more than anything
else. Printed profiles, which come from scores, take a blues for the key of its fourth and a jazz tune for the key of
its dominants, so they only say whether there is a key at all.
"""

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.analysis.decoding import RATE
from appliance.analysis.filters import Array, hann
from appliance.analysis.harmony import HOP, LOWEST, OPENING, described, is_held, note_bank
from appliance.domain.analysis import Key

# As many frames at a time as stay in a processor's own memory.
_LENGTH, _CHUNK = 16384, 8
_LOW, _HIGH = 30.0, 2000.0
_A = 440.0
# Albrecht and Shanahan (2013), from counted scores; C first. They say whether there is a key at all.
_MAJOR = (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081)
_MINOR = (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052)
# One pitch class with more than this is a tone, not a key; a correlation below the other is noise.
_ONE_TONE = 0.7
_LEAST = 0.2
# Less than this share of the whole sound between _LOW and _HIGH is what an encoder left there.
_LEAST_SHARE = 0.01
# Strings and pipes gather on the semitones of one tuning, at least so much more than between them; noise does not.
_GATHERED = 1.07
_LEARNED = Path(__file__).with_name("key.json")


@dataclass(frozen=True, slots=True)
class Learned:
    """What tells a tonic from what `harmony.described` says of it: one layer, and beside it the numbers themselves."""

    mean: Array
    scale: Array
    inner: Array
    inner_bias: Array
    #: a column for major, one for minor
    outer: Array
    direct: Array
    #: how likely each is from the start
    lean: Array


@cache
def learned() -> Learned:
    """The weights as they were learned; `./box bench analysis --teach` makes them."""
    told = json.loads(_LEARNED.read_text(encoding="utf-8"))
    return Learned(**{name: np.array(told[name], dtype=np.float32) for name in Learned.__slots__})


def key_of(sound: Array, opening: Array) -> Key | None:
    """The key of one channel, and of what the whole track begins with; None when there is none to tell."""
    frames, bins = spectra(sound)
    magnitude = frames.sum(axis=0)
    if not _is_heard(magnitude, sound):
        return None
    cents = tuning(magnitude, bins)
    if _gathered(magnitude, bins, cents=cents) < _GATHERED:
        return None
    bank = note_bank(bins, cents=cents)
    notes = frames @ bank
    chroma = chroma_of(notes.sum(axis=0))
    if chroma.max() > _ONE_TONE * chroma.sum() or printed_fits(chroma).max() < _LEAST or is_held(notes):
        return None
    begun = spectra(opening)[0][:OPENING] @ bank
    scores = likelihoods(described(notes, begun), learned())
    best = int(np.argmax(scores))
    return Key(
        tonic=best % 12, is_minor=best >= 12, confidence=round(float(scores[best]), 3), tuning_cents=round(cents)
    )


def spectra(sound: Array) -> tuple[Array, NDArray[np.float64]]:
    """Magnitudes from the lowest bass to the highest that tells keys, a row a moment, and at which frequencies."""
    if len(sound) < _LENGTH:
        sound = np.pad(sound, (0, _LENGTH - len(sound)))
    frames = np.lib.stride_tricks.sliding_window_view(sound, _LENGTH)[::HOP]
    bins = np.fft.rfftfreq(_LENGTH, 1 / RATE).astype(np.float64)
    used = slice(int(np.searchsorted(bins, _LOW)), int(np.searchsorted(bins, _HIGH)))
    window = hann(_LENGTH)
    found = np.empty((len(frames), used.stop - used.start), dtype=np.float32)
    for start in range(0, len(frames), _CHUNK):
        spectrum = np.fft.rfft(frames[start : start + _CHUNK] * window, axis=1)[:, used]
        found[start : start + _CHUNK] = np.sqrt(spectrum.real**2 + spectrum.imag**2)
    return found, bins[used]


def _is_heard(magnitude: Array, sound: Array) -> bool:
    """Whether what keys are told by is more than a trace of the sound."""
    inside = math.sqrt(float(magnitude @ magnitude)) / _LENGTH / max(1, len(sound) // HOP)
    return inside > _LEAST_SHARE * math.sqrt(float(sound @ sound) / max(1, len(sound)))


def _gathered(magnitude: Array, bins: NDArray[np.float64], *, cents: float) -> float:
    """How much stronger it is on the semitones than between them, below or above A4, wherever that shows more."""
    places = 12 * np.log2(bins / _A) - cents / 100
    off = np.abs(places - np.round(places))
    parts = ((bins >= low) & (bins < high) for low, high in ((_A / 4, _A), (_A, _HIGH)))
    return max(
        float(magnitude[part & (off < 0.2)].mean() / (magnitude[part & (off > 0.3)].mean() or 1.0)) for part in parts
    )


def tuning(magnitude: Array, bins: NDArray[np.float64]) -> float:
    """How many cents sharp it is, by where the peaks of the spectrum fall between semitones."""
    inner = magnitude[1:-1]
    peaks = np.flatnonzero((inner > magnitude[:-2]) & (inner >= magnitude[2:]) & (bins[1:-1] > 110)) + 1
    if not len(peaks):
        return 0.0
    left, centre, right = (np.log(magnitude[peaks + side] + 1e-12) for side in (-1, 0, 1))
    shift = 0.5 * (left - right) / np.minimum(left - 2 * centre + right, -1e-9)
    hertz = bins[peaks] + np.clip(shift, -0.5, 0.5) * (bins[1] - bins[0])
    parts = 12 * np.log2(hertz / _A)
    turning = np.sum(magnitude[peaks] * np.exp(2j * np.pi * parts))
    return float(np.angle(turning) / (2 * np.pi) * 100)


def chroma_of(notes: Array) -> NDArray[np.float64]:
    """How strong each pitch class is, C first; `notes` as `harmony` numbers them."""
    numbers = np.arange(LOWEST, LOWEST + len(notes)) % 12
    return np.asarray(np.bincount(numbers, weights=notes, minlength=12), dtype=np.float64)


def likelihoods(told: NDArray[np.floating], knowledge: Learned) -> NDArray[np.float64]:
    """How likely each key is, major from C up and then minor; they add up to 1. `told`: a row a tonic."""
    table = (told.astype(np.float32) - knowledge.mean) / knowledge.scale
    inner = np.tanh(table @ knowledge.inner + knowledge.inner_bias)
    scores = (inner @ knowledge.outer + table @ knowledge.direct + knowledge.lean).T.ravel()
    odds = np.exp(scores - scores.max())
    return np.asarray(odds / odds.sum(), dtype=np.float64)


def printed_fits(chroma: NDArray[np.float64]) -> NDArray[np.float64]:
    """How well each key fits by the printed profiles, as correlations: major from C up, then minor."""
    profiles = np.array([np.roll(profile, tonic) for profile in (_MAJOR, _MINOR) for tonic in range(12)])
    profiles = profiles - profiles.mean(axis=1, keepdims=True)
    ours = chroma - chroma.mean()
    size = np.linalg.norm(profiles, axis=1) * (np.linalg.norm(ours) or 1.0)
    return np.asarray(profiles @ ours / size)
