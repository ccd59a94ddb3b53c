"""The library as arrays, built once and asked for each song.

What sums need and no more: of twenty thousand tracks some five megabytes. A shelf never changes; one that follows the
library is put together from the old one and what is new.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from appliance.domain.analysis import EMBEDDING_AXES, EMBEDDING_REACH
from appliance.domain.house import HouseRules, HouseTrack, TrackKey

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
#: squares of distance that count as one
ODD = 4.0
#: what is known of a track; how far from the ordinary it is, because many like what lies near some place, and a line
#: alone has no places; and a constant one for how much a dancer likes anything at all
FEATURES = len(EMBEDDING_AXES) + 2
_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")


@dataclass(frozen=True, slots=True)
class Shelf:
    """`n` tracks. Rows of all arrays follow `ids`, which are in their order."""

    ids: tuple[str, ...]
    #: (n,) the recording of each: the id of the first track that is the same
    groups: tuple[str, ...]
    #: row of each track by its id
    rows: dict[str, int]
    #: row of each recording for which another track stands than the first one
    others: dict[str, int]
    #: (n,) the same number for the same artist and title, as plays tell tracks apart
    songs: Ints
    #: (n,) rows in the order of `songs`
    by_song: Ints
    #: (n, FEATURES); the axes are 0 where nobody has listened: nothing is known for or against the track
    features: Floats
    #: (n,) octaves: log2 of beats a minute, NaN where not known
    octaves: Floats
    #: (n,) place in `artist_names` of the artist, -1 where nobody said
    artists: Ints
    #: as they are spelled first
    artist_names: tuple[str, ...]
    #: (n,) place of the genre in `genre_names`
    genres: Ints
    #: in lower case
    genre_names: tuple[str, ...]
    #: (n,) known to be explicit
    explicit: Bools

    def allowed(self, rules: HouseRules) -> Bools:
        """(n,) which tracks a manager's rules let through; opening hours are not asked."""
        fine = np.ones(len(self.ids), dtype=bool)
        if rules.genres:
            wanted = {genre.casefold() for genre in rules.genres}
            places = [place for place, name in enumerate(self.genre_names) if name in wanted]
            fine &= np.isin(self.genres, places)
        if not rules.allows_explicit:
            fine &= ~self.explicit
        # A comparison with NaN is false: what nobody has measured is kept out by any bound.
        if rules.bpm_from is not None:
            fine &= self.octaves >= np.log2(rules.bpm_from)
        if rules.bpm_until is not None:
            fine &= self.octaves <= np.log2(rules.bpm_until)
        return fine

    def row_of_group(self, group: str) -> int | None:
        """Where a recording stands."""
        row = self.others.get(group, self.rows.get(group))
        return row if row is not None and self.groups[row] == group else None

    def row_of(self, *, group: str | None, key: TrackKey) -> int | None:
        """Where what was played stands, if the library has it: by its recording, or else by its artist and title."""
        if group is not None:
            return self.row_of_group(group)
        found = self._of_song(hash(key))
        return int(found[0]) if found.size else None

    def same_song(self, row: int) -> Ints:
        """The rows of what is called as this track is; itself among them."""
        return self._of_song(int(self.songs[row]))

    def _of_song(self, song: int) -> Ints:
        first, last = (np.searchsorted(self.songs, song, side=side, sorter=self.by_song) for side in _SIDES)
        return self.by_song[first:last]


def shelved(tracks: Sequence[HouseTrack]) -> Shelf:
    """Tracks as arrays. Figures beyond the embedding's reach are pulled back to it."""
    return joined([piece(tracks)])


def changed(shelf: Shelf, fresh: Sequence[HouseTrack], *, without: Collection[str]) -> Shelf:
    """The shelf with other tracks on it, and without those of some ids; what is fresh stands for its recording."""
    added = piece(fresh)
    gone = [shelf.rows.get(one) for one in without] + [shelf.row_of_group(group) for group in added.groups]
    kept = np.ones(len(shelf.ids), dtype=bool)
    kept[[row for row in gone if row is not None]] = False
    return joined([_taken(shelf, kept), added])


