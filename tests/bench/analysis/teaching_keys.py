"""Learns what keys sound like, and tries it on what it has not heard. `./box bench analysis --teach`.

Thousands of sketches teach harmony, and rendered clips what instruments make of it. Figures come from other seeds, from
styles left out, and from another band's tunes left out.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from appliance.analysis import key
from appliance.analysis.filters import Array
from appliance.analysis.harmony import OPENING, described, note_bank
from appliance.analysis.key import Learned
from tests.bench.analysis.clips import Clip, planned
from tests.bench.analysis.second_band import invented, tune
from tests.bench.analysis.sketches import sketch
from tests.bench.analysis.styles import STYLES
from tests.bench.analysis.truth import Keyed
from tests.bench.analysis.tunes import TUNES

#: networks from different starts, and how wide each is
_NETWORKS, _INNER = 4, 16
_CALM, _BLUR = 3e-4, 0.3
_ROUNDS, _AT_ONCE, _PACE = 20, 128, 3e-3
#: sketches of each tune and half of those of each style; and of invented pieces
_OF_EACH, _INVENTED = 40, 4500
#: how many sketches one rendered clip counts for
_RENDERED_COUNTS = 4.0
#: styles are left out in so many groups
_GROUPS = 8
_SEED = 1
WEIGHTS = Path(key.__file__).with_name("key.json")


@dataclass(frozen=True, slots=True)
class KeyLesson:
    """One piece, as its key is told."""

    #: its style, or which of TUNES it is, or nothing for what was invented: what is left out when it is asked for
    source: str
    #: its style, or the kind of tune it is
    kind: str
    tonic: int
    is_minor: bool
    #: what each tonic is told by: see `harmony.described`
    told: NDArray[np.float32]
    #: how well each key fits by printed profiles, for comparison; None for sketches
    printed: int | None = None

    @property
    def answer(self) -> int:
        return self.tonic + 12 * self.is_minor


def heard(window: NDArray[np.float32], truth: Keyed, *, source: str, kind: str) -> KeyLesson:
    """A rendered piece's window, and what is true of it."""
    frames, bins = key.spectra(window)
    notes = frames @ note_bank(bins, cents=key.tuning(frames.sum(axis=0), bins))
    printed = int(np.argmax(key.printed_fits(key.chroma_of(notes.sum(axis=0)))))
    told = described(notes, notes[:OPENING]).astype(np.float32)
    return KeyLesson(source, kind, truth.tonic, truth.is_minor, told, printed)


def key_lesson(clip: Clip, window: NDArray[np.float32]) -> KeyLesson:
    """A rendered clip."""
    return heard(window, clip, source=clip.style, kind=clip.style)


def _sketched(notes: Array, truth: Keyed, random: Random, *, source: str, kind: str) -> KeyLesson:
    told = described(notes, _opening(notes, random)).astype(np.float32)
    return KeyLesson(source, kind, truth.tonic, truth.is_minor, told)


def _opening(notes: Array, random: Random) -> Array:
    """Half of all pieces are taught as if they began elsewhere: many records begin with what says nothing of home."""
    start = random.choice((0, random.randrange(max(1, len(notes) - OPENING))))
    return notes[start : start + OPENING]


@cache
def sketched() -> tuple[KeyLesson, ...]:
    """All sketches; some minutes, once."""
    return (*_styles(), *_tunes(), *_inventions())


def _styles() -> Iterator[KeyLesson]:
    for style in STYLES:
        for number in range(2 * _OF_EACH):
            random = Random(f"sketch {_SEED}/{style.name}/{number}")
            plan, song = planned(style, random, seconds=36.0)
            notes = sketch(song, random, seconds=36.0)
            yield _sketched(notes, plan, random, source=style.name, kind=style.name)


def _tunes() -> Iterator[KeyLesson]:
    for number in range(len(TUNES) * _OF_EACH):
        random = Random(f"sketch {_SEED}/tune/{number}")
        played = tune(TUNES[number % len(TUNES)], random)
        notes = sketch(played.song, random, seconds=played.seconds)
        yield _sketched(notes, played, random, source=tune_name(number % len(TUNES)), kind=played.kind)


def _inventions() -> Iterator[KeyLesson]:
    for number in range(_INVENTED):
        random = Random(f"sketch {_SEED}/invented/{number}")
        played = invented(random)
        notes = sketch(played.song, random, seconds=played.seconds)
        yield _sketched(notes, played, random, source="", kind=played.kind)


def tune_name(number: int) -> str:
    """What a lesson about one of TUNES says it is."""
    return f"tune {number}"


