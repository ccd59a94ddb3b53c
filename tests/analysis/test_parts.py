"""Each part against something that is known: other people's filter banks and meters, clicks, chords, true keys."""

import re
import subprocess
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.analysis import filters, key, loudness, periods, tempo
from appliance.analysis.decoding import RATE, Decoded, samples
from appliance.analysis.onsets import onsets
from appliance.analysis.pipeline import analyse
from appliance.analysis.sound import gathered
from appliance.domain.analysis import Gap
from tests.analysis import files

Wave = NDArray[np.float32]
_WHITE = "anoisesrc=d=12:a=0.4"


@pytest.fixture(scope="module")
def librosa():  # type: ignore[no-untyped-def]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import librosa

        # It loads its parts when they are asked for, with warnings of its own.
        _ = librosa.filters.mel, librosa.estimate_tuning, librosa.feature.spectral_centroid
        return librosa


def test_the_mel_bank_is_librosas(librosa) -> None:  # type: ignore[no-untyped-def]
    ours = filters.mel(rate=RATE, length=1024, bands=40, low=30.0, high=10500.0)
    theirs = librosa.filters.mel(sr=RATE, n_fft=1024, n_mels=40, fmin=30.0, fmax=10500.0, htk=True, norm=None)
    assert np.allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("cents", [-40, -17, 0, 8, 33])
