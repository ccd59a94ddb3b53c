"""Tunes as the other band plays them, rendered: what the key finder says of harmony and of players it never heard."""

import hashlib
from random import Random

from tests.bench.analysis.clips import CACHE, SOUNDFONTS, render
from tests.bench.analysis.second_band import tune
from tests.bench.analysis.teaching import window_of
from tests.bench.analysis.teaching_keys import KeyLesson, heard, tune_name
from tests.bench.analysis.tunes import TUNES

#: raised when they would sound different
_RENDERING = 1
#: every second tune is asked for, in two keys and arrangements; the others may be learned from
_EVERY, _EACH = 2, 2


def tune_clips(*, seed: int) -> list[KeyLesson]:
    """Every second tune, rendered where it is not yet, as its key is told."""
    return [_heard(number, take, seed) for number in range(1, len(TUNES), _EVERY) for take in range(_EACH)]


def _heard(number: int, take: int, seed: int) -> KeyLesson:
    random = Random(f"tune {seed}/{number}/{take}")
    played = tune(TUNES[number], random)
    font = random.choice(sorted(SOUNDFONTS))
    name = hashlib.sha256(f"{_RENDERING}/{TUNES[number]}/{take}/{font}".encode()).hexdigest()[:10]
    path = CACHE / f"tunes-{seed}" / f"{TUNES[number].kind}-{number}-{take}-{name}.mp3"
    if not path.exists():
        render(played.song, path, font=SOUNDFONTS[font], encoding=("-b:a", "128k"), seconds=played.seconds)
    return heard(window_of(path), played, source=tune_name(number), kind=played.kind)
