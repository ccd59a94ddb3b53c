"""Votes by names, as tests and made-up evenings tell of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from appliance.house.shelf import Shelf
from appliance.house.taste import Tastes, Votes, learned


@dataclass(frozen=True, slots=True)
class Vote:
    """What a dancer thought of one play."""

    dancer: str
    track_id: str
    #: liked, or disliked
    is_like: bool
    #: how long ago, hours
    age_h: float


def votes_of(votes: Sequence[Vote], shelf: Shelf, *, present: Sequence[str]) -> Votes:
    """Those of who is present, on tracks that are on the shelf; dancers are numbered as they stand there."""
    number = {dancer: place for place, dancer in enumerate(present)}
    said = [vote for vote in votes if vote.dancer in number and vote.track_id in shelf.rows]
    return Votes(
        dancers=np.array([number[vote.dancer] for vote in said], dtype=np.int64),
        tracks=np.array([shelf.rows[vote.track_id] for vote in said], dtype=np.int64),
        likes=np.array([vote.is_like for vote in said], dtype=bool),
        ages_h=np.array([vote.age_h for vote in said], dtype=np.float64),
    )


def tastes_of(votes: Sequence[Vote], shelf: Shelf, *, present: Sequence[str]) -> Tastes:
    """What they like."""
    return learned(votes_of(votes, shelf, present=present), shelf, dancers=len(present))
