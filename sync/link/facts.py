"""Tempo and key of a play, each with whose word it is; and the half or double of a tempo that seems unlikely. Pure.

Programs and tags mistake a song for twice or half as fast. Which of the two is meant only the DJ knows: the other one
is offered, and nothing is changed without the DJ's word.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from appliance.domain.origins import FactOrigin
from appliance.domain.rules import BPM_MAX, BPM_MIN, KEY_MAX
from sync.link import keys
from sync.link.sources.source import Sighting

_NEAR = 0.005


class Tempo(StrEnum):
    """What the DJ says of a tempo."""

    HALF = "half"
    DOUBLE = "double"
    AS_IS = "as-is"

    @property
    def factor(self) -> float:
        return {"half": 0.5, "double": 2.0}.get(self.value, 1.0)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a play besides its words."""

    #: beats a minute; None when unknown
    bpm: float | None = None
    #: in the one spelling, or as somebody wrote it
    key: str | None = None
    #: whose word they are; means nothing without a value
    bpm_origin: FactOrigin = FactOrigin.SOURCE
    key_origin: FactOrigin = FactOrigin.SOURCE

    def on_the_wire(self) -> dict[str, object]:
        """As fields of an entry; what is unknown is None."""
        return {
            "bpm": self.bpm,
            "key": self.key,
            "bpm_origin": self.bpm_origin.value if self.bpm is not None else None,
            "key_origin": self.key_origin.value if self.key is not None else None,
        }


def usable(facts: Facts) -> Facts:
    """Only what can be a tempo or a key. A program that does not know says 0, or nonsense."""
    bpm, key = facts.bpm, (facts.key or "").strip()
    return replace(
        facts,
        bpm=round(bpm, 2) if bpm is not None and BPM_MIN <= bpm <= BPM_MAX else None,
        key=(keys.normalised(key) or key[:KEY_MAX]) if key else None,
    )


def facts_of(sighting: Sighting) -> Facts:
    """What a sighting says, as far as it can be used."""
    return usable(Facts(sighting.bpm, sighting.key, sighting.bpm_origin, sighting.key_origin))


def better(known: Facts, new: Facts) -> Facts:
    """`known`, but for what it lacks and what `new` has from somebody whose word counts more."""
    if new.bpm is not None and (known.bpm is None or new.bpm_origin.rank < known.bpm_origin.rank):
        known = replace(known, bpm=new.bpm, bpm_origin=new.bpm_origin)
    if new.key is not None and (known.key is None or new.key_origin.rank < known.key_origin.rank):
        known = replace(known, key=new.key, key_origin=new.key_origin)
    return known


def as_the_dj_says(facts: Facts, tempo: Tempo | None) -> Facts:
    """With the tempo that the DJ chose; without a choice, as it is."""
    if tempo is None or facts.bpm is None:
        return facts
    bpm = facts.bpm * tempo.factor
    if not BPM_MIN <= bpm <= BPM_MAX:
        return facts
    return replace(facts, bpm=round(bpm, 2), bpm_origin=FactOrigin.DJ)


@dataclass(frozen=True, slots=True)
class TempoRange:
    """The tempos that people dance to at this DJ's, beats a minute."""

    least: float = 60.0
    most: float = 200.0

    def offer(self, bpm: float | None) -> Tempo | None:
        """What may be meant instead of a tempo outside of the range; None when there is nothing to offer."""
        if bpm is None or self.least - _NEAR <= bpm <= self.most + _NEAR:
            return None
        other = Tempo.DOUBLE if bpm < self.least else Tempo.HALF
        return other if self.least - _NEAR <= bpm * other.factor <= self.most + _NEAR else None
