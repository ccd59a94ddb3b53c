"""Learns what tells a beat from half and double of it, and how well that holds for styles it has not heard.

The weights are learned from one seed's clips; figures come from another's. `./box bench analysis --teach`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from appliance.analysis import level
from appliance.analysis.decoding import Decoded, samples
from appliance.analysis.filters import Array
from appliance.analysis.level import Learned
from appliance.analysis.onsets import onsets
from appliance.analysis.periods import recurrences
from appliance.analysis.sound import gathered
from tests.bench.analysis.clips import Clip
from tests.bench.analysis.truth import is_right

_INNER = 8
_CALM = 3e-3
_ROUNDS = 400
WEIGHTS = Path(level.__file__).with_name("level.json")

_Wide = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lesson:
    """One clip's candidates."""

    clip: Clip
    tempi: list[float]
    #: a row a candidate
    table: Array
    #: which of them are right
    right: NDArray[np.bool_]


def lesson(clip: Clip, window: Array) -> Lesson:
    """The candidates of a clip's window."""
    rows = recurrences(onsets(window))
    tempi = level.candidates(rows)
    table = np.stack([level.features(rows, tempo) for tempo in tempi])
    return Lesson(clip, tempi, table, np.array([is_right(clip, tempo) for tempo in tempi]))


def window_of(path: Path) -> Array:
    """What of a file tempo and key are read from."""
    sound = gathered(samples(path, Decoded()))
    bounds = sound.bounds()
    assert bounds is not None, f"{path} is silent"
    return sound.window(bounds)[0]


@dataclass(frozen=True, slots=True)
class _Course:
    """All lessons in one table."""

    table: _Wide
    right: NDArray[np.bool_]
    #: where each clip's candidates begin, and whose each row is
    starts: NDArray[np.int64]
    owner: NDArray[np.int64]
    count: int

    def loss(self, weights: _Wide) -> tuple[float, _Wide]:
        """How unlikely the right answers are, and in which direction that grows."""
        inner, bias, outer = _parts(weights, self.table.shape[1])
        hidden = np.tanh(self.table @ inner + bias)
        score = hidden @ outer
        odds = np.exp(score - np.maximum.reduceat(score, self.starts)[self.owner])
        total = np.add.reduceat(odds, self.starts)
        good = np.add.reduceat(odds * self.right, self.starts)
        push = (odds / total[self.owner] - odds * self.right / good[self.owner]) / self.count
        back = np.outer(push, outer) * (1 - hidden**2)
        slope = np.concatenate(
            [(self.table.T @ back + 2 * _CALM * inner).ravel(), back.sum(axis=0), hidden.T @ push + 2 * _CALM * outer]
        )
        loss = -np.log(good / total).mean() + _CALM * float((inner**2).sum() + (outer**2).sum())
        return float(loss), slope


def _parts(weights: _Wide, width: int) -> tuple[_Wide, _Wide, _Wide]:
    split = width * _INNER
    return weights[:split].reshape(width, _INNER), weights[split : split + _INNER], weights[split + _INNER :]


def teach(lessons: Sequence[Lesson]) -> Learned:
    """The weights that make these lessons' right answers likeliest. The same lessons give the same weights."""
    useful = [one for one in lessons if one.right.any()]
    table = np.concatenate([one.table for one in useful]).astype(np.float64)
    mean, scale = table.mean(axis=0), table.std(axis=0) + 1e-6
    counts = np.array([len(one.tempi) for one in useful])
    course = _Course(
        table=(table - mean) / scale,
        right=np.concatenate([one.right for one in useful]),
        starts=np.concatenate([[0], np.cumsum(counts)[:-1]]),
        owner=np.repeat(np.arange(len(useful)), counts),
        count=len(useful),
    )
    width = table.shape[1]
    random = np.random.default_rng(0)
    start = np.concatenate(
        [random.normal(0, 0.3 / width**0.5, width * _INNER), np.zeros(_INNER), random.normal(0, 0.3, _INNER)]
    )
    found = minimize(course.loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _ROUNDS})
    inner, bias, outer = _parts(found.x, width)
    narrow = [part.astype(np.float32) for part in (mean, scale, inner, bias, outer)]
    return Learned(*narrow)


def answered(lessons: Sequence[Lesson], knowledge: Learned) -> list[float]:
    """What these weights say of clips."""
    return [one.tempi[int(np.argmax(level.scores(one.table, knowledge)))] for one in lessons]


def leave_one_style_out(lessons: Sequence[Lesson]) -> list[tuple[Clip, float]]:
    """Each style's clips answered by weights that never heard that style."""
    found: list[tuple[Clip, float]] = []
    for style in sorted({one.clip.style for one in lessons}):
        unheard = [one for one in lessons if one.clip.style == style]
        knowledge = teach([one for one in lessons if one.clip.style != style])
        found += zip((one.clip for one in unheard), answered(unheard, knowledge), strict=True)
    return found


def kept(knowledge: Learned) -> None:
    """Puts the weights where the analysis reads them."""
    told = {name: np.round(getattr(knowledge, name).astype(np.float64), 5).tolist() for name in Learned.__slots__}
    WEIGHTS.write_text(json.dumps(told, separators=(",", ":")) + "\n", encoding="utf-8")
