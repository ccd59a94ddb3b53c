"""A stage passes from DJ to DJ, and DJs come and go on the line."""

from dataclasses import dataclass
from typing import ClassVar

from appliance.domain.events.base import Body
from appliance.domain.handover import Note, Offer
from appliance.domain.models import Session


@dataclass(frozen=True, slots=True)
class HandoverOffered:
    """A DJ lets another one go on."""

    kind: ClassVar[str] = "handover.offered"
    offer: Offer

    def body(self) -> Body:
        return {"session": self.offer.session_id, "stage": self.offer.stage_id, "to": self.offer.to_dj_id}


@dataclass(frozen=True, slots=True)
class HandoverWithdrawn:
    """A DJ plays on after all."""

    kind: ClassVar[str] = "handover.withdrawn"
    offer: Offer

    def body(self) -> Body:
        return {"session": self.offer.session_id, "stage": self.offer.stage_id}


@dataclass(frozen=True, slots=True)
class NoteLeft:
    """A DJ left a note for the next one. What it says stays between the two."""

    kind: ClassVar[str] = "note.left"
    note: Note

    def body(self) -> Body:
        return {"session": self.note.session_id, "stage": self.note.stage_id}


@dataclass(frozen=True, slots=True)
class NoteGone:
    """A note was read, or taken back."""

    kind: ClassVar[str] = "note.gone"
    note: Note

    def body(self) -> Body:
        return {"session": self.note.session_id, "stage": self.note.stage_id}


@dataclass(frozen=True, slots=True)
class DjAway:
    """A DJ has given no sign of life for longer than a bad connection lasts. The set goes on."""

    kind: ClassVar[str] = "dj.away"
    session: Session

    def body(self) -> Body:
        return {"session": self.session.id, "stage": self.session.stage_id}


@dataclass(frozen=True, slots=True)
class DjBack:
    """A DJ who was away gave a sign of life."""

    kind: ClassVar[str] = "dj.back"
    session: Session

    def body(self) -> Body:
        return {"session": self.session.id, "stage": self.session.stage_id}
