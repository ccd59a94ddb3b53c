"""One file from its bytes to its analysis, in this process. Callers that serve people use `Analyst` instead."""

import errno
import hashlib
import shutil
import stat
import struct
import subprocess
from pathlib import Path

from appliance.analysis import loudness
from appliance.analysis.character import Portrait, portrait
from appliance.analysis.decoding import RATE, STEP, Decoded, samples
from appliance.analysis.key import key_of
from appliance.analysis.onsets import onsets
from appliance.analysis.periods import recurrences
from appliance.analysis.sound import Sound, gathered
from appliance.analysis.tempo import Pulse, pulse_of
from appliance.analysis.trouble import Unheard
from appliance.domain.analysis import ANALYSIS_VERSION, Analysis, FaultCode, Gap, Key, Loudness, Tempo, TempoAt

_BIGGEST_BYTES = 1 << 30
_LEAST_S = 5.0
_STEP_MS = round(loudness.STEP_S * 1000)
_FPCALC_S = 20.0


def analyse(path: Path) -> Analysis:
    """Everything about one file.

    Raises: Unheard.
    """
    _look_at(path)
    decoded = Decoded()
    sound = gathered(samples(path, decoded))
    heard = _Heard(sound)
    gaps = list(heard.gaps)
    fingerprint = decoded.fingerprint or _by_fpcalc(path)
    if decoded.is_damaged:
        gaps.append(Gap.DAMAGED)
    if fingerprint is None and sound.seconds > _LEAST_S:
        gaps.append(Gap.NO_FINGERPRINTER)
    bounds = heard.bounds
    duration_ms = round(sound.seconds * 1000)
    figures = heard.portrait
    return Analysis(
        version=ANALYSIS_VERSION,
        file_hash=_hash(path),
        duration_ms=duration_ms,
        sound_from_ms=bounds[0] * _STEP_MS if bounds else None,
        sound_until_ms=min(bounds[1] * _STEP_MS, duration_ms) if bounds else None,
        tempo=heard.tempo(),
        key=heard.key,
        loudness=_loudness(sound, decoded),
        character=figures.character if figures else None,
        swing=figures.swing if figures else None,
        fingerprint=fingerprint,
        embedding=figures.embedding if figures else None,
        gaps=tuple(gaps),
        shape=sound.shape(),
        course=heard.course(),
    )


class _Heard:
    """What tempo, key and character are read from, and what could be read."""

    def __init__(self, sound: Sound) -> None:
        self.bounds = sound.bounds()
        self.gaps: list[Gap] = []
        self.pulse: Pulse | None = None
        self.key: Key | None = None
        self.portrait: Portrait | None = None
        self._start_s = 0.0
        if self.bounds is None:
            self.gaps.append(Gap.SILENT)
        elif (self.bounds[1] - self.bounds[0]) * loudness.STEP_S < _LEAST_S:
            self.gaps.append(Gap.TOO_SHORT)
        else:
            self._hear(sound, self.bounds)

    def _hear(self, sound: Sound, bounds: tuple[int, int]) -> None:
        window, start = sound.window(bounds)
        self._start_s = start / RATE
        strokes = onsets(window)
        rows = recurrences(strokes)
        self.pulse = pulse_of(strokes, rows)
        self.key = key_of(window, sound.opening(bounds))
        steps = slice(start // STEP, (start + len(window)) // STEP)
        self.portrait = portrait(strokes, rows, self.pulse, sound.levels[steps])
        if self.pulse is None:
            self.gaps.append(Gap.NO_BEAT)
        if self.key is None:
            self.gaps.append(Gap.NO_KEY)

    def tempo(self) -> Tempo | None:
        if self.pulse is None or self.bounds is None:
            return None
        sound_from = self.bounds[0] * loudness.STEP_S
        first = sound_from + (self._start_s + self.pulse.beat_s - sound_from) % self.pulse.period_s
        return Tempo(
            bpm=round(self.pulse.bpm, 2),
            confidence=round(self.pulse.likelihood * min(1.0, self.pulse.clarity * 2), 3),
            steadiness=round(self.pulse.steadiness, 3),
            first_beat_ms=round(first * 1000),
            others=self.pulse.others,
        )

    def course(self) -> tuple[TempoAt, ...]:
        """The tempo along the window, by the file's own time."""
        if self.pulse is None:
            return ()
        return tuple(TempoAt(round((self._start_s + at_s) * 1000), round(bpm, 2)) for at_s, bpm in self.pulse.course)


def _look_at(path: Path) -> None:
    """Refuses what is no file to hear, before a decoder is started on it."""
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise Unheard(FaultCode.NOT_A_FILE)
        path.open("rb").close()
    except OSError as error:
        raise Unheard(_code_of(error)) from error
    if facts.st_size == 0:
        raise Unheard(FaultCode.EMPTY)
    if facts.st_size > _BIGGEST_BYTES:
        raise Unheard(FaultCode.TOO_BIG)


def _code_of(error: OSError) -> FaultCode:
    if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}:
        return FaultCode.MISSING
    if error.errno in {errno.EACCES, errno.EPERM}:
        return FaultCode.FORBIDDEN
    return FaultCode.UNREADABLE


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Unheard(_code_of(error)) from error


def _loudness(sound: Sound, decoded: Decoded) -> Loudness | None:
    lufs = loudness.integrated(sound.power)
    if lufs is None:
        return None
    lufs += loudness.above_ours(decoded.excerpts, rate=decoded.rate, ours=RATE)
    return Loudness(lufs=round(loudness.of_both_speakers(lufs, is_mono=decoded.is_mono), 2))


def _by_fpcalc(path: Path) -> bytes | None:
    """The fingerprint where ffmpeg was built without Chromaprint, as on some laptops."""
    program = shutil.which("fpcalc")
    if program is None:
        return None
    try:
        done = subprocess.run(
            (program, "-raw", "-plain", "-length", "120", str(path.absolute())),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_FPCALC_S,
            check=True,
        )
    except (subprocess.SubprocessError, OSError):
        return None
    words = [int(word) for word in done.stdout.split(b",")]
    return struct.pack(f"<{len(words)}I", *words) or None
