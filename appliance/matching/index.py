"""All known names, ready to be searched: in memory, because every play asks, and for slips of the pen no table helps.

A name is looked for by its very words, by its title alone, and by how near its words are. Searched on a thread of its
own, in slices, so that the server's loop gets its turn between them.
"""

from collections import defaultdict
from collections.abc import Iterable
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
    """Grows only: a track that is known stays known."""

    def __init__(self) -> None:
        self._names: list[TrackName] = []
        #: of each name its words in order, as they are compared
        self._words: list[str] = []
        self._by_title: dict[str, list[int]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._names)

    def add(self, names: Iterable[TrackName]) -> None:
        """Takes names in."""
        for name in names:
            parts = named(name.artist, name.title)
            place = len(self._names)
            self._names.append(name)
            self._words.append(parts.words)
            self._by_title[parts.title].append(place)

    def find(self, artist: str, title: str, *, most: int = 5) -> list[Match]:
        """What a name may mean, the surest first: only what a person would have to look at. May run on any thread."""
        said = named(artist, title)
        places = dict.fromkeys(self._near(said.words))
        places |= dict.fromkeys(islice(self._by_title.get(said.title, ()), _SAME_TITLE_MOST))
        if said.artists:
            # Artist and title may stand in each other's place.
            turned = self._by_title.get(" ".join(sorted(said.artists)), ())
            places |= dict.fromkeys(islice(turned, _SAME_TITLE_MOST))
        found = []
        for place in places:
            name = self._names[place]
            likeness = alike(said, named(name.artist, name.title), near=near)
            if likeness.confidence >= OFFERED_FROM:
                found.append(Match(name.track_id, likeness, name.is_told))
        # What the box has heard itself before what somebody told; then the one that was there first.
        found.sort(key=lambda one: (-one.likeness.confidence, one.is_told))
        return found[:most]

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
