"""What a DJ's music is like, from what was really played: tempo, scores, keys. Pure.

Each of them needs enough tracks of which it is known; before that there is nothing honest to say.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance.domain.models import TrackInfo
from appliance.domain.rules import SCORES

#: with fewer tracks it would be about those tracks
LEAST = 10
_KEYS_MOST = 3


@dataclass(frozen=True, slots=True)
class Spread:
    """Between which tempos most of the music is, beats per minute."""

    #: a tenth is slower
    low: int
    #: half is slower
    middle: int
    #: a tenth is faster
    high: int


@dataclass(frozen=True, slots=True)
class Vibe:
    """What is known well enough to be told."""

    #: how many tracks that is from
    tracks: int
    bpm: Spread | None
    #: averages from 0 to 100, by the names of `rules.SCORES`
    scores: Mapping[str, int]
    #: the keys that come most often, the most frequent first
    keys: tuple[str, ...]

    @property
    def is_told(self) -> bool:
        """Whether there is anything to say."""
        return bool(self.bpm or self.scores or self.keys)


def _spread(bpms: Sequence[float]) -> Spread | None:
    if len(bpms) < LEAST:
        return None
    ordered, last = sorted(bpms), len(bpms) - 1
    return Spread(*(round(ordered[round(last * share)]) for share in (0.1, 0.5, 0.9)))


def _averages(tracks: Sequence[TrackInfo]) -> dict[str, int]:
    # Absent is unknown, and zero a value.
    known = {name: [score for one in tracks if (score := getattr(one, name)) is not None] for name in SCORES}
    return {name: round(sum(scores) / len(scores)) for name, scores in known.items() if len(scores) >= LEAST}


def _top_keys(tracks: Sequence[TrackInfo]) -> tuple[str, ...]:
    counted = Counter(one.key for one in tracks if one.key)
    if counted.total() < LEAST:
        return ()
    # Once is no habit.
    often = [key for key, count in sorted(counted.items(), key=lambda one: (-one[1], one[0])) if count > 1]
    return tuple(often[:_KEYS_MOST])


def vibe(tracks: Sequence[TrackInfo]) -> Vibe:
    """What these tracks have in common."""
    bpms = [one.bpm for one in tracks if one.bpm is not None]
    return Vibe(len(tracks), _spread(bpms), _averages(tracks), _top_keys(tracks))
