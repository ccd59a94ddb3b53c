"""All known names, ready to be searched: in memory, because every play asks, and for slips of the pen no table helps.

A name is looked for by its very words, by its title alone, and by how near its words are. Searched on a thread of its
own, in slices, so that the server's loop gets its turn between them.
"""

import contextlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from rapidfuzz import fuzz, process

from appliance.domain.alike import Likeness, alike
from appliance.domain.identity import OFFERED_FROM
from appliance.domain.naming import named
from appliance.matching.nearness import near
from appliance.ports.identity import TrackName

#: how near the words of a name must be to be looked at, of 100
_LOOKED_AT_FROM = 70
_LOOKED_AT_MOST = 25
#: of tracks with one title so many are looked at
_SAME_TITLE_MOST = 200
#: names in one slice: about a millisecond
_SLICE = 2000


@dataclass(frozen=True, slots=True)
class Match:
    """A known track that a name may mean."""

    track_id: str
    likeness: Likeness
    #: whether only a DJ's laptop knows it
    is_told: bool


class NameIndex:
    """Knows each track by one name, the last one. Columns and numbers, so that twenty thousand take little memory."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._names: list[tuple[str, str]] = []
        self._is_told = bytearray()
        #: of each name its words in order, as they are compared
        self._words: list[str] = []
        #: of each name a number for its title, as titles are compared
        self._titles = array("q")
        self._places: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def put(self, names: Iterable[TrackName]) -> bool:
        """Takes names in, in the place of what a track was called before; whether any is another one now."""
        is_new = False
        for name in names:
            place = self._places.setdefault(name.track_id, len(self._ids))
            if place == len(self._ids):
                self._append(name)
            elif (self._names[place], bool(self._is_told[place])) == ((name.artist, name.title), name.is_told):
                continue
            is_new = True
            parts = named(name.artist, name.title)
            self._names[place], self._is_told[place] = (name.artist, name.title), name.is_told
            self._words[place], self._titles[place] = parts.words, hash(parts.title)
        return is_new

    def _append(self, name: TrackName) -> None:
        self._ids.append(name.track_id)
        self._names.append(("", ""))
        self._is_told.append(False)
        self._words.append("")
        self._titles.append(0)

    def find(self, artist: str, title: str, *, most: int = 5) -> list[Match]:
        """What a name may mean, the surest first: only what a person would have to look at. May run on any thread."""
        said = named(artist, title)
        places = dict.fromkeys(self._near(said.words))
        places |= dict.fromkeys(islice(self._with_title(said.title), _SAME_TITLE_MOST))
        if said.artists:
            # Artist and title may stand in each other's place.
            turned = self._with_title(" ".join(sorted(said.artists)))
            places |= dict.fromkeys(islice(turned, _SAME_TITLE_MOST))
        found = []
        for place in places:
            likeness = alike(said, named(*self._names[place]), near=near)
            if likeness.confidence >= OFFERED_FROM:
                found.append(Match(self._ids[place], likeness, bool(self._is_told[place])))
        # What the box has heard itself before what somebody told; then the one that was there first.
        found.sort(key=lambda one: (-one.likeness.confidence, one.is_told))
        return found[:most]

    def _with_title(self, title: str) -> Iterator[int]:
        """Names of this title, those that were known first first."""
        wanted, place = hash(title), -1
        with contextlib.suppress(ValueError):  # there are no more
            while True:
                place = self._titles.index(wanted, place + 1)
                yield place

    def _near(self, words: str) -> list[int]:
        """Names whose words are near."""
        best: list[tuple[float, int]] = []
        for start in range(0, len(self._words), _SLICE):
            part = self._words[start : start + _SLICE]
            hits = process.extract(
                words, part, scorer=fuzz.ratio, processor=None, limit=_LOOKED_AT_MOST, score_cutoff=_LOOKED_AT_FROM
            )
            best += [(score, start + place) for _, score, place in hits]
        best.sort(key=lambda one: (-one[0], one[1]))
        return [place for _, place in best[:_LOOKED_AT_MOST]]
