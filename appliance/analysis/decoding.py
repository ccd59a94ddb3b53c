"""A file as sound, by the ffmpeg program: the one decoder that reads everything DJs bring.

Its own decoders are used, in floating point: on 64-bit ARM boards they have NEON code, which the fixed-point mp3
decoder has not, and mpg123, which is as fast, reads mp3 only. It runs as a process of its own, because files are
hostile and a decoder that dies must not take anything with it. One run gives samples and fingerprint.
"""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import psutil

from appliance.analysis.trouble import Unheard
from appliance.domain.analysis import FaultCode

RATE = 22050
CHANNELS = 2
LONGEST_S = 1200
_BYTES_PER_SECOND = RATE * CHANNELS * 4
#: samples in a tenth of a second; pieces are of whole ones
STEP = RATE // 10
# Dearer than decoding itself when read in small pieces.
_PIECE = 60 * STEP * CHANNELS * 4
# Ten times as fast as it plays is slow for any decoder on any board; what it takes beyond that, it is given once. This
# counts the processor's time, because a busy hall leaves the worker little and that is no fault of the file.
_GRACE_S = 3.0
_SLOWEST_PACE = 10
# By the wall clock, a disk that gives nothing for so long is gone.
_STUCK_S = 30.0
_LOOK_S = 0.2
_FINGERPRINT_S = 120
_TOLD = 1 << 16
# One graph for all three, so that each step is done once: the fingerprint is made from what is resampled already. The
# filters are shorter than the default's, at no loss that any figure shows.
_EXCERPTS = f"aselect='lt(mod(t,5),0.25)*lt(t,{LONGEST_S})',aformat=sample_fmts=s16:channel_layouts=stereo"
_RESAMPLED = f"aresample={RATE}:filter_size=16,aformat=sample_fmts=flt:channel_layouts=stereo"
_FOR_WORDS = f"atrim=end={_FINGERPRINT_S},aresample=11025:filter_size=16,aformat=sample_fmts=s16:channel_layouts=mono"
_IN_BULK = ("-flush_packets", "0", "-blocksize", "262144")
_WIDE_PIPE = 1 << 20
_STREAM = re.compile(r"Stream #0:.*Audio: .*?(\d+) Hz, (\w+)")
# Nothing that fetches, lists other files or draws: a playlist named .mp3 must lead nowhere.
_CONTAINERS = (
    "aac,ac3,aiff,amr,ape,asf,au,caf,dsf,flac,matroska,webm,mov,mp4,m4a,mp3,mpc,mpc8,mpeg,ogg,oma,tak,tta,w64,wav,wv"
)


@dataclass(slots=True)
class Decoded:
    """What decoding said, beside the samples. Filled while it runs."""

    #: Chromaprint's words; None when this ffmpeg can't
    fingerprint: bytes | None = None
    #: a quarter of a second in five as the file has it, with what is above our own rate: 16-bit, both channels in turn
    excerpts: bytes = b""
    #: samples a second of the file and the excerpts; 0 when unknown
    rate: int = 0
    #: whether the file has one channel
    is_mono: bool = False
    #: whether the decoder complained
    is_damaged: bool = False
    #: everything it said, its end cut off
    told: str = field(default="", repr=False)


def ffmpeg_path() -> str:
    """Where ffmpeg is.

    Raises: Unheard with NO_DECODER.
    """
    found = shutil.which("ffmpeg")
    if found is None:
        raise Unheard(FaultCode.NO_DECODER)
    return found


def samples(path: Path, decoded: Decoded) -> Iterator[memoryview]:
    """The file's sound in pieces: both channels in turn, 32-bit floats, RATE a second; whole STEPs but for the last.

    A piece holds until the next is asked for: all are read into one place, because fresh memory costs as much again.

    Raises: Unheard when it takes too long, is too long, or nothing comes.
    """
    with tempfile.TemporaryDirectory(prefix="pika-box-") as folder:
        words, excerpts = Path(folder) / "words", Path(folder) / "excerpts"
        process = subprocess.Popen(
            _command(path, words, excerpts), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        _widened(process)
        with process:
            yield from _watched(process, decoded)
        decoded.is_damaged = "[error]" in decoded.told or process.returncode != 0
        decoded.fingerprint = words.read_bytes() or None if words.exists() else None
        decoded.excerpts = excerpts.read_bytes() if excerpts.exists() else b""
        if found := _STREAM.search(decoded.told):
            decoded.rate, decoded.is_mono = int(found[1]), found[2] == "mono"


def _command(path: Path, words: Path, excerpts: Path) -> list[str]:
    source = ("-protocol_whitelist", "file", "-format_whitelist", _CONTAINERS, "-i", f"file:{path}")
    graph = f"[0:a:0]asplit[a][b];[a]{_RESAMPLED}[sound];[b]{_EXCERPTS}[excerpts]"
    fingerprint: tuple[str, ...] = ()
    if can_fingerprint():
        graph = graph.replace("[sound]", f",asplit[sound][c];[c]{_FOR_WORDS}[words]")
        fingerprint = ("-map", "[words]", "-f", "chromaprint", "-fp_format", "raw", f"file:{words}")
    return [
        *(ffmpeg_path(), "-nostdin", "-hide_banner", "-nostats", "-v", "level+info", "-threads", "1"),
        *source,
        *("-filter_complex_threads", "1", "-filter_complex", graph),
        *("-map", "[sound]", "-t", str(LONGEST_S + 1), *_IN_BULK, "-f", "f32le", "pipe:1"),
        *("-map", "[excerpts]", "-f", "s16le", f"file:{excerpts}"),
        *fingerprint,
    ]


def _widened(process: subprocess.Popen[bytes]) -> None:
    """Lets the decoder run ahead: each change from one process to the other costs."""
    if sys.platform == "linux" and process.stdout is not None:
        import fcntl  # noqa: PLC0415 - not on every system

        # What an unprivileged user may have in pipes is limited; a narrow one does as well.
        with contextlib.suppress(OSError):
            fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, _WIDE_PIPE)


