"""How announcements come to count no longer, and how many phones each got to."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from appliance.domain import announcements, intents
from appliance.domain.announcements import Announcement, Ending
from appliance.domain.events import AnnouncementEnded, AnnouncementReached, IntentRetracted
from appliance.domain.models import Event, Session, Stamp
from appliance.domain.space import Room
from appliance.ports import Ports, Transaction


def end(tx: Transaction, said: Announcement, *, ending: Ending, at: Stamp, author: str | None = None) -> Announcement:
    """Ends one that runs, inside a transaction. `author` took it back.

    Its notification is held back, unless its time is up anyway: where nobody else can know it yet it is taken out of
    the journal, else whoever carries the journal is told.
    """
    over = replace(said, ended=ending)
    tx.end_announcement(said.id, ending=ending, at=at)
    tx.record(AnnouncementEnded(over, author), at=at)
    if ending is not Ending.EXPIRED and said.intent_seq:
        intent_id = intents.announced_id(said)
        if not tx.withdraw_intent(intent_id, seq=said.intent_seq):
            tx.record(IntentRetracted(intent_id), at=at)
    return over


def _end_all(tx: Transaction, some: Iterable[Announcement], *, ending: Ending, at: Stamp) -> None:
    for said in some:
        end(tx, said, ending=ending if announcements.is_running(said, at) else Ending.EXPIRED, at=at)


def end_of_set(tx: Transaction, session: Session, *, at: Stamp) -> None:
    """What a DJ said ends with the set, inside its transaction: the next one has the stage."""
    mine = [said for said in tx.running_announcements() if said.session_id == session.id]
    _end_all(tx, mine, ending=Ending.SET_OVER, at=at)


def end_of_event(tx: Transaction, event: Event, *, at: Stamp) -> None:
    """What was said at an event ends with it, inside its transaction."""
    said_there = [said for said in tx.running_announcements() if said.event_id == event.id]
    _end_all(tx, said_there, ending=Ending.EVENT_OVER, at=at)


async def end_expired(ports: Ports) -> int:
    """Ends those whose time is up; how many.

    Raises: Unavailable.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> int:
        over = [said for said in tx.running_announcements() if not announcements.is_running(said, now)]
        for said in over:
            end(tx, said, ending=Ending.EXPIRED, at=now)
        return len(over)

    return await ports.store.write(change)


async def note_phones(ports: Ports, counts: Mapping[str, int], *, final: Collection[str] = ()) -> bool:
    """Keeps how many phones got which announcement; whether there was room for it. `final` ones are over: journaled.

    Only numbers, and never a lower one: after a restart the box counts anew, and does not know whom it counts twice.

    Raises: Unavailable.
    """
    if ports.room() is Room.SCARCE:
        return False
    now = ports.clock.now()

    def change(tx: Transaction) -> None:
        for announcement_id, counted in counts.items():
            said = tx.announcement(announcement_id)
            if said is None:
                continue
            phones = max(said.phones, counted)
            if phones != said.phones:
                tx.set_announcement_phones(said.id, phones)
            if said.id in final:
                tx.record(AnnouncementReached(said.id, phones), at=now)

    await ports.store.write(change)
    return True
