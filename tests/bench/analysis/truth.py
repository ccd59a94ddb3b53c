"""How right answers are: tempo by octaves, keys by how far off. The usual measures, so that figures compare."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Protocol

from tests.bench.analysis.clips import Clip

_TOLERANCE = 0.04
_MULTIPLES = (1, 2, 3, 1 / 2, 1 / 3)
#: styles danced as swing or west coast swing, swung and straight
GROOVES = ("lindy", "blues", "shuffle blues", "wcs swung", "wcs straight", "swing rnb", "rock and roll")
BLUES_AND_SWING = ("blues", "shuffle blues", "lindy", "balboa", "charleston", "wcs swung")


@dataclass(frozen=True, slots=True)
class Guess:
    """What a program said of one clip."""

    bpm: float | None
    #: 0 for C, and whether minor
    key: tuple[int, bool] | None
    #: processor seconds, decoding included
    cpu_s: float = 0.0


def is_right(clip: Clip, bpm: float | None) -> bool:
    """Acc1: the tempo within 4 %."""
    return bpm is not None and abs(bpm / clip.bpm - 1) < _TOLERANCE


def is_octave(clip: Clip, bpm: float | None) -> bool:
    """Acc2: the tempo, or twice, three times, half or a third of it."""
    return bpm is not None and any(abs(bpm / clip.bpm / times - 1) < _TOLERANCE for times in _MULTIPLES)


class Keyed(Protocol):
    """Something whose key is known."""

    @property
    def tonic(self) -> int: ...

    @property
    def is_minor(self) -> bool: ...


def mirex(clip: Keyed, key: tuple[int, bool] | None) -> float:
    """The customary weight of a key: a fifth above is half right, the relative a third, the parallel a fifth."""
    if key is None:
        return 0.0
    tonic, is_minor = key
    above = (tonic - clip.tonic) % 12
    if is_minor == clip.is_minor:
        return {0: 1.0, 7: 0.5}.get(above, 0.0)
    relative = 3 if clip.is_minor else 9
    return {relative: 0.3, 0: 0.2}.get(above, 0.0)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, and what it should be."""

    name: str
    value: float
    #: of how many clips
    count: int
    goal: float | None = None
    at_most: bool = False

    @property
    def is_met(self) -> bool:
        if self.goal is None:
            return True
        return self.value <= self.goal if self.at_most else self.value >= self.goal


def tempo_figures(clips: Sequence[Clip], guesses: Sequence[Guess]) -> list[Figure]:
    """Every figure about tempo."""
    pairs = list(zip(clips, guesses, strict=True))

    def share(name: str, goal: float | None, keep: Callable[[Clip], bool]) -> Figure:
        kept = [is_right(clip, guess.bpm) for clip, guess in pairs if keep(clip)]
        return Figure(name, sum(kept) / max(1, len(kept)), len(kept), goal)

    exact = [guess.bpm / clip.bpm - 1 for clip, guess in pairs if guess.bpm is not None and is_right(clip, guess.bpm)]
    octaves = [is_octave(clip, guess.bpm) for clip, guess in pairs]
    return [
        share("tempo Acc1", 0.90, lambda _: True),
        Figure("tempo Acc2", sum(octaves) / max(1, len(octaves)), len(octaves), 0.97),
        share("  swing grooves 76-130", 0.99, lambda clip: clip.style in GROOVES and 76 <= clip.bpm <= 130),
        share("  slow 58-82", 0.75, lambda clip: 58 <= clip.bpm <= 82),
        share("  fast 124-190", 0.75, lambda clip: 124 <= clip.bpm <= 190),
        Figure(
            "  median error %", median(abs(error) * 100 for error in exact) if exact else 100.0, len(exact), 0.1, True
        ),
    ]


def key_figures(clips: Sequence[Clip], guesses: Sequence[Guess]) -> list[Figure]:
    """Every figure about keys."""
    pairs = list(zip(clips, guesses, strict=True))
    exact = [guess.key == (clip.tonic, clip.is_minor) for clip, guess in pairs]
    blues = [one for one, clip in zip(exact, clips, strict=True) if clip.style in BLUES_AND_SWING]
    weighted = [mirex(clip, guess.key) for clip, guess in pairs]
    return [
        Figure("key exact", sum(exact) / max(1, len(exact)), len(exact), 0.85),
        Figure("key MIREX", sum(weighted) / max(1, len(weighted)), len(weighted), 0.88),
        Figure("  blues and swing", sum(blues) / max(1, len(blues)), len(blues), 0.93),
    ]
