"""What the hall is told: announce to a stage or to an event, and take it back. All of it can be repeated safely."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliance.domain import announcements, intents, rules
from appliance.domain.announcements import (
    DJ_PACE,
    ORGANISER_PACE,
    RUNNING_MOST_OF_EVENT,
    RUNNING_MOST_OF_SET,
    Announcement,
    AnnouncementLevel,
    Ending,
    Pace,
    Wanted,
)
from appliance.domain.audit import Actor, ActorKind, Deed
from appliance.domain.events import AnnouncementMade, IntentMade
from appliance.domain.models import Dj, Phase, Stamp
from appliance.domain.space import Room
from appliance.errors import NotAllowed, NotKnown, Refused, Unavailable
from appliance.ports import Ports, Transaction
from appliance.usecases.announcement_ends import end
from appliance.usecases.sessions import hear_of, meant_session
from appliance.usecases.stages import known_event, known_stage


@dataclass(frozen=True, slots=True)
class Announced:
    """The outcome."""

    said: Announcement
    #: whether the box had this announcement already
    duplicate: bool


def _author(by: Actor) -> str:
    """Who made it, as announcements name them."""
    return f"{by.kind.value}:{by.id}" if by.id else by.kind.value


def _dj(dj: Dj) -> str:
    return _author(Actor(ActorKind.DJ, dj.id))


def _deed(act: str, said: Announcement) -> Deed:
    return Deed(act, on=said.id, name=said.text, event_id=said.event_id, detail=said.level.value)


def _draft(ports: Ports, wanted: Wanted, *, now: Stamp) -> Announcement:
    """The announcement without whose it is and where.

    Raises: Invalid, naming the first field that can't be used.
    """
    given = wanted.announcement_id
    return Announcement(
        id=rules.checked_id(given, what="announcement") if given is not None else ports.new_id(),
        event_id="",
        stage_id=None,
        session_id=None,
        author="",
        by="",
        text=announcements.cleaned_text(wanted.text),
        level=wanted.level,
        duration_s=announcements.checked_duration(wanted.duration_s),
        made=now,
    )


def _same(known: Announcement, draft: Announcement) -> bool:
    """Whether an announcement that is known is the one that is sent again."""
    there = (known.author, known.event_id, known.stage_id, known.session_id)
    return there == (draft.author, draft.event_id, draft.stage_id, draft.session_id)


def _known(tx: Transaction, draft: Announcement) -> Announced | None:
    """What the box has under the sender's id already.

    Raises: Refused with the code `announcement_id_taken`.
    """
    known = tx.announcement(draft.id)
    if known is None:
        return None
    if not _same(known, draft):
        raise Refused(
            "announcement_id_taken",
            "This id belongs to another announcement.",
            advice="Use a new id for each announcement.",
        )
    return Announced(known, duplicate=True)


def _store(tx: Transaction, draft: Announcement) -> Announced:
    """Keeps it, and lets everybody know who has to: what is said behind a PIN is nobody's business elsewhere."""
    session = tx.session(draft.session_id) if draft.session_id is not None else None
    is_hidden = session is not None and session.lock is not None
    seq = 0 if is_hidden else tx.record(IntentMade(intents.announced(draft)), at=draft.made)
    said = tx.add_announcement(replace(draft, intent_seq=seq))
    tx.record(AnnouncementMade(said), at=draft.made)
    return Announced(said, duplicate=False)


def _check_pace(tx: Transaction, draft: Announcement, *, paces: Sequence[Pace]) -> None:
    earlier = tx.announced_by(draft.author, limit=announcements.looked_at(paces))
    announcements.check_pace(earlier, draft.made, paces=paces)


def _check_room(ports: Ports) -> None:
    """Raises: Unavailable with the code `disk_full`."""
    if ports.room() is Room.SCARCE:
        raise Unavailable(
            "disk_full",
            "The box's disk is full: announcements can't be kept now; the music goes on.",
            advice="Tell the staff. What is urgent can still be said by an organiser.",
        )


def _running(tx: Transaction, draft: Announcement) -> list[Announcement]:
    """What runs beside it and counts against the same limit: of the same set, or of the event's organisers."""
    mine = (draft.event_id, draft.session_id)
    found = [said for said in tx.running_announcements() if (said.event_id, said.session_id) == mine]
    return [said for said in found if announcements.is_running(said, draft.made)]


def _too_many(most: int) -> Refused:
    return Refused(
        "announcements_too_many",
        f"{most} announcements are running: more than dancers read.",
        advice="Take one back first.",
        most=most,
    )


