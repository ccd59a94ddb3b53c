"""What is asked of the store about what DJs have played."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from appliance.domain.models import Play, Session, TrackInfo


@dataclass(frozen=True, slots=True)
class PastSet:
    """A set, running or over, with where it was."""

    session: Session
    stage_name: str
    event_id: str
    #: tracks that stand in it
    tracks: int


class PastReader(Protocol):
    """Questions about what DJs have played."""

    async def sets_of(self, dj_id: str, *, limit: int) -> Sequence[PastSet]:
        """A DJ's sets, those behind a PIN too, the latest first."""
        ...

    async def plays_of_dj(self, dj_id: str, *, limit: int) -> Sequence[Play]:
        """What stands of a DJ's plays, those behind a PIN too, the latest first."""
        ...

    async def played_openly(self, dj_id: str, *, limit: int) -> Sequence[TrackInfo]:
        """What a DJ played, the latest first; nothing from behind a PIN."""
        ...

    async def count_played_openly(self, dj_id: str) -> int:
        """How much that is in all."""
        ...
