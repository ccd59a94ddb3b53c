"""Other programs on the same clips, in an environment of their own: their licences and sizes are not ours.

`python -m tests.bench.analysis.peers NAME` reads paths from standard input and answers each with one JSON line.
"""

import json
import re
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

_NOTES = {name: number for number, name in enumerate(("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"))}
_FLATS = {"Db": 1, "Eb": 3, "Gb": 6, "Ab": 8, "Bb": 10}
# Krumhansl and Kessler's, which most programs that use librosa take.
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)

Answer = tuple[float | None, tuple[int, bool] | None]


def aubio(path: str) -> Answer:
    """The tempo of `aubiotrack`'s beats; it knows no keys."""
    decoded = subprocess.Popen(
        ("ffmpeg", "-nostdin", "-v", "error", "-i", f"file:{path}", "-ac", "1", "-ar", "44100", "-f", "wav", "pipe:1"),
        stdout=subprocess.PIPE,
    )
    with decoded:
        done = subprocess.run(
            ("aubiotrack", "-i", "/dev/stdin"), stdin=decoded.stdout, capture_output=True, check=False
        )
    beats = [float(word) for word in re.findall(rb"^[0-9.]+", done.stdout, re.M)]
    steps = [after - before for before, after in pairwise(beats) if after > before]
    return (60 / statistics.median(steps) if steps else None), None


def librosa(path: str) -> Answer:
    """Its beat tracker, and its chroma against the customary profiles, over the whole file."""
    import librosa as library
    import numpy as np

    sound = _by_ffmpeg(path, 22050)
    tempo, _ = library.beat.beat_track(y=sound, sr=22050)
    chroma = library.feature.chroma_cqt(y=sound, sr=22050).mean(axis=1)
    fits = [
        (float(np.corrcoef(np.roll(profile, tonic), chroma)[0, 1]), (tonic, is_minor))
        for profile, is_minor in ((_MAJOR, False), (_MINOR, True))
        for tonic in range(12)
    ]
    return float(np.atleast_1d(tempo)[0]) or None, max(fits)[1]


def essentia(path: str) -> Answer:
    """Its best tempo and key for dance music."""
    import essentia as library
    import essentia.standard as algorithms

    library.log.infoActive = False
    library.log.warningActive = False
    sound = _by_ffmpeg(path, 44100)
    tempo = algorithms.RhythmExtractor2013(method="multifeature")(sound)[0]
    name, scale, _ = algorithms.KeyExtractor(profileType="edma")(sound)
    return float(tempo), ({**_NOTES, **_FLATS}[name], scale == "minor")


def _by_ffmpeg(path: str, rate: int) -> Any:
    import numpy as np

    command = (
        "ffmpeg",
        "-nostdin",
        "-v",
        "error",
        "-i",
        f"file:{path}",
        "-ac",
        "1",
        "-ar",
        str(rate),
        "-f",
        "f32le",
        "pipe:1",
    )
    return np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, dtype="<f4")


PEERS: dict[str, Callable[[str], Answer]] = {"aubio": aubio, "essentia": essentia, "librosa": librosa}


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> None:
    """Answers for one program."""
    hear = PEERS[sys.argv[1]]
    for line in sys.stdin:
        before = _cpu_s()
        bpm, key = hear(line.rstrip("\n"))
        print(json.dumps({"bpm": bpm, "key": key, "cpu_s": _cpu_s() - before}), flush=True)


if __name__ == "__main__":
    main()