class _Course:
    """All lessons in one table, and networks that learn from them by small steps (Adam)."""

    def __init__(self, lessons: Sequence[KeyLesson]) -> None:
        table = np.stack([one.told for one in lessons])
        self.mean, self.scale = table.mean(axis=(0, 1)), table.std(axis=(0, 1)) + 1e-4
        self._table = (table - self.mean) / self.scale
        self._answers = np.array([one.answer for one in lessons])
        counts = np.array([1.0 if one.printed is None else _RENDERED_COUNTS for one in lessons])
        self._shares = counts / counts.sum()

    def learned(self, random: np.random.Generator) -> list[Array]:
        """A network that went through the lessons so often that each was seen _ROUNDS times."""
        weights = self._started(random)
        speeds, sizes = [np.zeros_like(part) for part in weights], [np.zeros_like(part) for part in weights]
        steps = _ROUNDS * len(self._table) // _AT_ONCE
        for step in range(steps):
            pace = _PACE / 2 * (1 + np.cos(np.pi * step / steps))
            which = random.choice(len(self._table), _AT_ONCE, p=self._shares)
            # Blurred, so that no single lesson is learned by heart.
            table = self._table[which]
            table = table + _BLUR * random.standard_normal(table.shape, dtype=np.float32)
            slopes = self._slopes(weights, table, self._answers[which])
            for number, part in enumerate(weights):
                slope = slopes[number] + _CALM * part * (part.ndim == 2)
                speeds[number] += 0.1 * (slope - speeds[number])
                sizes[number] += 0.001 * (slope * slope - sizes[number])
                speed, size = speeds[number] / (1 - 0.9 ** (step + 1)), sizes[number] / (1 - 0.999 ** (step + 1))
                weights[number] = part - (pace * speed / (np.sqrt(size) + 1e-8)).astype(np.float32)
        return weights

    def _started(self, random: np.random.Generator) -> list[Array]:
        width = self._table.shape[2]
        start = (
            random.normal(0, 1 / width**0.5, (width, _INNER)),
            np.zeros(_INNER),
            random.normal(0, 0.1, (_INNER, 2)),
            np.zeros((width, 2)),
            np.zeros(2),
        )
        return [part.astype(np.float32) for part in start]

    def _slopes(self, weights: Sequence[Array], table: Array, answers: NDArray[np.int64]) -> list[Array]:
        """In which direction the right keys of these lessons become less likely."""
        inner, bias, outer, direct, lean = weights
        hidden = np.tanh(table @ inner + bias)
        scores = (hidden @ outer + table @ direct + lean).transpose(0, 2, 1).reshape(len(table), 24)
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        odds[np.arange(len(table)), answers] -= 1
        wrong = (odds / len(table)).reshape(-1, 2, 12).transpose(0, 2, 1).reshape(-1, 2)
        flat, inside = table.reshape(-1, table.shape[2]), hidden.reshape(-1, _INNER)
        back = (wrong @ outer.T) * (1 - inside**2)
        return [flat.T @ back, back.sum(axis=0), inside.T @ wrong, flat.T @ wrong, wrong.sum(axis=0)]


def teach_keys(lessons: Sequence[KeyLesson]) -> Learned:
    """The weights that make these lessons' keys likely. The same lessons give the same weights."""
    course = _Course(lessons)
    networks = [course.learned(np.random.default_rng(_SEED + number)) for number in range(_NETWORKS)]
    inner, bias, outer, direct, lean = zip(*networks, strict=True)
    # Side by side, with outputs shared out, they are one network that says what they say on average.
    return Learned(
        mean=course.mean,
        scale=course.scale,
        inner=np.concatenate(inner, axis=1),
        inner_bias=np.concatenate(bias),
        outer=np.asarray(np.concatenate(outer) / _NETWORKS, dtype=np.float32),
        direct=np.mean(direct, axis=0),
        lean=np.mean(lean, axis=0),
    )


def answered_keys(lessons: Sequence[KeyLesson], knowledge: Learned) -> list[tuple[int, bool]]:
    """What these weights say of pieces."""
    best = [int(np.argmax(key.likelihoods(one.told, knowledge))) for one in lessons]
    return [(one % 12, one >= 12) for one in best]


def printed_keys(lessons: Sequence[KeyLesson]) -> list[tuple[int, bool]]:
    """What printed profiles say of rendered pieces."""
    return [(one.printed % 12, one.printed >= 12) for one in lessons if one.printed is not None]


def unheard_styles(rendered: Sequence[KeyLesson]) -> list[tuple[int, bool]]:
    """Each clip answered by weights that never heard its style nor a group of others, in no form."""
    names = [style.name for style in STYLES]
    found: dict[int, tuple[int, bool]] = {}
    for group in range(_GROUPS):
        left_out = set(names[group::_GROUPS])
        knowledge = teach_keys([one for one in (*sketched(), *rendered) if one.source not in left_out])
        asked = [number for number, one in enumerate(rendered) if one.source in left_out]
        found |= zip(asked, answered_keys([rendered[number] for number in asked], knowledge), strict=True)
    return [found[number] for number in range(len(rendered))]


def unheard_tunes(rendered: Sequence[KeyLesson], asked: Sequence[KeyLesson]) -> list[tuple[int, bool]]:
    """Tunes answered by weights that never heard those tunes, in no key."""
    left_out = {one.source for one in asked}
    return answered_keys(asked, teach_keys([one for one in (*sketched(), *rendered) if one.source not in left_out]))


def keep_weights(knowledge: Learned) -> None:
    """Puts the weights where the analysis reads them."""
    told = {
        name: np.round(np.asarray(getattr(knowledge, name), dtype=np.float64), 4).tolist() for name in Learned.__slots__
    }
    WEIGHTS.write_text(json.dumps(told, separators=(",", ":")) + "\n", encoding="utf-8")
