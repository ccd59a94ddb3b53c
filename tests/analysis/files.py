"""Files that a folder of music may hold, bad ones above all. Made on the spot; nothing is downloaded."""

import random
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 22050
Samples = NDArray[np.float32]


def by_ffmpeg(*arguments: str | Path) -> None:
    """One run of ffmpeg that must do."""
    subprocess.run(("ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)), check=True, capture_output=True)


def float_wav(path: Path, samples: Samples, *, claims: int | None = None) -> Path:
    """A mono WAV of 32-bit floats; its header says what it is told to say."""
    data = samples.tobytes()
    sound = struct.pack("<IHHIIHH", 16, 3, 1, RATE, RATE * 4, 4, 32)
    size = len(data) if claims is None else claims
    head = b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt " + sound + b"data" + struct.pack("<I", size)
    path.write_bytes(head + data)
    return path


def music(seconds: float, *, bpm: float = 120.0) -> Samples:
    """A band of two: a click on every beat, and a chord of C below it, from whose octaves no other key follows."""
    beat = 60 / bpm
    at = np.arange(round(seconds * RATE)) / RATE
    within = at % beat
    click = np.exp(-within * 90) * np.sin(2 * np.pi * 1900 * within) * np.where(at % (4 * beat) < beat, 1.0, 0.7)
    bass = np.exp(-within * 9) * np.sin(2 * np.pi * 65.41 * at)
    chord = sum(np.sin(2 * np.pi * hertz * at) for hertz in (261.63, 329.63, 392.0, 493.88, 349.23)) / 5
    breathing = 0.6 + 0.4 * np.exp(-within * 4)
    return np.asarray(0.35 * click + 0.3 * bass + 0.15 * chord * breathing, dtype=np.float32)


def _encoded(good: Path, path: Path, *how: str) -> Path:
    by_ffmpeg("-i", good, *how, path)
    return path


def truncated_mp3(good: Path, folder: Path) -> Path:
    whole = _encoded(good, folder / "whole.mp3").read_bytes()
    path = folder / "truncated.mp3"
    path.write_bytes(whole[: len(whole) * 2 // 3 + 77])
    return path


def mp3_with_holes(good: Path, folder: Path) -> Path:
    """A stick that lost blocks."""
    whole = bytearray(_encoded(good, folder / "sound.mp3").read_bytes())
    source = random.Random(5)
    for start in range(9000, len(whole) - 100, 24_000):
        whole[start : start + 60] = source.randbytes(60)
    path = folder / "holes.mp3"
    path.write_bytes(whole)
    return path


def no_index(good: Path, folder: Path) -> Path:
    """An m4a whose copying was broken off: its index, at the end, is missing."""
    whole = _encoded(good, folder / "whole.m4a").read_bytes()
    path = folder / "no-index.m4a"
    path.write_bytes(whole[: whole.index(b"moov") - 4])
    return path


def protected(good: Path, folder: Path) -> Path:
    """What a shop sold in its own wrapping: the sound is declared encrypted."""
    whole = _encoded(good, folder / "plain.m4a").read_bytes()
    path = folder / "bought.m4p"
    index = whole.index(b"moov")
    path.write_bytes(whole[:index] + whole[index:].replace(b"mp4a", b"drms", 1))
    return path


#: what Microsoft's format calls the part that says how its sound was encrypted
_ENCRYPTED = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e")


def protected_wma(good: Path, folder: Path) -> Path:
    """The other shops' wrapping: a header that says that a licence is needed."""
    whole = _encoded(good, folder / "plain.wma", "-c:a", "wmav2").read_bytes()
    licence = b"".join(struct.pack("<I", len(part)) + part for part in (b"secret", b"DRM\0", b"key\0", b"place\0"))
    part = _ENCRYPTED + struct.pack("<Q", 24 + len(licence)) + licence
    size, count = struct.unpack("<QI", whole[16:28])
    path = folder / "bought.wma"
    path.write_bytes(whole[:16] + struct.pack("<QI", size + len(part), count + 1) + whole[28:30] + part + whole[30:])
    return path


def with_cover(good: Path, folder: Path) -> Path:
    """A cover is a film of one picture to a decoder."""
    picture = generated("cover.png", "color=red:s=300x300", "-frames:v", "1")(good, folder)
    how = ("-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v:0", "attached_pic")
    path = folder / "cover.mp3"
    by_ffmpeg("-i", good, "-i", picture, *how, path)
    return path


def as_(name: str, *how: str) -> Callable[[Path, Path], Path]:
    """A maker of the good file in some other form."""
    return lambda good, folder: _encoded(good, folder / name, *how)


def wrong_name(good: Path, folder: Path) -> Path:
    flac = _encoded(good, folder / "really.flac")
    return flac.rename(folder / "really-flac.mp3")


def written(name: str, content: bytes) -> Callable[[Path, Path], Path]:
    """A maker of a file with this content."""

    def make(_good: Path, folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return make


def generated(name: str, source: str, *how: str) -> Callable[[Path, Path], Path]:
    """A maker of a file from one of ffmpeg's own sources of sound."""

    def make(_good: Path, folder: Path) -> Path:
        path = folder / name
        by_ffmpeg("-f", "lavfi", "-i", source, *how, path)
        return path

    return make