def _watched(process: subprocess.Popen[bytes], decoded: Decoded) -> Iterator[memoryview]:
    """Passes on what the decoder gives; kills it when it stops giving, or never ends."""
    assert isinstance(process.stdout, io.BufferedReader)
    assert process.stderr is not None
    listener = threading.Thread(target=_listen, args=(process.stderr.fileno(), decoded), daemon=True)
    listener.start()
    guard = _Guard(process)
    total, place = 0, memoryview(bytearray(_PIECE))
    try:
        while count := process.stdout.readinto(place):
            total += count
            guard.heard(total / _BYTES_PER_SECOND)
            if total > LONGEST_S * _BYTES_PER_SECOND:
                raise Unheard(FaultCode.TOO_LONG)
            if _PROTECTED.search(decoded.told):
                raise Unheard(FaultCode.PROTECTED)
            yield place[:count]
    finally:
        guard.end()
        process.kill()
        process.wait()
        listener.join()
    if guard.has_killed:
        raise Unheard(FaultCode.TOO_SLOW)
    if total == 0:
        raise Unheard(_why_nothing(decoded.told))


class _Guard:
    """Kills a decoder that works without giving sound, from a thread, because reading from it may wait for ever."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.has_killed = False
        self._process = process
        self._heard_s = 0.0
        self._heard_at = time.monotonic()
        self._has_ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def heard(self, seconds: float) -> None:
        """So much sound came in all."""
        self._heard_s = seconds
        self._heard_at = time.monotonic()

    def end(self) -> None:
        self._has_ended.set()
        self._thread.join()

    def _watch(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            decoder = psutil.Process(self._process.pid)
            while not self._has_ended.wait(_LOOK_S):
                used = decoder.cpu_times()
                is_slow = used.user + used.system > _GRACE_S + self._heard_s / _SLOWEST_PACE
                if is_slow or time.monotonic() - self._heard_at > _STUCK_S:
                    self.has_killed = True
                    self._process.kill()
                    return


def _listen(stream: int, decoded: Decoded) -> None:
    """Keeps the first of what the decoder complains about; a hostile file can make it complain for ever."""
    with contextlib.suppress(OSError):
        while said := os.read(stream, _TOLD):
            if len(decoded.told) < _TOLD:
                decoded.told += said.decode(errors="replace")


#: what the decoder says of a file, and why it then gives no sound; the first that fits
_REASONS: tuple[tuple[str, FaultCode], ...] = (
    ("No such file", FaultCode.MISSING),
    ("Permission denied", FaultCode.FORBIDDEN),
    ("Input/output error", FaultCode.UNREADABLE),
    ("matches no streams", FaultCode.NOT_AUDIO),
    ("misdetection possible", FaultCode.NOT_AUDIO),
    ("moov atom not found", FaultCode.BROKEN),
    ("Stream #0:", FaultCode.BROKEN),
    ("Invalid", FaultCode.NOT_AUDIO),
)
# Apple's and Audible's boxes around encrypted sound, and Microsoft's. Without the shop's key it decodes to noise.
_PROTECTED = re.compile(r"Audio: [^\n]*\((drms|enca|aavd|aaxc) /|DRM protected")


def _why_nothing(told: str) -> FaultCode:
    """Why a file gave no sound at all, from what the decoder said."""
    if _PROTECTED.search(told):
        return FaultCode.PROTECTED
    return next((code for sign, code in _REASONS if sign in told), FaultCode.BROKEN)


@cache
def can_fingerprint() -> bool:
    """Whether this ffmpeg has Chromaprint built in, as Debian's has."""
    asked = (ffmpeg_path(), "-hide_banner", "-h", "muxer=chromaprint")
    done = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return "fp_format" in done.stdout
