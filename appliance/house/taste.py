"""What votes say of dancers' tastes.

Each dancer has a vector on the embedding's five axes and a constant: a Bayesian linear model of their own votes, with
the whole crowd's as the prior. So a newcomer's taste is the room's, the first like pulls it far, and the tenth little.
It is computed from the votes anew each time, so that a vote taken back leaves no trace.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.house.shelf import FEATURES, Bools, Floats, Ints, Shelf

#: how many votes' worth of the room a dancer starts with
PRIOR = 4.0
#: a dislike says less than a like: people press it for moods as well
DISLIKE = 0.6
#: votes count half after this long, hours; and never less than after that many times as long, so that a clock that is
#: put right by years takes no taste away
HALF_LIFE_H, HALVED_AT_MOST = 90 * 24.0, 2


@dataclass(frozen=True, slots=True)
class Votes:
    """What dancers said of plays, in any order. Of several of one dancer on one track the youngest counts."""

    #: (v,) who, as a number from 0
    dancers: Ints
    #: (v,) the track's row on the shelf
    tracks: Ints
    #: (v,) liked, or disliked
    likes: Bools
    #: (v,) how long ago, hours
    ages_h: Floats


def no_votes() -> Votes:
    """Nobody said anything."""
    nobody = np.zeros(0, dtype=np.int64)
    return Votes(nobody, nobody, likes=np.zeros(0, dtype=bool), ages_h=np.zeros(0))


@dataclass(frozen=True, slots=True)
class Tastes:
    """Of `d` dancers in the room."""

    #: (d, FEATURES) what each likes
    means: Floats
    #: (FEATURES, FEATURES) how unsure the room's common taste is, as a covariance
    doubt: Floats
    #: (v,) row of the dancer, row of the track, and +1 or -1, of each vote that counts
    vote_dancers: NDArray[np.int64]
    vote_tracks: NDArray[np.int64]
    vote_values: Floats

    @property
    def dancers(self) -> int:
        """How many there are."""
        return len(self.means)

    def predicted(self, features: Floats) -> Floats:
        """(d, n) how much each dancer will like each of `n` tracks, -1 to 1."""
        liking: Floats = np.tanh(self.means @ features.T)
        return liking


def learned(votes: Votes, shelf: Shelf, *, dancers: int) -> Tastes:
    """The tastes of so many who are there, and whose votes these are.

    Others' votes are not heard: the room decides, not who once was in it.
    """
    counted = _counted(votes)
    who, what = votes.dancers[counted], votes.tracks[counted]
    value = np.where(votes.likes[counted], 1.0, -1.0)
    halved = np.minimum(np.maximum(votes.ages_h[counted], 0.0) / HALF_LIFE_H, HALVED_AT_MOST)
    weight = np.where(value > 0, 1.0, DISLIKE) * 0.5**halved
    means, doubt = _fitted(shelf.features[what], value, weight, who=who, dancers=dancers)
    return Tastes(means, doubt, vote_dancers=who, vote_tracks=what, vote_values=value)


def _counted(votes: Votes) -> Ints:
    """Where the votes stand that count, by dancer and track."""
    order = np.lexsort((~votes.likes, votes.ages_h, votes.tracks, votes.dancers))
    who, what = votes.dancers[order], votes.tracks[order]
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (who[1:] != who[:-1]) | (what[1:] != what[:-1])
    first: Ints = order[is_first]
    return first


def _fitted(features: Floats, value: Floats, weight: Floats, *, who: Ints, dancers: int) -> tuple[Floats, Floats]:
    """The means of all dancers, and the doubt about what they have in common. Rows come by dancer."""
    unit = np.eye(FEATURES)
    # Who votes on everything counts for the room as the square root of it.
    often = np.maximum(np.bincount(who, minlength=dancers), 1)
    shared = weight / np.sqrt(often[who])
    doubt = np.asarray(np.linalg.inv(PRIOR * unit + (features * shared[:, None]).T @ features), dtype=np.float64)
    room = doubt @ (features.T @ (shared * value))
    precision = np.tile(PRIOR * unit, (dancers, 1, 1))
    pull = np.tile(PRIOR * room, (dancers, 1))
    if who.size:
        present, starts = np.unique(who, return_index=True)
        weighed = features * weight[:, None]
        precision[present] += np.add.reduceat(weighed[:, :, None] * features[:, None, :], starts)
        pull[present] += np.add.reduceat(weighed * value[:, None], starts)
    means = np.asarray(np.linalg.solve(precision, pull[:, :, None])[:, :, 0], dtype=np.float64)
    return means, doubt