async def announce_to_stage(
    ports: Ports, *, dj: Dj, wanted: Wanted, session_id: str | None = None, stage_id: str | None = None
) -> Announced:
    """A DJ tells the stage of a running set. It ends with the set at the latest. The same id again is the same one.

    Raises: Invalid for a field; as `meant_session`; Refused with the code `session_over`, `announcement_id_taken`,
    `announcing_too_often` or `announcements_too_many`; Unavailable with the code `disk_full`.
    """
    draft = _draft(ports, wanted, now=ports.clock.now())

    def change(tx: Transaction) -> Announced:
        session = rules.running(meant_session(tx, dj=dj, session_id=session_id, stage_id=stage_id))
        stage = known_stage(tx, session.stage_id)
        said = replace(
            draft,
            event_id=stage.event_id,
            stage_id=stage.id,
            session_id=session.id,
            author=_dj(dj),
            by=session.dj_name,
        )
        if (known := _known(tx, said)) is not None:
            return known
        _check_room(ports)
        _check_pace(tx, said, paces=DJ_PACE)
        if len(_running(tx, said)) >= RUNNING_MOST_OF_SET:
            raise _too_many(RUNNING_MOST_OF_SET)
        hear_of(tx, session, at=draft.made)
        return _store(tx, said)

    return await ports.store.write(change)


async def announce_to_event(
    ports: Ports, *, by: Actor, event_id: str, wanted: Wanted, stage_id: str | None = None
) -> Announced:
    """An organiser tells an event, or one of its stages. What is urgent is never refused for being one too many.

    Whoever calls this knows that the event is theirs.

    Raises: Invalid for a field; NotKnown with the code `event_unknown` or `stage_unknown`; Refused with the code
    `event_over`; Refused and Unavailable as `announce_to_stage`.
    """
    draft = _draft(ports, wanted, now=ports.clock.now())
    is_urgent = draft.level is AnnouncementLevel.URGENT

    def change(tx: Transaction) -> Announced:
        event = known_event(tx, event_id)
        if event.phase is Phase.ENDED:
            raise Refused("event_over", "This event is over.", advice="")
        if stage_id is not None and known_stage(tx, stage_id).event_id != event.id:
            raise NotKnown("stage_unknown", "This event has no such stage.", advice="Choose one of its stages.")
        said = replace(draft, event_id=event.id, stage_id=stage_id, author=_author(by), by=event.name)
        if (known := _known(tx, said)) is not None:
            return known
        if not is_urgent:
            _check_room(ports)
            _check_pace(tx, said, paces=ORGANISER_PACE)
        running = _running(tx, said)
        if len(running) >= RUNNING_MOST_OF_EVENT:
            if not is_urgent:
                raise _too_many(RUNNING_MOST_OF_EVENT)
            end(tx, announcements.making_room(running), ending=Ending.CROWDED_OUT, at=draft.made)
        tx.audit(_deed("announcement.made", said), by=by, at=draft.made)
        return _store(tx, said)

    return await ports.store.write(change)


def _taken_back(tx: Transaction, said: Announcement, *, author: str, now: Stamp) -> Announcement:
    if said.ended is not None:
        return said
    ending = Ending.CANCELLED if announcements.is_running(said, now) else Ending.EXPIRED
    return end(tx, said, ending=ending, at=now, author=author)


def _known_announcement(tx: Transaction, announcement_id: str) -> Announcement:
    said = tx.announcement(announcement_id)
    if said is None:
        raise NotKnown("announcement_unknown", "There is no such announcement.", advice="Look again.")
    return said


async def take_back_own(ports: Ports, *, dj: Dj, announcement_id: str) -> Announcement:
    """A DJ takes an own announcement back: it is gone from phones. Again, or when it is over, changes nothing.

    Raises: NotKnown with the code `announcement_unknown`; NotAllowed with the code `announcement_not_yours`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Announcement:
        said = _known_announcement(tx, announcement_id)
        if said.author != _dj(dj):
            raise NotAllowed("announcement_not_yours", "This announcement is somebody else's.", advice="")
        return _taken_back(tx, said, author=_dj(dj), now=now)

    return await ports.store.write(change)


async def take_back(ports: Ports, *, by: Actor, event_id: str, announcement_id: str) -> Announcement:
    """An organiser takes back what was said at an event, by whomever. Again, or when it is over, changes nothing.

    Whoever calls this knows that the event is theirs.

    Raises: NotKnown with the code `event_unknown` or `announcement_unknown`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Announcement:
        known_event(tx, event_id)
        said = _known_announcement(tx, announcement_id)
        if said.event_id != event_id:
            raise NotKnown("announcement_unknown", "This event has no such announcement.", advice="Look again.")
        if announcements.is_running(said, now):
            tx.audit(_deed("announcement.cancelled", said), by=by, at=now)
        return _taken_back(tx, said, author=_author(by), now=now)

    return await ports.store.write(change)
