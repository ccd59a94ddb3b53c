"""What a transaction on SQLite does with offers and notes: `ports.PassingTransaction`."""

from collections.abc import Sequence

from appliance.domain.handover import Note, Offer
from appliance.store.passing import rows
from appliance.store.running import Running
from appliance.store.stamps import stamp_parameters


class PassingWriting(Running):
    """Lives on the writer's thread."""

    def offer(self, session_id: str) -> Offer | None:
        row = self._one("offer", {"session_id": session_id})
        return rows.offer(row) if row else None

    def set_offer(self, offer: Offer) -> None:
        place = {"session_id": offer.session_id, "stage_id": offer.stage_id, "to_dj_id": offer.to_dj_id}
        self._run("set_offer", {**place, **stamp_parameters(offer.made)})

    def end_offer(self, session_id: str) -> None:
        self._run("end_offer", {"session_id": session_id})

    def notes_on(self, stage_id: str) -> Sequence[Note]:
        return [rows.note(row) for row in self._run("notes_on", {"stage_id": stage_id})]

    def note(self, session_id: str) -> Note | None:
        row = self._one("note", {"session_id": session_id})
        return rows.note(row) if row else None

    def set_note(self, note: Note) -> None:
        place = {"session_id": note.session_id, "stage_id": note.stage_id, "dj_id": note.dj_id}
        self._run("set_note", {**place, "dj_name": note.dj_name, "text": note.text, **stamp_parameters(note.left)})

    def drop_note(self, session_id: str) -> None:
        self._run("drop_note", {"session_id": session_id})
