"""What dancers say beside likes: how the tempo feels, and reactions such as a thank-you. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Tempo(StrEnum):
    """How a dancer wants the track that is on."""

    SLOWER = "slower"
    PERFECT = "perfect"
    FASTER = "faster"


@dataclass(frozen=True, slots=True)
class TempoTally:
    """Tempo votes on one play, each guest's last word."""

    slower: int = 0
    perfect: int = 0
    faster: int = 0

    @property
    def votes(self) -> int:
        """All of them."""
        return self.slower + self.perfect + self.faster

    def moved(self, vote: Tempo | None, step: int) -> "TempoTally":
        """With one vote more or fewer; no vote moves nothing."""
        if vote is None:
            return self
        changed: dict[str, int] = {vote.value: getattr(self, vote.value) + step}
        return replace(self, **changed)


class Reaction(StrEnum):
    """What can be said to the DJ with one tap. The names travel in the journal."""

    THANK_YOU = "thank_you"
    FIRE = "fire"
    ENCORE = "encore"


#: how many of each reaction a set has had; one that never came is not in it
Reactions = Mapping[Reaction, int]
