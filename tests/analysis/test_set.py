"""A short form of `./box bench analysis`: a few clips of a seed that nothing was learned from, rendered once.

`./box bench analysis` gives the figures; these bounds are where something must have broken.
"""

from collections import defaultdict
from statistics import mean, median

import numpy as np
import pytest

from appliance.analysis.pipeline import analyse
from appliance.domain.analysis import EMBEDDING_AXES, EMBEDDING_REACH, Analysis
from tests.bench.analysis.clips import Clip, clips
from tests.bench.analysis.pairs import PAIRS
from tests.bench.analysis.plot import SCORES
from tests.bench.analysis.program import guess
from tests.bench.analysis.truth import is_octave, is_right, mirex

_SEED, _EACH, _SECONDS = 11, 2, 20.0
# The smallest: reading the large ones takes longer than playing on them.
_FONTS = ("timgm6mb-soundfont",)

# The first of them renders.
pytestmark = pytest.mark.timeout(600)
Heard = list[tuple[Clip, Analysis]]


@pytest.fixture(scope="module")
def heard() -> Heard:
    """Two clips of each style. Rendering takes a minute, once; hearing them some ten seconds."""
    return [(clip, analyse(clip.path)) for clip in clips(seed=_SEED, each=_EACH, seconds=_SECONDS, fonts=_FONTS)]


def test_most_tempi_are_right_and_nearly_all_but_for_the_octave(heard: Heard) -> None:
    said = [(clip, guess(found).bpm) for clip, found in heard]
    assert mean(is_right(*one) for one in said) >= 0.85
    assert mean(is_octave(*one) for one in said) >= 0.92
    exact = [abs(bpm / clip.bpm - 1) for clip, bpm in said if bpm is not None and is_right(clip, bpm)]
    assert median(exact) <= 0.001


def test_beats_fall_where_they_were_played(heard: Heard) -> None:
    near = []
    for clip, found in heard:
        if found.tempo and is_right(clip, found.tempo.bpm):
            beats = found.tempo.first_beat_ms * clip.bpm / 60_000
            near.append(abs(beats - round(beats)) < 0.12)
    assert mean(near) >= 0.75


def test_most_keys_are_right(heard: Heard) -> None:
    said = [(clip, guess(found).key) for clip, found in heard]
    assert mean(mirex(*one) for one in said) >= 0.72


def test_swing_is_told_from_straight(heard: Heard) -> None:
    said = [(clip.swing >= 1.25) == (found.swing >= 1.25) for clip, found in heard if found.swing is not None]
    assert len(said) >= 20
    assert mean(said) >= 0.9


def test_confidence_is_higher_where_the_tempo_is_right(heard: Heard) -> None:
    right: list[float] = []
    wrong: list[float] = []
    for clip, found in heard:
        if found.tempo:
            (right if is_right(clip, found.tempo.bpm) else wrong).append(found.tempo.confidence)
    assert not wrong or mean(right) > mean(wrong)


@pytest.mark.parametrize("score", SCORES)
def test_scores_fill_the_scale_and_do_not_stick_at_its_ends(score: str, heard: Heard) -> None:
    values = [getattr(found.character, score) for _, found in heard if found.character]
    known = [value for value in values if value is not None]
    assert len(known) >= 0.9 * len(heard)
    low, high = np.percentile(known, (10, 90))
    assert high - low >= 50
    assert sum(value in {0, 100} for value in known) <= 0.1 * len(known)


@pytest.mark.parametrize(("score", "pairs"), PAIRS.items())
def test_each_score_separates_what_it_names(score: str, pairs: tuple[tuple[str, str], ...], heard: Heard) -> None:
    by_style: dict[str, list[int]] = defaultdict(list)
    for clip, found in heard:
        if found.character and getattr(found.character, score) is not None:
            by_style[clip.style].append(getattr(found.character, score))
    wrong = [(more, less) for more, less in pairs if mean(by_style[more]) <= mean(by_style[less])]
    # Two clips are not a style: the bench asks of all of them.
    assert len(wrong) <= 1, {style: by_style[style] for pair in wrong for style in pair}


def test_the_embeddings_axes_say_different_things(heard: Heard) -> None:
    vectors = np.array([found.embedding for _, found in heard if found.embedding])
    assert len(vectors) >= 0.9 * len(heard)
    assert np.abs(vectors).max() <= EMBEDDING_REACH
    between = np.corrcoef(vectors.T)[np.triu_indices(len(EMBEDDING_AXES), 1)]
    assert np.abs(between).max() < 0.75
    sizes = np.linalg.norm(vectors, axis=1)
    cosines = (vectors @ vectors.T / np.outer(sizes, sizes))[np.triu_indices(len(vectors), 1)]
    # Vectors that all point the same way could tell no tracks apart.
    assert np.percentile(cosines, 5) < -0.5
    assert np.percentile(cosines, 95) > 0.5
