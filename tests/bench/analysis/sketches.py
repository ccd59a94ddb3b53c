"""What a band would sound like to the key finder, straight from its notes: a hundredth of the work of rendering them.

Timbres, levels, what small speakers leave out and what drums add are drawn at random, wider than any soundfont has
them, so that thousands of pieces teach harmony and not instruments. Figures are of rendered sound only.
"""

from random import Random

import numpy as np
from numpy.typing import NDArray

from appliance.analysis.decoding import RATE
from appliance.analysis.filters import Array
from appliance.analysis.harmony import HOP, LOWEST, MOMENTS_PER_SECOND, NOTES
from tests.bench.analysis.midi import DRUMS, Song

#: where the overtones of a note are, semitones above it
_OVERTONES = np.array([0, 12, 19, 24, 28, 31, 34, 36])
_HIGHEST_DRAWN = 128 + int(_OVERTONES[-1]) + 2
# A spectrum looks at so many samples, and sees most of what is in their middle.
_LENGTH = 16384
_SPAN = _LENGTH / HOP
_LEVELS = (1.2, 0.5, 0.8)
#: how much of each note spills onto its neighbours: low ones are nearer to each other than bins are
_SPILLS = np.repeat([0.35, 0.18, 0.05, 0.01], [35, 7, 8, _HIGHEST_DRAWN - 50])


def sketch(song: Song, random: Random, *, seconds: float) -> Array:
    """How strong each note is at each moment, as `harmony.described` takes it."""
    count = int((seconds * RATE - _LENGTH) / HOP) + 1
    # Room for overtones beyond the highest note, and for the very lowest's spill, which wraps round into it.
    canvas = np.zeros((count + 1, _HIGHEST_DRAWN - LOWEST), dtype=np.float32)
    timbres = {channel: _timbre(random, song.levels.get(channel, 100)) for channel in sorted(song.instruments)}
    for note in song.notes:
        if note.channel != DRUMS:
            strengths, decay = timbres[note.channel]
            start = note.beat * 60 / song.bpm
            end = start + max(note.length * 60 / song.bpm, 0.08)
            first, heard = _heard(start, end, count, decay)
            if len(heard):
                loud = _LEVELS[note.channel] * (note.velocity / 100) ** 1.5
                _draw(canvas[first : first + len(heard)], note.pitch, heard[:, None] * (strengths * loud))
    drawn = _through_speakers(canvas[:count, :NOTES], random)
    return _with_drums(drawn, random) if any(note.channel == DRUMS for note in song.notes) else drawn


def _timbre(random: Random, level: int) -> tuple[NDArray[np.float64], float]:
    """How strong each overtone is, and how fast notes die away."""
    roll = random.uniform(0.0, 0.95)
    strengths = np.array([roll**number for number in range(len(_OVERTONES))])
    strengths[1:] *= [random.uniform(0.3, 1.3) for _ in _OVERTONES[1:]]
    return strengths * 10 ** (random.uniform(-8, 8) / 20) * level / 100, random.choice((0.3, 1, 2, 4))


def _heard(start: float, end: float, count: int, decay: float) -> tuple[int, NDArray[np.float64]]:
    """From which moment on a note is heard, and how much of it at each."""
    from_, until = ((at - _LENGTH / 2 / RATE) * MOMENTS_PER_SECOND for at in (start, end))
    first, last = max(0, int(from_ - _SPAN / 2)), min(count, int(until + _SPAN / 2) + 2)
    moments = np.arange(first, max(first, last), dtype=np.float64)
    inside = _passed(until - moments) - _passed(from_ - moments)
    return first, inside * np.exp(-decay / 2 * np.maximum(0, moments - from_) / MOMENTS_PER_SECOND)


def _passed(moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much of a Hann window lies before a place in it."""
    part = np.clip(moments / _SPAN + 0.5, 0, 1)
    return np.asarray(part - np.sin(2 * np.pi * part) / (2 * np.pi))


def _draw(canvas: Array, pitch: int, overtones: NDArray[np.float64]) -> None:
    numbers = pitch + _OVERTONES
    spills = overtones * _SPILLS[numbers]
    places = numbers - LOWEST
    canvas[:, places] += overtones
    canvas[:, places - 1] += spills
    canvas[:, places + 1] += spills


def _through_speakers(drawn: Array, random: Random) -> Array:
    """Some recordings have no bass, and all lean to one side."""
    numbers = np.arange(LOWEST, LOWEST + NOTES)
    lowest = random.choice((0, 0, 0, 38, 47))
    kept = 1 / (1 + np.exp((lowest - numbers) / 1.5)) if lowest else np.ones(NOTES)
    lean = 10 ** (random.uniform(-0.02, 0.02) * (numbers - 60) / 3)
    return np.asarray(drawn * kept * lean, dtype=np.float32)


def _with_drums(drawn: Array, random: Random) -> Array:
    """Drums are a floor of noise with a hump somewhere low."""
    numbers = np.arange(LOWEST, LOWEST + NOTES)
    hump = np.exp(-(((numbers - random.uniform(30, 45)) / random.uniform(6, 30)) ** 2))
    floor = random.choice((0.0, 0.01, 0.03, 0.06)) * float(drawn.mean(axis=0).max())
    noise = np.random.default_rng(random.randrange(1 << 30)).uniform(0.5, 1.5, drawn.shape)
    return np.asarray(drawn + floor * hump * noise, dtype=np.float32)
