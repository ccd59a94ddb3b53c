"""The samples as they come from the decoder: what is kept of them, and what is summed up on the way.

Of a long track only the first minutes are kept, so memory is bounded whatever the file is.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from appliance.analysis import loudness
from appliance.analysis.decoding import CHANNELS, RATE, STEP
from appliance.analysis.filters import Array
from appliance.domain.analysis import SHAPE_MOST

#: what tempo and key are read from
WINDOW_S = 120
#: what of a track's beginning is looked at by itself
OPENING_S = 3
_KEPT_S = 240
_FRAME_BYTES = CHANNELS * 4
# Beyond full scale by this much is no sound but a broken file.
_LOUDEST = 8.0
# A tenth of a second is silent at this share of the loudest one's level, and at this level in any case.
_SILENT_SHARE = 0.02
_SILENT_LEVEL = 3e-4
# Below this share of the louder channel the middle says nothing: a channel was inverted.
_HOLLOW = 0.05


@dataclass(frozen=True, slots=True)
class Sound:
    """A track, as far as it was kept."""

    #: the first minutes, both channels
    kept: Array
    #: how many samples a channel the whole file has
    length: int
    #: weighted power of each tenth of a second, for loudness
    power: Array
    #: level (root mean square) of each tenth of a second
    levels: Array

    @property
    def seconds(self) -> float:
        return self.length / RATE

    def bounds(self) -> tuple[int, int] | None:
        """From which and until which step there is sound; None when there is none."""
        if not len(self.levels):
            return None
        loud = np.flatnonzero(self.levels > max(float(self.levels.max()) * _SILENT_SHARE, _SILENT_LEVEL))
        return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else None

    def shape(self) -> bytes | None:
        """How loud each part is, of SHAPE_MOST at most: its loudest tenth of a second; None when there is no sound."""
        loudest = float(self.levels.max()) if len(self.levels) else 0.0
        if loudest < _SILENT_LEVEL:
            return None
        edges = np.linspace(0, len(self.levels), min(SHAPE_MOST, len(self.levels)) + 1).astype(int)[:-1]
        parts = np.maximum.reduceat(self.levels, edges)
        return np.rint(parts * (255 / loudest)).astype(np.uint8).tobytes()

    def window(self, bounds: tuple[int, int]) -> tuple[Array, int]:
        """The middle of what sounds, in one channel without its mean, and at which sample it starts."""
        first, last = bounds[0] * STEP, min(bounds[1] * STEP, len(self.kept))
        wanted = WINDOW_S * RATE
        start = max(first, min(first + (bounds[1] * STEP - first - wanted) // 2, last - wanted))
        return _one_channel(self.kept[start : min(last, start + wanted)]), start

    def opening(self, bounds: tuple[int, int]) -> Array:
        """What it begins with, in one channel without its mean."""
        first = bounds[0] * STEP
        return _one_channel(self.kept[first : first + OPENING_S * RATE])


def _one_channel(both: Array) -> Array:
    left, right = both.T
    middle = (left + right) / 2
    louder = math.sqrt(max(float(left @ left), float(right @ right)))
    if math.sqrt(float(middle @ middle)) < _HOLLOW * louder:
        middle = (left - right) / 2
    return np.asarray(middle - middle.mean(), dtype=np.float32)


def gathered(pieces: Iterable[memoryview]) -> Sound:
    """A decoder's output as a whole; each piece but the last is of whole steps, and is let go before the next."""
    # Memory is used as far as it is filled.
    kept = np.empty((_KEPT_S * RATE, CHANNELS), dtype=np.float32)
    powers: list[Array] = []
    length = 0
    for piece in pieces:
        sound = _sane(piece)
        if length < len(kept):
            part = sound[: len(kept) - length]
            kept[length : length + len(part)] = part
        length += len(sound)
        powers.append(loudness.step_powers(sound[: len(sound) // STEP * STEP], rate=RATE))
    steps = np.concatenate(powers) if powers else np.zeros((0, 2), dtype=np.float32)
    levels = np.sqrt(steps[:, 1] / CHANNELS)
    return Sound(kept=kept[:length], length=length, power=steps[:, 0], levels=levels)


def _sane(piece: memoryview) -> Array:
    """Samples without what is no number."""
    sound = np.frombuffer(piece[: len(piece) // _FRAME_BYTES * _FRAME_BYTES], dtype="<f4").reshape(-1, CHANNELS)
    if len(sound) and not (float(sound.min()) > -_LOUDEST and float(sound.max()) < _LOUDEST):
        sound = np.clip(np.nan_to_num(sound, nan=0.0, posinf=0.0, neginf=0.0), -_LOUDEST, _LOUDEST)
    return sound
