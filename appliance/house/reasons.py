"""Why a track was chosen, in figures that are true: each counts dancers who are in the room."""

import numpy as np

from appliance.domain.house import Reason, Why
from appliance.house.shelf import Floats, Shelf
from appliance.house.taste import Tastes

#: a dancer is thought to like what is predicted above this
LIKES = 0.25
#: those count as having had little who count this much more than all do on average
FEW = 1.25


def reason_for(shelf: Shelf, tastes: Tastes, *, row: int, weights: Floats) -> Reason:
    """Why the track in `row` fits this room; what was said goes before what is thought."""
    if not tastes.dancers:
        return Reason(Why.DISCOVERY)
    liked = tastes.vote_values > 0
    this = np.unique(tastes.vote_dancers[liked & (tastes.vote_tracks == row)])
    if this.size:
        return Reason(Why.LIKED, int(this.size))
    artist = shelf.artists[row]
    if artist >= 0:
        of_artist = np.unique(tastes.vote_dancers[liked & (shelf.artists[tastes.vote_tracks] == artist)])
        if of_artist.size:
            return Reason(Why.LIKED_ARTIST, int(of_artist.size), shelf.artist_names[artist])
    # Those who never liked anything have the room's taste: it would be no truth that they liked what sounds like it.
    voters = np.zeros(tastes.dancers, dtype=bool)
    voters[tastes.vote_dancers[liked]] = True
    fond = (tastes.predicted(shelf.features[[row]])[:, 0] > LIKES) & voters
    few = fond & (weights > FEW / tastes.dancers)
    if few.any() and few.sum() * 2 > fond.sum():
        return Reason(Why.TURN, int(few.sum()))
    return Reason(Why.SOUNDS_LIKE, int(fond.sum())) if fond.any() else Reason(Why.DISCOVERY)
