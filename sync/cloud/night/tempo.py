"""How the tempo felt: votes by beats per minute and half hour. Pure.

A guest's last word on a play counts once. The half hour is that of the vote; votes without an hour are counted, and
left out of the grid.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sync.cloud.night.audience import HALF_HOUR_MS
from sync.cloud.night.records import Night, TempoVoteRecord
from sync.cloud.night.small import FEWEST

SLOWER, PERFECT, FASTER = "slower", "perfect", "faster"
WORDS = (SLOWER, PERFECT, FASTER)
#: beats per minute in a band
BAND = 10


@dataclass(frozen=True, slots=True)
class Feeling:
    """Votes on one band in one half hour, or over the night."""

    slower: int
    perfect: int
    faster: int

    @property
    def votes(self) -> int:
        return self.slower + self.perfect + self.faster

    @property
    def is_few(self) -> bool:
        """Whether they are too few to be told apart."""
        return 0 < self.votes < FEWEST

    @property
    def lean(self) -> float:
        """From -1, all want it slower, to 1, all want it faster."""
        return (self.faster - self.slower) / self.votes if self.votes else 0.0


@dataclass(frozen=True, slots=True)
class TempoGrid:
    """The night in bands and half hours."""

    #: lowest BPM of each band, rising, without holes
    bands: tuple[int, ...]
    #: beginning of each half hour, without holes
    half_hours: tuple[int, ...]
    #: by (band, half hour); a cell without votes is not in it
    cells: Mapping[tuple[int, int], Feeling]
    #: by band, over the whole night, unknown hours too
    by_band: Mapping[int, Feeling]
    #: all votes, also those on tracks of unknown tempo
    total: Feeling
    #: votes that are in no band, because nobody knows the track's tempo
    without_bpm: int


def band_of(bpm: float) -> int:
    """The band's lowest BPM."""
    return int(bpm // BAND) * BAND


def last_words(night: Night) -> list[TempoVoteRecord]:
    """One vote for each guest and play, the last; who took it back has none."""
    found = {(vote.play, vote.guest): vote for vote in sorted(night.tempo_votes, key=lambda vote: vote.order)}
    return [vote for vote in found.values() if vote.vote in WORDS]


def _feeling(votes: Counter[str]) -> Feeling:
    return Feeling(slower=votes[SLOWER], perfect=votes[PERFECT], faster=votes[FASTER])


def tempo_grid(night: Night) -> TempoGrid:
    """The night's tempo votes."""
    bpm = {play.id: play.bpm for play in night.plays}
    cells: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    bands: dict[int, Counter[str]] = defaultdict(Counter)
    total: Counter[str] = Counter()
    without = 0
    for vote in last_words(night):
        total[vote.vote] += 1
        known = bpm.get(vote.play)
        if not known:
            without += 1
            continue
        band = band_of(known)
        bands[band][vote.vote] += 1
        if vote.at_ms is not None:
            cells[band, vote.at_ms // HALF_HOUR_MS * HALF_HOUR_MS][vote.vote] += 1
    hours = sorted({hour for _, hour in cells})
    return TempoGrid(
        bands=tuple(range(min(bands), max(bands) + BAND, BAND)) if bands else (),
        half_hours=tuple(range(hours[0], hours[-1] + HALF_HOUR_MS, HALF_HOUR_MS)) if hours else (),
        cells={place: _feeling(votes) for place, votes in cells.items()},
        by_band={band: _feeling(votes) for band, votes in sorted(bands.items())},
        total=_feeling(total),
        without_bpm=without,
    )
