"""What votes say of dancers' tastes.

Each dancer has a vector on the embedding's five axes and a constant: a Bayesian linear model of their own votes, with
the whole crowd's as the prior. So a newcomer's taste is the room's, the first like pulls it far, and the tenth little.
It is computed from the votes anew each time, so that a vote taken back leaves no trace.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.domain.house import Vote
from appliance.house.shelf import FEATURES, Floats, Shelf

#: how many votes' worth of the room a dancer starts with
PRIOR = 4.0
#: a dislike says less than a like: people press it for moods as well
DISLIKE = 0.6
#: votes count half after this long, hours
HALF_LIFE_H = 90 * 24.0


@dataclass(frozen=True, slots=True)
class Tastes:
    """Of `d` dancers in the room. Rows follow `dancers`."""

    dancers: tuple[str, ...]
    #: (d, FEATURES) what each likes
    means: Floats
    #: (FEATURES, FEATURES) how unsure the room's common taste is, as a covariance
    doubt: Floats
    #: (v,) row of the dancer, row of the track, and +1 or -1, of each vote that was given here
    vote_dancers: NDArray[np.int64]
    vote_tracks: NDArray[np.int64]
    vote_values: Floats

    def predicted(self, features: Floats) -> Floats:
        """(d, n) how much each dancer will like each of `n` tracks, -1 to 1."""
        liking: Floats = np.tanh(self.means @ features.T)
        return liking


def learned(votes: Sequence[Vote], shelf: Shelf, *, present: Sequence[str]) -> Tastes:
    """The tastes of those who are `present`. Others' votes are not heard: the room decides, not who once was in it.

    Votes on tracks that the library has no more are passed over.
    """
    dancers = tuple(sorted(set(present)))
    row_of = {dancer: row for row, dancer in enumerate(dancers)}
    counted = _counted(votes, shelf, row_of)
    who = np.array([row_of[vote.dancer] for vote in counted], dtype=np.int64)
    what = np.array([shelf.rows[vote.track_id] for vote in counted], dtype=np.int64)
    value: Floats = np.array([1.0 if vote.is_like else -1.0 for vote in counted])
    age = np.array([max(vote.age_h, 0.0) for vote in counted])
    weight = np.where(value > 0, 1.0, DISLIKE) * 0.5 ** (age / HALF_LIFE_H)
    means, doubt = _fitted(shelf.features[what], value, weight, who=who, dancers=len(dancers))
    return Tastes(dancers, means, doubt, vote_dancers=who, vote_tracks=what, vote_values=value)


def _counted(votes: Sequence[Vote], shelf: Shelf, row_of: dict[str, int]) -> list[Vote]:
    """The youngest vote of each dancer on each track, of those that mean something here."""
    last: dict[tuple[str, str], Vote] = {}
    for vote in votes:
        key = (vote.dancer, vote.track_id)
        if vote.dancer in row_of and vote.track_id in shelf.rows and (key not in last or vote.age_h < last[key].age_h):
            last[key] = vote
    return [last[key] for key in sorted(last)]


def _fitted(
    features: Floats, value: Floats, weight: Floats, *, who: NDArray[np.int64], dancers: int
) -> tuple[Floats, Floats]:
    """The means of all dancers, and the doubt about what they have in common."""
    unit = np.eye(FEATURES)
    # Who votes on everything counts for the room as the square root of it.
    often = np.maximum(np.bincount(who, minlength=dancers), 1)
    shared = weight / np.sqrt(often[who])
    doubt = np.asarray(np.linalg.inv(PRIOR * unit + (features * shared[:, None]).T @ features), dtype=np.float64)
    room = doubt @ (features.T @ (shared * value))
    precision = np.tile(PRIOR * unit, (dancers, 1, 1))
    pull = np.tile(PRIOR * room, (dancers, 1))
    np.add.at(precision, who, weight[:, None, None] * features[:, :, None] * features[:, None, :])
    np.add.at(pull, who, (weight * value)[:, None] * features)
    means = np.asarray(np.linalg.solve(precision, pull[:, :, None])[:, :, 0], dtype=np.float64)
    return means, doubt