def test_tuning_is_what_it_was_made_with_and_what_librosa_hears(librosa, cents: int) -> None:  # type: ignore[no-untyped-def]
    sound = _chord((0, 4, 7), seconds=6, cents=cents)
    frames, bins = key.spectra(sound)
    magnitude = frames.sum(axis=0)
    assert key.tuning(magnitude, bins) == pytest.approx(cents, abs=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = 100 * float(librosa.estimate_tuning(y=sound, sr=RATE, n_fft=8192))
    assert key.tuning(magnitude, bins) == pytest.approx(theirs, abs=3)


def _chord(semitones: tuple[int, ...], *, seconds: float, cents: float = 0, root: float = 261.6256) -> Wave:
    at = np.arange(round(seconds * RATE)) / RATE
    hertz = [root * 2 ** ((tone + cents / 100) / 12) for tone in semitones]
    waves = [np.sin(2 * np.pi * one * over * at) / over**2 for one in hertz for over in (1, 2, 3)]
    return np.asarray(sum(waves) / 4, dtype=np.float32)


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize("is_minor", [False, True])
def test_a_cadence_is_in_its_key(tonic: int, is_minor: bool) -> None:
    third = 3 if is_minor else 4
    subdominant = (5, 5 + third, 12)
    bars = ((0, third, 7), subdominant, (7, 11, 14), (0, third, 7))
    root = 130.8128 * 2 ** (tonic / 12)
    bass = root / 2
    sound = np.concatenate(
        [_chord(bar, seconds=1.5, root=root) + _chord((bar[0],), seconds=1.5, root=bass) for bar in bars] * 2
    )
    found = key.key_of(sound, sound[: 3 * RATE])
    assert found is not None
    assert (found.tonic, found.is_minor) == (tonic, is_minor)


def _band(bars: Sequence[tuple[int, tuple[int, ...]]], *, tonic: int) -> Wave:
    """A chord a bar with its root below it: roots above the tonic, and tones above roots."""
    played = []
    for root, tones in bars:
        low = 65.4064 * 2 ** ((tonic + root) % 12 / 12)
        close = tuple(sorted((tonic + root + tone) % 12 for tone in tones))
        played.append(_chord(close, seconds=1.2) + 2 * _chord((0,), seconds=1.2, root=low))
    return np.concatenate(played)


_SEVENTH, _MAJOR_CHORD, _MINOR_CHORD = (0, 4, 7, 10), (0, 4, 7), (0, 3, 7)


@pytest.mark.parametrize("tonic", range(0, 12, 3))
def test_a_blues_is_in_its_own_key_and_not_in_its_fourths(tonic: int) -> None:
    """Every chord has the seventh that leads on to its own fourth; printed profiles fall for that."""
    bars = [(root, _SEVENTH) for root in (0, 5, 0, 0, 5, 5, 0, 0, 7, 5, 0, 7)]
    sound = _band(bars * 2, tonic=tonic)
    found = key.key_of(sound, sound[: 3 * RATE])
    assert found is not None
    assert (found.tonic, found.is_minor) == (tonic, False)


def test_a_loop_that_may_be_major_or_minor_is_in_the_key_that_it_begins_in() -> None:
    """C, G, A minor, F, and A minor, F, C, G are one loop."""
    loop = [(0, _MAJOR_CHORD), (7, _MAJOR_CHORD), (9, _MINOR_CHORD), (5, _MAJOR_CHORD)]
    major, minor = (_band((loop[first:] + loop[:first]) * 4, tonic=0) for first in (0, 2))
    found = [key.key_of(sound, sound[: 3 * RATE]) for sound in (major, minor)]
    assert [(one.tonic, one.is_minor) for one in found if one] == [(0, False), (9, True)]


@pytest.mark.parametrize(
    "sound",
    [
        "sine=f=440:d=12",
        "anoisesrc=d=12:a=0.4:c=pink",
        _WHITE,
        "sine=f=997:d=12,volume=volume='0.1+0.4*lt(mod(t,0.5),0.1)':eval=frame",
        "aevalsrc='0.3*sin(2*PI*220*t)+0.3*sin(2*PI*277*t)+0.3*sin(2*PI*330*t)|0.1*sin(2*PI*90*t)':d=12",
    ],
)
@pytest.mark.parametrize("ending", ["wav", "mp3"])
def test_loudness_is_what_ffmpegs_meter_says(sound: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"sound.{ending}"
    files.by_ffmpeg("-f", "lavfi", "-i", sound, path)
    meter = "ebur128=framelog=verbose:dualmono=true"
    done = subprocess.run(
        ("ffmpeg", "-nostdin", "-i", path, "-af", meter, "-f", "null", "-"), capture_output=True, text=True, check=True
    )
    theirs = float(re.findall(r"I:\s+(-?[\d.]+) LUFS", done.stderr)[-1])
    found = analyse(path).loudness
    assert found is not None
    # White noise has half its power above the rate that we hear at, as no music has.
    assert found.lufs == pytest.approx(theirs, abs=0.5 if sound == _WHITE else 0.25)


def test_loudness_leaves_out_what_is_quiet() -> None:
    """Half loud, half 30 dB below: the quiet half is gated away, as the standard says."""
    loud = np.full(200, 0.01, dtype=np.float32)
    assert loudness.integrated(np.concatenate([loud, loud / 1000])) == pytest.approx(
        loudness.integrated(loud), abs=0.05
    )
    assert loudness.integrated(np.zeros(200, dtype=np.float32)) is None


@pytest.mark.parametrize("bpm", [62.0, 84.5, 106.9, 120.0, 143.2, 176.4])
def test_the_tempo_is_right_to_a_twentieth_of_a_percent(bpm: float, tmp_path: Path) -> None:
    found = analyse(files.float_wav(tmp_path / "clicks.wav", files.music(40, bpm=bpm)))
    assert found.tempo is not None
    right = min((bpm * times for times in (0.5, 1, 2)), key=lambda one: abs(one - found.tempo.bpm))  # type: ignore[union-attr]
    assert found.tempo.bpm == pytest.approx(right, rel=5e-4)
    assert found.tempo.steadiness > 0.95


def test_the_first_beat_is_where_sound_begins(tmp_path: Path) -> None:
    silence = np.zeros(round(2.35 * files.RATE), dtype=np.float32)
    found = analyse(files.float_wav(tmp_path / "late.wav", np.concatenate([silence, files.music(30), silence])))
    assert found.tempo is not None
    beats = (found.tempo.first_beat_ms - 2350) / 500
    assert abs(beats - round(beats)) * 500 < 15
    assert 2300 <= found.tempo.first_beat_ms < 2900
    assert found.sound_from_ms == pytest.approx(2300, abs=60)
    assert found.sounding_ms == pytest.approx(30_000, abs=300)
    assert found.duration_ms == pytest.approx(34_700, abs=50)


def test_a_tempo_that_drifts_is_less_steady_than_a_click(tmp_path: Path) -> None:
    steady, beats = files.music(40), np.array([0.0])
    while beats[-1] < 38:
        beats = np.append(beats, beats[-1] + 0.5 * (1 + 0.12 * np.sin(beats[-1] / 3)))
    drifting = np.zeros_like(steady)
    for beat in beats:
        start = round(beat * files.RATE)
        stroke = steady[: min(8000, len(drifting) - start)]
        drifting[start : start + len(stroke)] += stroke
    paths = [files.float_wav(tmp_path / name, sound) for name, sound in (("a.wav", steady), ("b.wav", drifting))]
    click, band = (analyse(path).tempo for path in paths)
    assert click is not None
    assert band is None or band.steadiness < click.steadiness - 0.1


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_swing_is_the_ratio_of_two_eighths(ratio: float) -> None:
    beat, source = 0.48, np.random.default_rng(2)
    sound = np.zeros(RATE * 40, dtype=np.float32)
    stroke = (source.normal(0, 0.2, 1500) * np.exp(-np.arange(1500) / 250)).astype(np.float32)
    for number in range(80):
        for at, weight in ((number * beat, 1.0), (number * beat + beat * ratio / (1 + ratio), 0.6)):
            start = round(at * RATE)
            sound[start : start + 1500] += stroke[: len(sound) - start] * weight
    strokes = onsets(sound)
    pulse = tempo.pulse_of(strokes, periods.recurrences(strokes))
    assert pulse is not None
    if pulse.bpm == pytest.approx(125, rel=0.01):
        from appliance.analysis.character import swing_of

        assert swing_of(pulse) == pytest.approx(ratio, abs=0.1)


def test_the_fingerprint_is_fpcalcs_own(good: Path, tmp_path: Path) -> None:
    """Not bit for bit, because each resamples in its own way, but far beyond what tells two recordings apart (.85)."""
    plain = tmp_path / "plain.wav"
    files.by_ffmpeg("-i", good, "-c:a", "pcm_s16le", plain)
    # It complains of the end of a file, and has done by then.
    done = subprocess.run(("fpcalc", "-raw", "-plain", plain), capture_output=True, text=True, check=False)
    theirs = np.array([int(word) for word in done.stdout.split(",")], dtype=np.uint32)
    decoded = Decoded()
    gathered(samples(good, decoded))
    assert decoded.fingerprint is not None
    ours = np.frombuffer(decoded.fingerprint, dtype="<u4")
    both = min(len(ours), len(theirs))
    assert abs(len(ours) - len(theirs)) <= 2
    assert 1 - np.unpackbits((ours[:both] ^ theirs[:both]).view(np.uint8)).mean() > 0.97


def test_the_same_recording_in_another_format_keeps_its_fingerprint_and_not_its_hash(
    good: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.mp3"
    files.by_ffmpeg("-i", good, "-b:a", "96k", other)
    first, second = analyse(good), analyse(other)
    assert first.file_hash != second.file_hash
    assert first.fingerprint is not None
    assert second.fingerprint is not None
    bits = [np.unpackbits(np.frombuffer(one.fingerprint or b"", dtype=np.uint8)) for one in (first, second)]
    both = min(map(len, bits))
    assert (bits[0][:both] == bits[1][:both]).mean() > 0.9
    assert Gap.NO_FINGERPRINTER not in first.gaps


def test_the_same_file_gives_the_same_analysis(good: Path) -> None:
    assert analyse(good) == analyse(good)
