"""A DJ's set: start or go on with it, give signs of life, end it."""

from dataclasses import dataclass

from appliance.domain import intents, rules
from appliance.domain.events import IntentMade, SessionEnded, SessionStarted
from appliance.domain.models import Dj, EndReason, Session, Stamp
from appliance.errors import NotKnown, Refused
from appliance.ports import Ports, Transaction
from appliance.usecases import announcement_ends
from appliance.usecases.stages import known_stage


@dataclass(frozen=True, slots=True)
class Started:
    """The outcome of a start."""

    session: Session
    #: True when it goes on with the session from before a crash or a refresh
    resumed: bool


def own_session(tx: Transaction, session_id: str, *, dj: Dj) -> Session:
    """The session, running or not.

    Raises: NotKnown with the code `session_unknown`; NotAllowed with `session_not_yours`.
    """
    session = tx.session(session_id)
    if session is None:
        raise NotKnown("session_unknown", "There is no such session.", advice="Start a session on a stage.")
    return rules.owned(session, dj_id=dj.id)


def meant_session(tx: Transaction, *, dj: Dj, session_id: str | None, stage_id: str | None) -> Session:
    """The DJ's session that a message means: named, or the one on a stage, or the only one that runs.

    Raises: NotKnown, NotAllowed; Refused with the code `no_session` or `session_ambiguous`.
    """
    if session_id is not None:
        return own_session(tx, session_id, dj=dj)
    if stage_id is not None:
        known_stage(tx, stage_id)
    mine = [s for s in tx.active_sessions_of(dj.id) if stage_id is None or s.stage_id == stage_id]
    if not mine:
        raise Refused("no_session", "You have no running session there.", advice="Start a session on a stage first.")
    if len(mine) > 1:
        raise Refused("session_ambiguous", "You have sessions on several stages.", advice="Name the stage.")
    return mine[0]


def end(tx: Transaction, session: Session, *, reason: EndReason, at: Stamp) -> None:
    """Ends a running session inside a transaction."""
    tx.end_session(session.id, reason=reason, at=at)
    tx.record(SessionEnded(session, reason), at=at)
    announcement_ends.end_of_set(tx, session, at=at)


def begin(tx: Transaction, session: Session, *, at: Stamp) -> None:
    """A set begins inside a transaction, or one is told of that is over already: of that nobody is notified."""
    tx.add_session(session)
    tell_begun(tx, session, at=at)


def tell_begun(tx: Transaction, session: Session, *, at: Stamp) -> None:
    """Journals that a set runs, and that people would like to hear of it now."""
    tx.record(SessionStarted(session), at=at)
    event, stage = tx.event(), tx.stage(session.stage_id)
    if session.ended is None and event is not None and stage is not None:
        tx.record(IntentMade(intents.dj_live(session, event=event, stage=stage)), at=at)


async def start_session(ports: Ports, *, dj: Dj, stage_id: str, take_over: bool = False) -> Started:
    """Starts a set, or goes on with the DJ's own one from up to five minutes ago.

    Raises: NotKnown; Refused with the code `stage_taken`, naming who is on.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Started:
        stage = known_stage(tx, stage_id)
        active = tx.active_session(stage.id)
        if active is not None:
            if rules.may_start(active, dj_id=dj.id, take_over=take_over, now=now):
                tx.see_dj(active.id, at=now)
                return Started(session=active, resumed=True)
            end(tx, active, reason=EndReason.LOST if active.dj_id == dj.id else EndReason.TAKEN_OVER, at=now)
        session = Session(id=ports.new_id(), stage_id=stage.id, dj_id=dj.id, dj_name=dj.name, started=now, seen=now)
        begin(tx, session, at=now)
        return Started(session=session, resumed=False)

    return await ports.store.write(change)


async def note_alive(ports: Ports, *, dj: Dj, session_id: str | None = None, stage_id: str | None = None) -> Session:
    """A sign of life of the DJ's program.

    Raises: as `meant_session`; Refused with the code `session_over`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Session:
        session = rules.running(meant_session(tx, dj=dj, session_id=session_id, stage_id=stage_id))
        tx.see_dj(session.id, at=now)
        return session

    return await ports.store.write(change)


async def end_session(ports: Ports, *, dj: Dj, session_id: str | None = None, stage_id: str | None = None) -> Session:
    """Ends a set. Ending it again changes nothing.

    Raises: as `meant_session`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Session:
        session = meant_session(tx, dj=dj, session_id=session_id, stage_id=stage_id)
        if session.ended is None:
            end(tx, session, reason=EndReason.ENDED, at=now)
        over = tx.session(session.id)
        assert over is not None
        return over

    return await ports.store.write(change)
