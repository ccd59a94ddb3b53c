"""A DJ lets the next one go on, and leaves a note."""

from dataclasses import dataclass

from appliance.domain import handover, rules
from appliance.domain.events import HandoverOffered, HandoverWithdrawn, NoteGone, NoteLeft
from appliance.domain.handover import Note, Offer
from appliance.domain.models import Dj, Session, Stamp
from appliance.errors import NotKnown, Refused
from appliance.ports import Ports, Transaction
from appliance.usecases import lineup
from appliance.usecases.sessions import hear_of, meant_session, own_session, session_unknown


@dataclass(frozen=True, slots=True)
class Handing:
    """A DJ offers the stage. Which session is meant follows `sessions.meant_session`."""

    #: who may go on, by name or id; None for whoever comes next
    to: str | None = None
    #: for whoever goes on; None leaves the note as it is
    note: str | None = None
    session_id: str | None = None
    stage_id: str | None = None


def _heir(tx: Transaction, to: str, *, dj: Dj, stage_id: str) -> Dj:
    heir = tx.dj(to) or tx.dj_named(rules.clean_text(to))
    if heir is None:
        raise NotKnown("dj_unknown", "The box knows no DJ of that name.", advice="Choose one of the DJs of this box.")
    if heir.id == dj.id:
        raise Refused("handover_to_self", "You play here already.", advice="Choose another DJ.")
    event = tx.event_of_stage(stage_id)
    assert event is not None  # a stage belongs to an event
    lineup.check_assigned(tx, event, heir)
    return heir


async def offer(ports: Ports, *, dj: Dj, handing: Handing) -> Offer:
    """Lets another DJ take the stage over, at any moment from now on; takes the place of an earlier offer.

    Raises: Invalid for the note; as `meant_session`; NotKnown with the code `dj_unknown`; Refused with the code
    `session_over` or `handover_to_self`; NotAllowed with the code `dj_not_assigned`.
    """
    now = ports.clock.now()
    text = handover.clean_note(handing.note) if handing.note is not None else None

    def change(tx: Transaction) -> Offer:
        meant = meant_session(tx, dj=dj, session_id=handing.session_id, stage_id=handing.stage_id)
        session = rules.running(meant)
        heir = _heir(tx, handing.to, dj=dj, stage_id=session.stage_id) if handing.to is not None else None
        made = Offer(
            session_id=session.id,
            stage_id=session.stage_id,
            to_dj_id=heir.id if heir else None,
            to_name=heir.name if heir else "",
            made=now,
        )
        hear_of(tx, session, at=now)
        tx.set_offer(made)
        tx.record(HandoverOffered(made), at=now)
        if text is not None:
            _leave(tx, session, text, now=now)
        return made

    return await ports.store.write(change)


async def withdraw(ports: Ports, *, dj: Dj, session_id: str | None = None, stage_id: str | None = None) -> Session:
    """Plays on after all. Without an offer nothing changes.

    Raises: as `meant_session`; Refused with the code `session_over`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Session:
        session = rules.running(meant_session(tx, dj=dj, session_id=session_id, stage_id=stage_id))
        hear_of(tx, session, at=now)
        standing = tx.offer(session.id)
        if standing is not None:
            tx.end_offer(session.id)
            tx.record(HandoverWithdrawn(standing), at=now)
        return session

    return await ports.store.write(change)


def _leave(tx: Transaction, session: Session, text: str, *, now: Stamp) -> Note:
    for old in tx.notes_on(session.stage_id):
        if not handover.is_of_tonight(old, now):
            tx.drop_note(old.session_id)
    note = Note(session.id, session.stage_id, session.dj_id, session.dj_name, text, left=now)
    tx.set_note(note)
    tx.record(NoteLeft(note), at=now)
    return note


async def leave_note(ports: Ports, *, dj: Dj, session_id: str, text: str) -> Note:
    """Leaves a note for the next DJ on the stage, also after the own set; takes the place of an earlier one.

    Raises: Invalid with the code `note_empty` or `note_too_long`; as `own_session`.
    """
    now = ports.clock.now()
    cleaned = handover.clean_note(text)
    return await ports.store.write(lambda tx: _leave(tx, own_session(tx, session_id, dj=dj), cleaned, now=now))


async def drop_note(ports: Ports, *, dj: Dj, session_id: str) -> None:
    """Takes a note away: its writer takes it back, or the DJ who plays on its stage has read it. Again changes nothing.

    Raises: NotKnown with the code `note_unknown` when it is none of this DJ's business.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        session = tx.session(session_id)
        active = tx.active_session(session.stage_id) if session is not None else None
        if dj.id not in {one.dj_id for one in (session, active) if one is not None}:
            raise NotKnown("note_unknown", "There is no such note for you.", advice="Open the console again.")
        note = tx.note(session_id)
        if note is not None:
            tx.drop_note(session_id)
            tx.record(NoteGone(note), at=now)

    await ports.store.write(change)


async def notes_for(ports: Ports, *, dj: Dj, session_id: str) -> list[Note]:
    """What was left for the DJ of a session, the oldest first; nothing once that is over.

    Raises: NotKnown with the code `session_unknown`; NotAllowed with `session_not_yours`.
    """
    session = await ports.reader.session(session_id)
    if session is None:
        raise session_unknown()
    if rules.owned(session, dj_id=dj.id).ended is not None:
        return []
    now = ports.clock.now()
    return [note for note in await ports.reader.notes(session.stage_id) if note.is_for(dj.id, now=now)]
