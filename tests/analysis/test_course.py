"""How a track goes from its beginning to its end: how loud, and how fast."""

from pathlib import Path

import numpy as np
import pytest

from tests.analysis.conftest import Hear
from tests.analysis.files import RATE, float_wav, music


def test_the_shape_follows_the_loudness_from_end_to_end(tmp_path: Path, hear: Hear) -> None:
    sound = music(60)
    sound[: 15 * RATE] *= 0.1
    sound[45 * RATE :] = 0
    found = hear(float_wav(tmp_path / "a.wav", sound))
    assert found.shape is not None
    assert len(found.shape) == 400
    parts = np.frombuffer(found.shape, dtype=np.uint8).reshape(4, 100)
    assert parts.max() == 255
    assert parts[0].max() == pytest.approx(25, abs=4)
    assert parts[1:3].min() > 40
    assert parts[3][2:].max() == 0


def test_a_tempo_that_rises_is_seen_rising_by_the_file_s_own_time(tmp_path: Path, hear: Hear) -> None:
    slow, quick = music(30, bpm=110), music(30, bpm=114)
    silence = np.zeros(10 * RATE, dtype=np.float32)
    found = hear(float_wav(tmp_path / "a.wav", np.concatenate([silence, slow, quick])))
    assert found.tempo is not None
    before = [one.bpm for one in found.course if one.at_ms < 36_000]
    after = [one.bpm for one in found.course if one.at_ms > 44_000]
    assert np.median(before) == pytest.approx(110, abs=0.5)
    assert np.median(after) == pytest.approx(114, abs=0.5)
    assert all(10_000 <= one.at_ms <= 70_000 for one in found.course)
    assert found.tempo.steadiness < 1


def test_what_is_short_has_a_short_shape_and_what_is_silent_none(tmp_path: Path, hear: Hear) -> None:
    short = hear(float_wav(tmp_path / "short.wav", music(1)))
    assert short.shape is not None
    assert len(short.shape) == 10
    assert short.course == ()
    silent = hear(float_wav(tmp_path / "silent.wav", np.zeros(RATE * 6, dtype=np.float32)))
    assert (silent.shape, silent.course) == (None, ())
