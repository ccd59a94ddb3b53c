"""The library as arrays, built once for each state of it and asked for each song."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.domain.analysis import EMBEDDING_AXES, EMBEDDING_REACH
from appliance.domain.house import HouseRules, HouseTrack

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
#: squares of distance that count as one
ODD = 4.0
#: what is known of a track; how far from the ordinary it is, because many like what lies near some place, and a line
#: alone has no places; and a constant one for how much a dancer likes anything at all
FEATURES = len(EMBEDDING_AXES) + 2


@dataclass(frozen=True, slots=True)
class Shelf:
    """`n` tracks. Rows of all arrays follow `tracks`."""

    tracks: tuple[HouseTrack, ...]
    #: row of each track by its id
    rows: dict[str, int]
    #: (n, FEATURES); the axes are 0 where nobody has listened: nothing is known for or against the track
    features: Floats
    #: (n,) octaves: log2 of beats a minute, NaN where not known
    octaves: Floats
    #: (n,) the same number for the same artist, -1 where nobody said
    artists: NDArray[np.int64]
    #: (n,) genre in lower case
    genres: NDArray[np.str_]
    #: (n,) known to be explicit
    explicit: Bools

    def allowed(self, rules: HouseRules) -> Bools:
        """(n,) which tracks a manager's rules let through; opening hours are not asked."""
        fine = np.ones(len(self.tracks), dtype=bool)
        if rules.genres:
            fine &= np.isin(self.genres, [genre.casefold() for genre in rules.genres])
        if not rules.allows_explicit:
            fine &= ~self.explicit
        # A comparison with NaN is false: what nobody has measured is kept out by any bound.
        if rules.bpm_from is not None:
            fine &= self.octaves >= np.log2(rules.bpm_from)
        if rules.bpm_until is not None:
            fine &= self.octaves <= np.log2(rules.bpm_until)
        return fine


def _oddity(point: Floats) -> float:
    """How far from the ordinary a track is, around 0: squares on the scale of the axes, whose spread is about 1."""
    return float(np.clip((point @ point - len(point)) / ODD, -EMBEDDING_REACH, EMBEDDING_REACH))


def shelved(tracks: Sequence[HouseTrack]) -> Shelf:
    """The library as arrays. Figures beyond the embedding's reach are pulled back to it."""
    features = np.zeros((len(tracks), FEATURES))
    features[:, -1] = 1.0
    names: dict[str, int] = {}
    for row, track in enumerate(tracks):
        if track.embedding is not None:
            point = np.clip(np.nan_to_num(track.embedding), -EMBEDDING_REACH, EMBEDDING_REACH)
            features[row, :-2], features[row, -2] = point, _oddity(point)
        if track.artist:
            names.setdefault(track.artist.casefold(), len(names))
    return Shelf(
        tracks=tuple(tracks),
        rows={track.id: row for row, track in enumerate(tracks)},
        features=features,
        octaves=np.array([np.log2(track.bpm) if track.bpm else np.nan for track in tracks]),
        artists=np.array([names.get(track.artist.casefold(), -1) for track in tracks], dtype=np.int64),
        genres=np.array([track.genre.casefold() for track in tracks], dtype=np.str_),
        explicit=np.array([track.is_explicit is True for track in tracks], dtype=bool),
    )
