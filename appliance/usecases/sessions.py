"""A DJ's set: start or go on with it, give signs of life, end it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from appliance.domain import handover, happenings, intents, locks, rules
from appliance.domain.events import DjAway, DjBack, IntentMade, PlayerChanged, SessionEnded, SessionStarted
from appliance.domain.handover import Start
from appliance.domain.models import Dj, EndReason, Session, Stage, Stamp
from appliance.domain.players import Player, Status
from appliance.errors import NotKnown, Refused
from appliance.ports import Ports, Transaction
from appliance.usecases import announcement_ends, lineup, locking, poll_ends
from appliance.usecases.schedule import songs_left
from appliance.usecases.stages import known_stage


@dataclass(frozen=True, slots=True)
class Started:
    """The outcome of a start."""

    session: Session
    #: True when it goes on with the session from before a crash or a refresh
    resumed: bool


def session_unknown() -> NotKnown:
    """There is no session of an id."""
    return NotKnown("session_unknown", "There is no such session.", advice="Start a session on a stage.")


def own_session(tx: Transaction, session_id: str, *, dj: Dj) -> Session:
    """The session, running or not.

    Raises: NotKnown with the code `session_unknown`; NotAllowed with `session_not_yours`.
    """
    session = tx.session(session_id)
    if session is None:
        raise session_unknown()
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


def hear_of(tx: Transaction, session: Session, *, at: Stamp) -> None:
    """A sign of life of the session's DJ, inside a transaction."""
    tx.see_dj(session.id, at=at)
    if session.away:
        tx.set_away(session.id, False)
        tx.record(DjBack(session), at=at)


def end(tx: Transaction, session: Session, *, reason: EndReason, at: Stamp) -> None:
    """Ends a running session inside a transaction. What it offered and asked is over with it; its note stays."""
    poll_ends.close_with(tx, session, at=at)
    tx.end_offer(session.id)
    tx.end_session(session.id, reason=reason, at=at)
    tx.record(SessionEnded(session, reason), at=at)
    announcement_ends.end_of_set(tx, session, at=at)
    songs_left.forget(tx, session, at=at)


def begin(tx: Transaction, session: Session, *, at: Stamp) -> None:
    """A set begins inside a transaction, or one is told of that is over already: of that nobody is notified.

    One that was told of late and is played right now goes on.
    """
    if tx.session(session.id) is None:
        tx.add_session(session)
    else:
        tx.reopen_session(session.id, at=at)
        tx.set_current(session.id, session.current_play_id)
    tx.record(SessionStarted(session), at=at)
    event, stage = tx.event_of_stage(session.stage_id), tx.stage(session.stage_id)
    if session.ended is None and event is not None and stage is not None:
        tx.record(IntentMade(intents.dj_live(session, event=event, stage=stage)), at=at)


@dataclass(frozen=True, slots=True)
class Entrance:
    """A DJ wants to play on a stage, by whichever door."""

    dj: Dj
    now: Stamp
    #: the id of the set, should one begin; may be known as one of the DJ's that was told of late
    session_id: str
    #: replaces a DJ who has been silent for long
    take_over: bool = False
    #: puts the set behind a lock from its first moment on; must be known to the store
    lock: str | None = None


