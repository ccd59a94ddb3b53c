"""In which key: how strong each of the twelve notes is in the bass and above, held against what keys sound like.

Magnitudes stay linear and everything counts from the lowest bass up: both were measured to matter more than anything
else. What keys sound like was learned from the evaluation set, because printed profiles, which come from scores, take a
blues for the key of its fourth.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.analysis.decoding import RATE
from appliance.analysis.filters import Array, hann
from appliance.domain.analysis import Key

_LENGTH, _HOP, _CHUNK = 16384, 4096, 48
_LOW, _HIGH = 30.0, 2000.0
_A = 440.0
_WIDTH = 0.25
# Below this the bass is.
_BASS_UNTIL = 220.0
# Albrecht and Shanahan (2013), from counted scores; C first. They say whether there is a key at all.
_MAJOR = (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081)
_MINOR = (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052)
# One pitch class with more than this is a tone, not a key; a correlation below the other is noise.
_ONE_TONE = 0.7
_LEAST = 0.35
_LEARNED = Path(__file__).with_name("key.json")


@dataclass(frozen=True, slots=True)
class Profiles:
    """What keys sound like: weights of the twelve notes of the bass and the twelve above, from the tonic up."""

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    major: NDArray[np.float64]
    minor: NDArray[np.float64]
    #: how much likelier minor is from the start, one number
    lean: NDArray[np.float64]


@cache
def learned() -> Profiles:
    """The profiles as they were learned; `./box bench analysis --teach` makes them."""
    told = json.loads(_LEARNED.read_text(encoding="utf-8"))
    return Profiles(**{name: np.array(told[name]) for name in Profiles.__slots__})


def key_of(sound: Array) -> Key | None:
    """The key of one channel; None when there is none to tell."""
    magnitude, bins = spectrum(sound)
    if not magnitude.any():
        return None
    cents = tuning(magnitude, bins)
    chroma = chroma_of(magnitude, bins, cents=cents)
    if chroma.max() > _ONE_TONE * chroma.sum():
        return None
    if _printed_fit(chroma) < _LEAST:
        return None
    scores = likelihoods(notes_of(magnitude, bins, cents=cents), learned())
    best = int(np.argmax(scores))
    return Key(
        tonic=best % 12, is_minor=best >= 12, confidence=round(float(scores[best]), 3), tuning_cents=round(cents)
    )


def spectrum(sound: Array) -> tuple[Array, NDArray[np.float64]]:
    """Mean magnitude over time between the lowest bass and the highest that tells keys, and at which frequencies."""
    if len(sound) < _LENGTH:
        sound = np.pad(sound, (0, _LENGTH - len(sound)))
    frames = np.lib.stride_tricks.sliding_window_view(sound, _LENGTH)[::_HOP]
    bins = np.fft.rfftfreq(_LENGTH, 1 / RATE).astype(np.float64)
    used = slice(int(np.searchsorted(bins, _LOW)), int(np.searchsorted(bins, _HIGH)))
    window = hann(_LENGTH)
    total = np.zeros(used.stop - used.start, dtype=np.float32)
    for start in range(0, len(frames), _CHUNK):
        total += np.abs(np.fft.rfft(frames[start : start + _CHUNK] * window, axis=1)[:, used]).sum(axis=0)
    return total, bins[used]


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


def chroma_of(magnitude: Array, bins: NDArray[np.float64], *, cents: float) -> NDArray[np.float64]:
    """How strong each pitch class is; C first."""
    notes = 12 * np.log2(bins / _A) - cents / 100 + 9
    nearest = np.round(notes)
    weights = np.exp(-0.5 * ((notes - nearest) / _WIDTH) ** 2)
    chroma = np.bincount((nearest % 12).astype(int), weights=magnitude * weights, minlength=12)
    return np.asarray(chroma, dtype=np.float64)


def notes_of(magnitude: Array, bins: NDArray[np.float64], *, cents: float) -> NDArray[np.float64]:
    """The shares of the twelve notes in the bass, then above it."""
    parts = []
    for part in (bins < _BASS_UNTIL, bins >= _BASS_UNTIL):
        chroma = chroma_of(magnitude[part], bins[part], cents=cents)
        parts.append(chroma / (chroma.sum() or 1.0))
    return np.stack(parts)


def seen_from_each(notes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The notes from each tonic up: a row a tonic, its bass first."""
    return np.stack([np.roll(notes, -tonic, axis=1).ravel() for tonic in range(12)])


def likelihoods(notes: NDArray[np.float64], profiles: Profiles) -> NDArray[np.float64]:
    """How likely each key is, major from C up and then minor; they add up to 1."""
    table = (seen_from_each(notes) - profiles.mean) / profiles.scale
    scores = np.concatenate([table @ profiles.major, table @ profiles.minor + profiles.lean])
    odds = np.exp(scores - scores.max())
    return np.asarray(odds / odds.sum())


def _printed_fit(chroma: NDArray[np.float64]) -> float:
    """How well the best of all keys fits by the printed profiles, as a correlation."""
    profiles = np.array([np.roll(profile, tonic) for profile in (_MAJOR, _MINOR) for tonic in range(12)])
    profiles = profiles - profiles.mean(axis=1, keepdims=True)
    ours = chroma - chroma.mean()
    size = np.linalg.norm(profiles, axis=1) * (np.linalg.norm(ours) or 1.0)
    return float(np.max(profiles @ ours / size))
