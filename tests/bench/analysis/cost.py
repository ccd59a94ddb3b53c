"""What one four-minute track costs: processor time against ffmpeg's own decoding of it, time from cold, and memory."""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psutil

from appliance.analysis.protocol import Job, line, read_answer
from appliance.analysis.worker import PROMPT
from tests.bench.analysis.clips import CACHE, SOUNDFONTS, render
from tests.bench.analysis.midi import Song
from tests.bench.analysis.playing import Plan, played
from tests.bench.analysis.styles import STYLES

_SECONDS = 240.0
_LOOK_S = 0.004
_ROUNDS = 4
_TRACKS: dict[str, tuple[str, ...]] = {
    "mp3": ("-c:a", "libmp3lame", "-b:a", "128k"),
    "m4a": ("-c:a", "aac", "-b:a", "128k"),
    "flac": ("-c:a", "flac"),
    "opus": ("-c:a", "libopus", "-b:a", "96k"),
    "wav": ("-c:a", "pcm_s16le"),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """One format's figures."""

    ending: str
    #: processor seconds: ffmpeg's decoding alone; all of the analysis, worker running already
    decode_s: float
    warm_s: float
    #: the same for a worker just started, and by the clock
    cold_s: float
    cold_wall_s: float
    #: most memory the worker and its decoder held, bytes
    worker_bytes: int
    decoder_bytes: int


def tracks() -> dict[str, Path]:
    """One four-minute piece in each format."""
    found = {}
    for ending, encoding in _TRACKS.items():
        path = CACHE / "long" / f"wcs-240.{ending}"
        if not path.exists():
            render(_long_song(), path, font=SOUNDFONTS["timgm6mb-soundfont"], encoding=encoding, seconds=_SECONDS)
        found[ending] = path
    return found


def _long_song() -> Song:
    style = next(style for style in STYLES if style.name == "wcs swung")
    bpm = 104.0
    plan = Plan(style, bpm, 7, False, style.major[0], 1.8, 6.0, round(_SECONDS * bpm / 240) + 1, 4)
    return Song(bpm, played(plan, Random(1)), {0: 33, 1: 4, 2: 65, 9: 0})


def measured(ending: str, path: Path) -> Cost:
    """The cost of one track."""
    cold = [_from_cold(path) for _ in range(2)]
    with _worker() as worker:
        peaks = _Peaks(worker.pid)
        warm = [_asked(worker, path, peaks.look) for _ in range(_ROUNDS)][1:]
    return Cost(
        ending=ending,
        decode_s=min(_decoding_s(path) for _ in range(_ROUNDS)),
        warm_s=min(warm),
        cold_s=min(cpu for cpu, _ in cold),
        cold_wall_s=min(wall for _, wall in cold),
        worker_bytes=peaks.worker,
        decoder_bytes=peaks.decoder,
    )


def _decoding_s(path: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = (
        "ffmpeg",
        "-nostdin",
        "-v",
        "error",
        "-threads",
        "1",
        "-i",
        f"file:{path}",
        "-map",
        "0:a:0",
        "-f",
        "null",
        "-",
    )
    subprocess.run(command, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _worker() -> subprocess.Popen[bytes]:
    command = (sys.executable, "-m", "appliance.analysis", PROMPT)
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _used_s(pid: int) -> float:
    used = psutil.Process(pid).cpu_times()
    return used.user + used.system + used.children_user + used.children_system


def _from_cold(path: Path) -> tuple[float, float]:
    began = time.monotonic()
    with _worker() as worker:
        _asked(worker, path, lambda: None)
        used, took = _used_s(worker.pid), time.monotonic() - began
        assert worker.stdin is not None
        worker.stdin.close()
    return used, took


def _asked(worker: subprocess.Popen[bytes], path: Path, look: Callable[[], None]) -> float:
    """Processor seconds that the worker and its decoder take for a file."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    before = _used_s(worker.pid)
    worker.stdin.write(line(Job(id=1, path=str(path).encode())))
    worker.stdin.flush()
    look()
    answer = read_answer(worker.stdout.readline())
    assert answer.analysis is not None
    return _used_s(worker.pid) - before


class _Peaks:
    """The most memory that the worker and its decoders held."""

    def __init__(self, pid: int) -> None:
        self.worker = self.decoder = 0
        self._pid = pid

    def look(self) -> None:
        """Watches until the decoder has come and gone."""
        worker = psutil.Process(self._pid)
        has_begun, deadline = False, time.monotonic() + 30
        while time.monotonic() < deadline:
            decoders = [child for child in worker.children() if child.is_running()]
            has_begun = has_begun or bool(decoders)
            self.worker = max(self.worker, worker.memory_info().rss)
            for decoder in decoders:
                try:
                    self.decoder = max(self.decoder, decoder.memory_info().rss)
                except psutil.NoSuchProcess:
                    continue
            if has_begun and not decoders:
                return
            time.sleep(_LOOK_S)
