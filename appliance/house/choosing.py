"""Which tracks could come next, best first.

How well the room likes a track is a mean in which those count more who had little of their own lately, and a part of
what its least happy fifth thinks: the many hear most of theirs, and the few get turns. To that come what was heard
lately, the artist, and the step in tempo.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from appliance.domain.house import Choice, Heard, HouseRules
from appliance.house.reasons import reason_for
from appliance.house.shelf import Floats, Shelf
from appliance.house.taste import Tastes

#: what the least happy fifth thinks is this much of what the room thinks
MISERY = 0.15
#: how much more somebody counts who liked nothing of what was played than somebody who liked half of it
CREDIT = 1.5
#: so many plays are remembered for that
REMEMBERED = 10
#: no track is heard twice within this, hours, as long as there is another one
AGAIN_H = 3.0
#: a track heard `h` hours ago loses `RECENT * exp(-h / RECENT_H)`: a curve, and no cliff at its end
RECENT, RECENT_H = 0.6, 2.0
#: an artist loses this when heard within so many plays
SAME_ARTIST, ARTIST_PLAYS = 0.8, 6
#: a step in tempo within this many octaves (6 %) costs nothing, and beyond it this much for each octave
STEP_FREE, STEP_COST = 0.084, 3.0
#: how bold the room's taste is drawn from what it may be, instead of taken as what it is
BOLDNESS = 0.5**0.5
#: what is looked at closely: the best for the room, and the best for those who had little
CLOSELY = 400


@dataclass(frozen=True, slots=True)
class Situation:
    """What matters beside taste."""

    #: youngest first
    heard: Sequence[Heard] = ()
    rules: HouseRules = field(default_factory=HouseRules)
    #: the same seed gives the same choice
    seed: int = 0


def choose(shelf: Shelf, tastes: Tastes, situation: Situation, *, count: int = 1) -> list[Choice]:
    """The `count` best tracks to come next, best first; fewer when the rules leave fewer, and none for none.

    What was heard within AGAIN_H comes back only when the rules leave nothing else: silence is worse than a repeat.
    Then it is one of the half that was heard the longest ago: three songs come in turn, however one of them is liked.
    """
    rows = _usable(shelf, situation)
    if rows.size == 0:
        return []
    fitting = _fitting(shelf, situation.heard)
    weights = _weights(shelf, tastes, situation.heard)
    drawn = _drawn(tastes, seed=situation.seed)
    near = _shortlist(shelf, drawn, weights, fitting, rows=rows)
    scores = _liking(drawn, shelf.features[near], weights) + fitting[near]
    best = near[np.lexsort((near, -scores))][: count * _SPARE]
    score_of = dict(zip(near.tolist(), scores.tolist(), strict=True))
    return [
        Choice(shelf.ids[row], reason_for(shelf, tastes, row=row, weights=weights), score_of[row])
        for row in _of_different_artists(shelf, best.tolist(), count)
    ]


#: so many times more are looked at than asked for, so that those shown are of different artists
_SPARE = 8


def _of_different_artists(shelf: Shelf, rows: list[int], count: int) -> list[int]:
    """The first `count` rows of different artists; with too few artists, the best of the rest follow."""
    seen: set[int] = set()
    first: list[int] = []
    for row in rows:
        artist = int(shelf.artists[row])
        if artist < 0 or artist not in seen:
            seen.add(artist)
            first.append(row)
    return [*first, *(row for row in rows if row not in set(first))][:count]


def _usable(shelf: Shelf, situation: Situation) -> NDArray[np.int64]:
    """The rows from which to choose."""
    allowed = np.flatnonzero(shelf.allowed(situation.rules))
    ages = _heard_ago(shelf, situation.heard)[allowed]
    fresh = allowed[ages >= AGAIN_H]
    if fresh.size or not allowed.size:
        return fresh
    longest: NDArray[np.int64] = allowed[ages >= np.sort(ages)[allowed.size // 2]]
    return longest


def _heard_ago(shelf: Shelf, heard: Sequence[Heard]) -> Floats:
    """(n,) hours since each was heard, or what is called the same: nobody wants a song again from another album."""
    ages = np.full(len(shelf.ids), np.inf)
    # The oldest first: what was heard last is what counts.
    for one in sorted(heard, key=lambda one: -one.age_h):
        row = shelf.rows.get(one.track_id)
        if row is not None:
            # Where nobody said an artist, the same title says little: half of all albums have a "Track 01".
            ages[shelf.same_song(row) if shelf.artists[row] >= 0 else row] = one.age_h
    return ages


def _fitting(shelf: Shelf, heard: Sequence[Heard]) -> Floats:
    """(n,) what a track loses for what was heard before it; never above 0."""
    loss = np.zeros(len(shelf.ids))
    known = [one for one in heard if one.track_id in shelf.rows]
    for one in known:
        row = shelf.rows[one.track_id]
        loss[row] = min(loss[row], -RECENT * float(np.exp(-one.age_h / RECENT_H)))
    lately = {int(shelf.artists[shelf.rows[one.track_id]]) for one in known[:ARTIST_PLAYS]} - {-1}
    if lately:
        loss -= SAME_ARTIST * np.isin(shelf.artists, list(lately))
    if known:
        step = np.abs(shelf.octaves - shelf.octaves[shelf.rows[known[0].track_id]])
        loss -= STEP_COST * np.maximum(np.nan_to_num(step) - STEP_FREE, 0.0)
    return loss


def _weights(shelf: Shelf, tastes: Tastes, heard: Sequence[Heard]) -> Floats:
    """(d,) how much each dancer counts, 1 together: more for those who liked little of the last plays.

    What they said counts; of those who said nothing, what they are thought to think.
    """
    if not tastes.dancers:
        return np.zeros(0)
    rows = [shelf.rows[one.track_id] for one in heard if one.track_id in shelf.rows][:REMEMBERED]
    if not rows:
        return np.full(tastes.dancers, 1.0 / tastes.dancers)
    thought = tastes.predicted(shelf.features[rows])
    column_of = {row: column for column, row in enumerate(rows)}
    said = np.flatnonzero(np.isin(tastes.vote_tracks, rows))
    columns = [column_of[row] for row in tastes.vote_tracks[said].tolist()]
    thought[tastes.vote_dancers[said], columns] = tastes.vote_values[said]
    weights = np.exp(-CREDIT * thought.mean(axis=1))
    shares: Floats = weights / weights.sum()
    return shares


def _drawn(tastes: Tastes, *, seed: int) -> Tastes:
    """The tastes as they may be: what the room has in common is drawn from what it may be (Thompson sampling)."""
    drawn = np.random.default_rng(seed).multivariate_normal(
        np.zeros(len(tastes.doubt)), tastes.doubt, method="cholesky"
    )
    means = tastes.means if tastes.dancers else np.zeros((1, len(tastes.doubt)))
    return replace(tastes, means=means + BOLDNESS * drawn)


def _shortlist(
    shelf: Shelf, drawn: Tastes, weights: Floats, fitting: Floats, *, rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The rows worth a close look: the linear model alone tells which those are, for the room and for its few."""
    if rows.size <= 2 * CLOSELY:
        return rows
    shares = weights if weights.size else np.ones(1)
    few = shares >= np.quantile(shares, 0.8)
    found = []
    for who in (shares, shares * few / (shares * few).sum()):
        rough = (shelf.features @ (who @ drawn.means) + fitting)[rows]
        found.append(rows[np.argpartition(-rough, CLOSELY)[:CLOSELY]])
    return np.unique(np.concatenate(found))


def _liking(drawn: Tastes, features: Floats, weights: Floats) -> Floats:
    """(n,) how well the room likes each track, -1 to 1."""
    liking = drawn.predicted(features)
    shares = weights if weights.size else np.ones(1)
    worst = np.partition(liking, int(0.2 * (len(liking) - 1)), axis=0)[int(0.2 * (len(liking) - 1))]
    together: Floats = (1.0 - MISERY) * (shares @ liking) + MISERY * worst
    return together
