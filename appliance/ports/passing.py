"""What is asked of the store about how a stage passes from DJ to DJ: offers, and notes for the next one."""

from collections.abc import Sequence
from typing import Protocol

from appliance.domain.handover import Note, Offer


class PassingTransaction(Protocol):
    """Offers and notes inside one write transaction."""

    def offer(self, session_id: str) -> Offer | None:
        """What a running set's DJ offers."""
        ...

    def set_offer(self, offer: Offer) -> None:
        """Offers the stage, in the place of an earlier offer."""
        ...

    def end_offer(self, session_id: str) -> None: ...
    def notes_on(self, stage_id: str) -> Sequence[Note]:
        """Every note on a stage, the oldest first."""
        ...

    def note(self, session_id: str) -> Note | None: ...
    def set_note(self, note: Note) -> None:
        """Leaves a note, in the place of the set's earlier one."""
        ...

    def drop_note(self, session_id: str) -> None: ...


class PassingReader(Protocol):
    """Questions about offers and notes."""

    async def offers(self) -> Sequence[Offer]:
        """Every offer that stands."""
        ...

    async def notes(self, stage_id: str) -> Sequence[Note]:
        """Every note on a stage, the oldest first."""
        ...
