"""What the notes of a piece say of its key: how strong each is, which chords they make, and which chord follows which.

Strengths alone don't tell: in a blues every chord has the seventh that leads away from it, so that its key and its
fourth's look alike. What moves where tells more: falling fifths come home. Pieces begin at home more often than not,
which is all that tells some loops of four chords in major from the same four in minor. All of it is seen from each of
the twelve tonics in turn, so that one set of weights serves every key.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from appliance.analysis.decoding import RATE
from appliance.analysis.filters import Array

#: samples between two moments that are looked at
HOP = 4096
MOMENTS_PER_SECOND = RATE / HOP
#: the notes that are told apart, as MIDI numbers them: B0 to B6
LOWEST, HIGHEST = 23, 95
NOTES = HIGHEST - LOWEST + 1
# Below A3 the bass is.
_BASS_UNTIL = 57
_A4, _A4_HERTZ = 69, 440.0
_WIDTH = 0.25
# Chords by how far above the root their tones are, and how much each tone counts.
_CHORDS = ((0, 4, 7), (0, 3, 7), (0, 4, 7, 10), (0, 3, 7, 10))
_TONES = (1.0, 0.8, 0.8, 0.7)
# How decided a moment is for its likeliest chord, and how much the bass speaks for its root.
_DECIDED = 18.0
_ROOT = 0.12
# Moments overlap; this many on, the next one shares nothing with the first.
_NEXT = 4
#: moments that a piece begins with: three seconds
OPENING = 12
#: numbers that a key is told by: strengths of notes, chords, chords at the beginning, motions between roots
WIDTH = 2 * 12 + 2 * len(_CHORDS) * 12 + 12 * 12
_TINY = 1e-9


def note_bank(bins: NDArray[np.float64], *, cents: float) -> Array:
    """How much each bin of a spectrum (hertz) belongs to each note of a band `cents` sharp: (bins, NOTES)."""
    places = _A4 + 12 * np.log2(bins / _A4_HERTZ) - cents / 100
    nearest = np.round(places).astype(int)
    inside = np.flatnonzero((nearest >= LOWEST) & (nearest <= HIGHEST))
    bank = np.zeros((len(bins), NOTES), dtype=np.float32)
    bank[inside, nearest[inside] - LOWEST] = np.exp(-0.5 * ((places - nearest)[inside] / _WIDTH) ** 2)
    return bank


def described(notes: Array, opening: Array) -> NDArray[np.float64]:
    """What each tonic is told by, (12, WIDTH) from C up.

    `notes` is how strong each of NOTES is, a row a moment; `opening` the same of what the whole piece begins with.
    """
    bass, above = notes @ _folding()[0], notes @ _folding()[1]
    chords, weights = _chords(bass, above)
    first, first_weights = _chords(opening @ _folding()[0], opening @ _folding()[1])
    strengths = np.stack(
        [
            *(_shares(bass.sum(axis=0)), _shares(above.sum(axis=0))),
            *(_on_average(chords, weights).reshape(-1, 12)),
            *(_on_average(first, first_weights).reshape(-1, 12)),
        ]
    )
    motions = _motions(chords.reshape(len(chords), -1, 12).sum(axis=1), weights)
    seen = [
        np.concatenate([np.roll(strengths, -tonic, axis=1).ravel(), np.roll(motions, (-tonic, -tonic), (0, 1)).ravel()])
        for tonic in range(12)
    ]
    # Roots even out what is strong and what is rare.
    return np.asarray(np.sqrt(np.stack(seen)), dtype=np.float64)


def is_held(notes: Array) -> bool:
    """Whether one sound is held throughout: that is no key, whatever its notes are."""
    chroma = notes @ (_folding()[0] + _folding()[1])
    sizes = np.linalg.norm(chroma, axis=1)
    heard = chroma[sizes > 0.1 * sizes.max()]
    mean = heard.mean(axis=0)
    alike = heard @ mean / (np.linalg.norm(heard, axis=1) * np.linalg.norm(mean) + _TINY)
    return bool(np.percentile(alike, 10) > _UNCHANGING)


# How alike moments are in the least changing music is 0.99.
_UNCHANGING = 0.999


def _chords(bass: Array, above: Array) -> tuple[Array, Array]:
    """How likely each chord is at each moment (a column a chord, by kind and then root), and how much moments count."""
    chroma = 0.5 * _shares(bass) + _shares(above)
    chroma = chroma / (np.linalg.norm(chroma, axis=1, keepdims=True) + _TINY)
    roots = bass / (bass.max(axis=1, keepdims=True) + _TINY)
    scores = _DECIDED * (chroma @ _templates().T + _ROOT * np.tile(roots, len(_CHORDS)))
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    loud = bass.sum(axis=1) + above.sum(axis=1)
    return odds / odds.sum(axis=1, keepdims=True), np.minimum(loud / (np.median(loud) + _TINY), 1.0)


def _on_average(chords: Array, weights: Array) -> Array:
    return np.asarray((chords * weights[:, None]).sum(axis=0) / (weights.sum() + _TINY), dtype=np.float32)


def _motions(roots: Array, weights: Array) -> Array:
    """From which root to which it moves, as shares of all motions."""
    both = np.sqrt(weights[:-_NEXT] * weights[_NEXT:])
    motions = (roots[:-_NEXT] * both[:, None]).T @ roots[_NEXT:]
    np.fill_diagonal(motions, 0.0)
    return np.asarray(motions / (motions.sum() + _TINY), dtype=np.float32)


def _shares(strengths: Array) -> Array:
    return np.asarray(strengths / (strengths.sum(axis=-1, keepdims=True) + _TINY), dtype=np.float32)


@cache
def _folding() -> tuple[Array, Array]:
    """Which note is which of the twelve: of the bass, and above it; C first."""
    numbers = np.arange(LOWEST, HIGHEST + 1)
    fold = np.eye(12, dtype=np.float32)[numbers % 12]
    is_bass = (numbers < _BASS_UNTIL)[:, None]
    return fold * is_bass, fold * ~is_bass


@cache
def _templates() -> Array:
    """The twelve notes of each chord, a row a chord, of length 1."""
    rows = np.zeros((len(_CHORDS), 12, 12), dtype=np.float32)
    for kind, tones in enumerate(_CHORDS):
        for tone, weight in zip(tones, _TONES, strict=False):
            rows[kind, np.arange(12), (np.arange(12) + tone) % 12] = weight
    return np.asarray(rows / np.linalg.norm(rows, axis=2, keepdims=True)).reshape(-1, 12)