def piece(tracks: Sequence[HouseTrack]) -> Shelf:
    """A part of a shelf: tracks in any order, to be found by nothing yet."""
    artists, genres = _Names(), _Names()
    points = np.array([track.embedding or (0.0,) * len(EMBEDDING_AXES) for track in tracks])
    return Shelf(
        ids=tuple(track.id for track in tracks),
        # Nearly every track is the first of its recording: one text serves for both.
        groups=tuple(track.id if track.id == track.group else track.group for track in tracks),
        rows={},
        others={},
        songs=np.array([hash(track.key) for track in tracks], dtype=np.int64),
        by_song=np.zeros(0, dtype=np.int64),
        features=_features(points.reshape(-1, len(EMBEDDING_AXES)), [track.embedding is not None for track in tracks]),
        octaves=np.log2(np.array([track.bpm or np.nan for track in tracks], dtype=np.float64)),
        artists=np.array([artists.place(track.artist) for track in tracks], dtype=np.int64),
        artist_names=tuple(artists.spelled),
        genres=np.array([genres.place(track.genre) for track in tracks], dtype=np.int64),
        genre_names=tuple(genres.places),
        explicit=np.array([track.is_explicit is True for track in tracks], dtype=bool),
    )


class _Names:
    """Numbers for names; the same for one that differs in case alone."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}
        self.spelled: list[str] = []

    def place(self, name: str) -> int:
        if not name:
            return -1
        known = self.places.setdefault(name.casefold(), len(self.spelled))
        if known == len(self.spelled):
            self.spelled.append(name)
        return known


def _features(points: Floats, is_known: Sequence[bool]) -> Floats:
    features = np.zeros((len(points), FEATURES))
    features[:, :-2] = np.clip(np.nan_to_num(points), -EMBEDDING_REACH, EMBEDDING_REACH)
    # How far from the ordinary, around 0: squares on the scale of the axes, whose spread is about 1.
    odd = ((features[:, :-2] ** 2).sum(axis=1) - len(EMBEDDING_AXES)) / ODD
    features[:, -2] = np.where(is_known, np.clip(odd, -EMBEDDING_REACH, EMBEDDING_REACH), 0.0)
    features[:, -1] = 1.0
    return features


def _taken(shelf: Shelf, kept: Bools) -> Shelf:
    """Some rows of a shelf. Its lists of names stay whole: those of artists who left do no harm."""
    rows = np.flatnonzero(kept).tolist()
    return Shelf(
        ids=tuple(shelf.ids[row] for row in rows),
        groups=tuple(shelf.groups[row] for row in rows),
        rows={},
        others={},
        songs=shelf.songs[kept],
        by_song=shelf.by_song[:0],
        features=shelf.features[kept],
        octaves=shelf.octaves[kept],
        artists=shelf.artists[kept],
        artist_names=shelf.artist_names,
        genres=shelf.genres[kept],
        genre_names=shelf.genre_names,
        explicit=shelf.explicit[kept],
    )


def joined(pieces: Sequence[Shelf]) -> Shelf:
    """One shelf of several, in the order of the ids, however they came: so the same library is the same shelf."""
    ids = [track_id for one in pieces for track_id in one.ids]
    groups = [group for one in pieces for group in one.groups]
    order = np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)
    artists, genres = _Names(), _Names()
    artist_rows = np.concatenate([_renumbered(one.artists, one.artist_names, artists) for one in pieces])
    genre_rows = np.concatenate([_renumbered(one.genres, one.genre_names, genres) for one in pieces])
    songs = np.concatenate([one.songs for one in pieces])[order]
    rows = {ids[row]: place for place, row in enumerate(order.tolist())}
    others = {groups[row]: rows[ids[row]] for row in range(len(ids)) if ids[row] != groups[row]}
    return Shelf(
        ids=tuple(ids[row] for row in order.tolist()),
        groups=tuple(groups[row] for row in order.tolist()),
        rows=rows,
        others=others,
        songs=songs,
        by_song=np.argsort(songs, kind="stable"),
        features=np.concatenate([one.features for one in pieces])[order],
        octaves=np.concatenate([one.octaves for one in pieces])[order],
        artists=artist_rows[order],
        artist_names=tuple(artists.spelled),
        genres=genre_rows[order],
        genre_names=tuple(genres.places),
        explicit=np.concatenate([one.explicit for one in pieces])[order],
    )


def _renumbered(places: Ints, names: Sequence[str], all_names: _Names) -> Ints:
    """The same names by their numbers in a longer list. Of names that no row has any more none is kept."""
    used = set(places.tolist())
    # The last stands for "nobody said", which is -1 in any list.
    table = np.array([all_names.place(name) if at in used else -1 for at, name in enumerate(names)] + [-1])
    renumbered: Ints = table[places]
    return renumbered