def enter(tx: Transaction, stage: Stage, entrance: Entrance) -> Started:
    """A set begins inside a transaction, or the DJ's own one goes on: every door leads through here.

    When the stage was offered, the set before ends and this one begins at once, and what is on stays on until this
    DJ's first track.

    Raises: Refused with the code `stage_taken`, naming who is on, or as `happenings.may_play`; NotAllowed with
    the code `dj_not_assigned`.
    """
    dj, now = entrance.dj, entrance.now
    event = tx.event_of_stage(stage.id)
    assert event is not None  # a stage belongs to an event
    happenings.may_play(event, stage)
    lineup.check_assigned(tx, event, dj)
    session = Session(entrance.session_id, stage.id, dj.id, dj.name, started=now, seen=now, lock=entrance.lock)
    active = tx.active_session(stage.id)
    house = tx.player_of_dj(active.dj_id) if active is not None else None
    if active is not None and house is not None:
        _give_way(tx, active, house, at=now)
    elif active is not None:
        offer = tx.offer(active.id)
        match handover.how_to_start(active, dj_id=dj.id, offer=offer, take_over=entrance.take_over, now=now):
            case Start.RESUME:
                hear_of(tx, active, at=now)
                return Started(session=active, resumed=True)
            case Start.ANEW:
                end(tx, active, reason=EndReason.LOST, at=now)
            case Start.TAKE_OVER:
                end(tx, active, reason=EndReason.TAKEN_OVER, at=now)
            case Start.HAND_OVER:
                session = handover.following(active, session)
                end(tx, active, reason=EndReason.HANDED_OVER, at=now)
    begin(tx, session, at=now)
    return Started(session=session, resumed=False)


def _give_way(tx: Transaction, active: Session, house: Player, *, at: Stamp) -> None:
    """A house player's set ends for whoever goes live. It comes back by itself only where its manager wants that."""
    end(tx, active, reason=EndReason.TAKEN_OVER, at=at)
    if not house.wish.returns and not house.wish.is_paused:
        house = replace(house, wish=replace(house.wish, is_paused=True))
        tx.put_player(house)
        tx.record(PlayerChanged(house), at=at)


async def start_session(
    ports: Ports, *, dj: Dj, stage_id: str, take_over: bool = False, pin: str | None = None
) -> Started:
    """Starts a set, or goes on with the DJ's own one; takes the stage over where that was offered.

    With a PIN, nobody without it sees any moment of the set.

    Raises: NotKnown; Invalid with the code `pin_invalid`; as `enter`.
    """
    entrance = Entrance(dj=dj, now=ports.clock.now(), session_id=ports.new_id(), take_over=take_over)
    lock_id, chosen = ports.new_id(), locks.checked_pin(pin) if pin is not None else None

    def change(tx: Transaction) -> Started:
        stage = known_stage(tx, stage_id)
        if chosen is None:
            return enter(tx, stage, entrance)
        lock = locking.new_lock(tx, lock_id, pin=chosen)
        started = enter(tx, stage, replace(entrance, lock=lock.id))
        if not started.resumed or locking.opens_already(tx, started.session, chosen):
            return started
        return replace(started, session=locking.put_behind(tx, started.session, lock, at=entrance.now))

    return await ports.store.write(change)


async def note_alive(ports: Ports, *, dj: Dj, session_id: str | None = None, stage_id: str | None = None) -> Session:
    """A sign of life of the DJ's program.

    Raises: as `meant_session`; Refused with the code `session_over`.
    """
    now = ports.clock.now()

    def change(tx: Transaction) -> Session:
        session = rules.running(meant_session(tx, dj=dj, session_id=session_id, stage_id=stage_id))
        hear_of(tx, session, at=now)
        return session

    return await ports.store.write(change)


async def note_silence(ports: Ports) -> int:
    """Notes which DJs have given no sign of life for longer than a bad connection lasts; how many that are anew."""
    now = ports.clock.now()
    states = await ports.reader.stage_states()
    if not any(_falls_silent(now)(state.session) for state in states if state.session is not None):
        return 0

    def change(tx: Transaction) -> int:
        # Looked at again inside the transaction: a sign of life may have come meanwhile.
        gone = list(filter(_falls_silent(now), tx.running_sessions()))
        for session in gone:
            house = tx.player_of_dj(session.dj_id)
            if house is not None:
                # A machine does not come back from the bar: what it plays next is another set.
                reason = EndReason.LOST if house.status(now) is Status.OFFLINE else EndReason.ENDED
                end(tx, session, reason=reason, at=now)
                continue
            tx.set_away(session.id, True)
            tx.record(DjAway(session), at=now)
        return len(gone)

    return await ports.store.write(change)


def _falls_silent(now: Stamp) -> Callable[[Session], bool]:
    return lambda session: not session.away and handover.is_away(session, now)


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
