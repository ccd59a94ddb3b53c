"""Learns what keys sound like from one seed's clips; figures come from another's. `./box bench analysis --teach`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from appliance.analysis import key
from appliance.analysis.key import Profiles
from tests.bench.analysis.clips import Clip

_CALM = 5e-3
_ROUNDS = 500
PROFILES = Path(key.__file__).with_name("key.json")

_Wide = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class KeyLesson:
    """One clip's notes."""

    clip: Clip
    #: the shares of the notes in the bass and above
    notes: _Wide

    @property
    def answer(self) -> int:
        return self.clip.tonic + 12 * self.clip.is_minor


def key_lesson(clip: Clip, window: NDArray[np.float32]) -> KeyLesson:
    """The notes of a clip's window."""
    magnitude, bins = key.spectrum(window)
    return KeyLesson(clip, key.notes_of(magnitude, bins, cents=key.tuning(magnitude, bins)))


def teach_keys(lessons: Sequence[KeyLesson]) -> Profiles:
    """The profiles that make these lessons' keys likeliest. The same lessons give the same profiles."""
    seen = np.stack([key.seen_from_each(one.notes) for one in lessons])
    mean, scale = seen.mean(axis=(0, 1)), seen.std(axis=(0, 1)) + 1e-6
    table = (seen - mean) / scale
    answers = np.array([one.answer for one in lessons])
    count, _, width = table.shape

    def loss(weights: _Wide) -> tuple[float, _Wide]:
        major, minor = weights[:width], weights[width : 2 * width]
        scores = np.concatenate([table @ major, table @ minor + weights[-1]], axis=1)
        scores -= scores.max(axis=1, keepdims=True)
        odds = np.exp(scores)
        odds /= odds.sum(axis=1, keepdims=True)
        wrong = odds.copy()
        wrong[np.arange(count), answers] -= 1
        wrong /= count
        slope_major = np.einsum("nt,ntw->w", wrong[:, :12], table) + 2 * _CALM * major
        slope_minor = np.einsum("nt,ntw->w", wrong[:, 12:], table) + 2 * _CALM * minor
        total = -np.log(odds[np.arange(count), answers] + 1e-12).mean() + _CALM * float((weights[:-1] ** 2).sum())
        return float(total), np.concatenate([slope_major, slope_minor, [wrong[:, 12:].sum()]])

    found = minimize(loss, np.zeros(2 * width + 1), jac=True, method="L-BFGS-B", options={"maxiter": _ROUNDS}).x
    return Profiles(mean, scale, found[:width], found[width : 2 * width], found[-1:])


def answered_keys(lessons: Sequence[KeyLesson], profiles: Profiles) -> list[tuple[int, bool]]:
    """What these profiles say of clips."""
    best = [int(np.argmax(key.likelihoods(one.notes, profiles))) for one in lessons]
    return [(one % 12, one >= 12) for one in best]


def leave_one_style_out_keys(lessons: Sequence[KeyLesson]) -> list[tuple[Clip, tuple[int, bool]]]:
    """Each style's clips answered by profiles that never heard that style."""
    found: list[tuple[Clip, tuple[int, bool]]] = []
    for style in sorted({one.clip.style for one in lessons}):
        unheard = [one for one in lessons if one.clip.style == style]
        profiles = teach_keys([one for one in lessons if one.clip.style != style])
        found += zip((one.clip for one in unheard), answered_keys(unheard, profiles), strict=True)
    return found


def keep_profiles(profiles: Profiles) -> None:
    """Puts the profiles where the analysis reads them."""
    told = {name: np.round(np.asarray(getattr(profiles, name)), 5).tolist() for name in Profiles.__slots__}
    PROFILES.write_text(json.dumps(told, separators=(",", ":")) + "\n", encoding="utf-8")
