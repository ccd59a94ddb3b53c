"""The twin's part for offers and notes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from appliance.domain.handover import Note, Offer


@dataclass
class PassingTables:
    """Rows are frozen, so a shallow copy saves them."""

    offers: dict[str, Offer] = field(default_factory=dict)
    notes: dict[str, Note] = field(default_factory=dict)


class MemoryPassingTransaction:
    """`ports.PassingTransaction` on dictionaries."""

    _t: PassingTables

    def offer(self, session_id: str) -> Offer | None:
        return self._t.offers.get(session_id)

    def set_offer(self, offer: Offer) -> None:
        self._t.offers.pop(offer.session_id, None)
        self._t.offers[offer.session_id] = offer

    def end_offer(self, session_id: str) -> None:
        self._t.offers.pop(session_id, None)

    def notes_on(self, stage_id: str) -> Sequence[Note]:
        return [note for note in self._t.notes.values() if note.stage_id == stage_id]

    def note(self, session_id: str) -> Note | None:
        return self._t.notes.get(session_id)

    def set_note(self, note: Note) -> None:
        self._t.notes.pop(note.session_id, None)
        self._t.notes[note.session_id] = note

    def drop_note(self, session_id: str) -> None:
        self._t.notes.pop(session_id, None)


class MemoryPassingReader:
    """`ports.PassingReader` on dictionaries."""

    _tables: PassingTables

    async def offers(self) -> Sequence[Offer]:
        return list(self._tables.offers.values())

    async def notes(self, stage_id: str) -> Sequence[Note]:
        return [note for note in self._tables.notes.values() if note.stage_id == stage_id]
