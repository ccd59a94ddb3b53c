"""What everybody at a stage and at its event sees now, and how each happening changes it."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from appliance.domain.announcements import Announcement
from appliance.domain.ballots import Ballot
from appliance.domain.events import (
    AnnouncementEnded,
    AnnouncementMade,
    BallotClosed,
    BallotCounted,
    BallotOpened,
    ClosingSaid,
    DjAway,
    DjBack,
    EventChanged,
    Happened,
    LikeGiven,
    LikeRemoved,
    PlayAnnounced,
    PlayEnriched,
    PlayRetracted,
    PlayStopped,
    PollClosed,
    PollOpened,
    PollVoted,
    ReactionSent,
    SessionEnded,
    SessionLocked,
    SessionStarted,
    SessionUnlocked,
    StageChanged,
    StageOpened,
    StagesOrdered,
    TempoVoted,
)
from appliance.domain.locks import OUTSIDE, Inside, may_see
from appliance.domain.models import EndReason, Event, Play, Session, Stage
from appliance.domain.players import Coming
from appliance.domain.polls import Poll
from appliance.domain.schedule.closing import Closing
from appliance.domain.schedule.plan import StagePlan
from appliance.domain.voices import Reactions


class Lane(StrEnum):
    """The parts of a stage's state that are told separately. Each message is whole, so a missed one does no harm."""

    STAGE = "stage"
    SESSION = "session"
    NOW = "now"
    LIKES = "likes"
    LISTENERS = "listeners"
    #: how the tempo of what is on feels
    TEMPO = "tempo"
    #: the poll that runs, or the last one's result
    POLL = "poll"
    #: the votes in it, told apart because they change often and the question does not
    POLL_VOTES = "poll_votes"
    #: what the DJ was told in this set
    REACTIONS = "reactions"
    #: what the house asks while it plays
    BALLOT = "ballot"
    #: what the plan says of now and next
    SCHEDULE = "schedule"
    #: how the set that runs comes to its end
    CLOSING = "closing"
    #: the track after the one that is on, where the house plays and the box has chosen it
    COMING = "coming"
    #: what the stage was told and still counts
    NOTICES = "notices"


class EventLane(StrEnum):
    """The parts of an event's state, told to everybody at any of its stages. Each message is whole as well."""

    EVENT = "event"
    #: which version the plan has
    PLAN = "plan"
    #: what the whole event was told and still counts
    NOTICES = "event_notices"


#: what a whole state says by itself; every other lane is told beside it
IN_STATE = frozenset(
    {Lane.STAGE, Lane.SESSION, Lane.NOW, Lane.LIKES, Lane.LISTENERS}
    | {Lane.TEMPO, Lane.POLL, Lane.POLL_VOTES, Lane.REACTIONS, Lane.BALLOT}
)
#: what only the DJ's desk and the wall show: a hall's phones are not woken for it each second
FOR_CREW = frozenset({Lane.REACTIONS})
#: what may be asked for again by its number, so that no track is missed; of the others only the newest counts
NUMBERED = frozenset({Lane.STAGE, Lane.SESSION, Lane.NOW})


@dataclass(frozen=True, slots=True)
class EventState:
    """One event as its dancers see it."""

    event: Event
    #: phones with an open stream at any of its stages
    listeners: int = 0
    #: counts the changes of its plan
    plan: int = 0
    #: what nobody has ended; the time of some may be up
    notices: tuple[Announcement, ...] = ()


@dataclass(frozen=True, slots=True)
class StageState:
    """One stage as dancers see it."""

    stage: Stage
    #: whose set it is, or None between sets
    session: Session | None = None
    #: what is on, or None
    now: Play | None = None
    #: phones with an open stream
    listeners: int = 0
    #: the newest poll, running or over; None before the first
    poll: Poll | None = None
    #: what the house asks while it plays; None while a DJ does, or nobody
    ballot: Ballot | None = None
    #: of the session
    reactions: Reactions = field(default_factory=dict)
    #: what the plan says of now and next
    plan: StagePlan = field(default_factory=StagePlan)
    #: what the DJ said of the set's end, if anything
    closing: Closing | None = None
    #: what the house plays next, told of the play that is on
    coming: Coming | None = None
    #: what nobody has ended; the time of some may be up
    notices: tuple[Announcement, ...] = ()
    #: the session is behind a PIN, and whoever sees this lacks it
    is_hidden: bool = False


def seen(state: StageState, inside: Inside = OUTSIDE) -> StageState:
    """The state as it is told to somebody who has opened these locks, by default none.

    Of a set behind another lock only that somebody plays: what is told of it is listed here, so that what a stage
    comes to know later is hidden until somebody lists it. While the DJ is away nobody knows whether the last track is
    still on.
    """
    session = state.session
    if session is None:
        return state
    if not may_see(session.lock, inside):
        return replace(_public(state), session=session, is_hidden=True)
    return replace(state, now=None) if session.away else state


def _public(state: StageState) -> StageState:
    """What is told of a stage whatever is played there: the stage itself, its plan, and what organisers say."""
    said = tuple(one for one in state.notices if one.session_id is None)
    return StageState(stage=state.stage, listeners=state.listeners, plan=state.plan, notices=said)


def lock_of(state: StageState) -> str | None:
    """What the PIN of the running set opens, if there is one."""
    return state.session.lock if state.session is not None else None


def stage_of(event: Happened) -> str | None:
    """The stage whose state an event may change, or None when it concerns no stage."""
    match event:
        case SessionStarted(session=session) | SessionEnded(session=session):
            return session.stage_id
        case DjAway(session=session) | DjBack(session=session):
            return session.stage_id
        case SessionLocked(session=session) | SessionUnlocked(session=session):
            return session.stage_id
        case PlayAnnounced(play=play) | PlayStopped(play=play) | PlayEnriched(play=play) | PlayRetracted(play=play):
            return play.stage_id
        case LikeGiven(stage_id=stage_id) | LikeRemoved(stage_id=stage_id):
            return stage_id
        case TempoVoted(stage_id=stage_id) | ReactionSent(stage_id=stage_id):
            return stage_id
        case PollOpened(poll=poll) | PollVoted(poll=poll) | PollClosed(poll=poll):
            return poll.stage_id
        case BallotOpened(ballot=ballot) | BallotCounted(ballot=ballot) | BallotClosed(ballot=ballot):
            return ballot.stage_id
        case StageChanged(stage=stage):
            return stage.id
        case ClosingSaid(stage_id=stage_id):
            return stage_id
        case AnnouncementMade(said=said) | AnnouncementEnded(said=said):
            return said.stage_id
        case _:
            return None


_Notices = tuple[Announcement, ...]


def _noticed(before: _Notices, happened: AnnouncementMade | AnnouncementEnded) -> _Notices:
    others = tuple(one for one in before if one.id != happened.said.id)
    return (*others, happened.said) if isinstance(happened, AnnouncementMade) else others


def apply(state: StageState, event: Happened) -> tuple[StageState, frozenset[Lane]]:
    """The state after `event` and the lanes that changed by it. Events of other stages change nothing."""
    if stage_of(event) != state.stage.id:
        return state, frozenset()
    match event:
        case StageChanged(stage=stage):
            return replace(state, stage=stage), frozenset({Lane.STAGE})
        case SessionStarted() | SessionEnded() | DjAway() | DjBack() | SessionLocked() | SessionUnlocked():
            return _apply_session(state, event)
        case PlayAnnounced(play=play, current=True):
            return replace(state, now=play), frozenset({Lane.NOW})
        case PlayEnriched(play=play) if state.now and state.now.id == play.id:
            said = replace(play, likes=state.now.likes, tempo=state.now.tempo)
            return replace(state, now=said), frozenset({Lane.NOW})
        case PlayStopped(play=play) | PlayRetracted(play=play) if state.now and state.now.id == play.id:
            return replace(state, now=None), frozenset({Lane.NOW})
        case LikeGiven() | LikeRemoved() if state.now and state.now.id == event.play_id:
            return replace(state, now=replace(state.now, likes=event.likes)), frozenset({Lane.LIKES})
        case ClosingSaid(closing=closing):
            return replace(state, closing=closing), frozenset({Lane.CLOSING})
        case AnnouncementMade() | AnnouncementEnded():
            return replace(state, notices=_noticed(state.notices, event)), frozenset({Lane.NOTICES})
        case _:
            return _apply_voice(state, event)


def _apply_session(state: StageState, event: Happened) -> tuple[StageState, frozenset[Lane]]:
    """A set begins, changes or ends. One that is not on here, or is over when it is told of, changes nothing."""
    match event:
        case SessionStarted(session=session) if session.ended is None:
            return _in_session(state, session)
        case SessionEnded(session=session, reason=reason) if state.session and state.session.id == session.id:
            over, lanes = _in_session(state, None)
            return replace(over, now=state.now if reason is EndReason.HANDED_OVER else None), lanes
        case DjAway(session=session) | DjBack(session=session) if state.session and state.session.id == session.id:
            away = isinstance(event, DjAway)
            return replace(state, session=replace(state.session, away=away)), frozenset({Lane.SESSION, Lane.NOW})
        case SessionLocked() | SessionUnlocked() if state.session and state.session.id == event.session.id:
            lock = event.lock_id if isinstance(event, SessionLocked) else None
            return replace(state, session=replace(state.session, lock=lock)), frozenset({Lane.SESSION})
        case _:
            return state, frozenset()


def _in_session(state: StageState, session: Session | None) -> tuple[StageState, frozenset[Lane]]:
    """Another session, or none. What was on when the stage was handed over stays on; reactions are the DJ's own."""
    now = state.now if session and state.now and state.now.id == session.current_play_id else None
    changed = {Lane.SESSION, Lane.NOW} | ({Lane.REACTIONS} if state.reactions else set())
    changed |= {Lane.BALLOT} if state.ballot else set()
    if lock_of(state) is not None:
        # Nothing of what was said behind a PIN outlasts the set; all lanes are told when that is gone.
        return replace(_public(state), session=session, now=now), frozenset(changed)
    return replace(state, session=session, now=now, ballot=None, reactions={}), frozenset(changed)


def _apply_voice(state: StageState, event: Happened) -> tuple[StageState, frozenset[Lane]]:
    match event:
        case TempoVoted(tally=tally) if state.now and state.now.id == event.play_id:
            return replace(state, now=replace(state.now, tempo=tally)), frozenset({Lane.TEMPO})
        case ReactionSent(reaction=reaction, n=n) if state.session and state.session.id == event.session_id:
            reactions = {**state.reactions, reaction: state.reactions.get(reaction, 0) + n}
            return replace(state, reactions=reactions), frozenset({Lane.REACTIONS})
        case PollOpened(poll=poll):
            return replace(state, poll=poll), frozenset({Lane.POLL})
        case PollVoted(poll=poll) if state.poll and state.poll.id == poll.id:
            return replace(state, poll=poll), frozenset({Lane.POLL_VOTES})
        case PollClosed(poll=poll) if state.poll and state.poll.id == poll.id:
            return replace(state, poll=poll), frozenset({Lane.POLL})
        case BallotOpened(ballot=ballot):
            return replace(state, ballot=ballot), frozenset({Lane.BALLOT})
        case BallotCounted(ballot=ballot) | BallotClosed(ballot=ballot) if (
            state.ballot and state.ballot.id == ballot.id
        ):
            return replace(state, ballot=ballot), frozenset({Lane.BALLOT})
        case _:
            return state, frozenset()


def event_of(happened: Happened) -> str | None:
    """The event whose own state a happening may change, or None when it changes none."""
    match happened:
        case EventChanged(event=event):
            return event.id
        case StageOpened(stage=stage) | StageChanged(stage=stage):
            return stage.event_id
        case StagesOrdered(event_id=event_id):
            return event_id
        case AnnouncementMade(said=said) | AnnouncementEnded(said=said) if said.stage_id is None:
            return said.event_id
        case _:
            return None


def apply_to_event(state: EventState, happened: Happened) -> tuple[EventState, frozenset[EventLane]]:
    """The event's state after `happened` and its lanes that changed by it. Other events' happenings change nothing."""
    if event_of(happened) != state.event.id:
        return state, frozenset()
    match happened:
        case EventChanged(event=event):
            return replace(state, event=event), frozenset({EventLane.EVENT})
        case StageOpened() | StageChanged() | StagesOrdered():
            return state, frozenset({EventLane.EVENT})
        case AnnouncementMade() | AnnouncementEnded():
            return replace(state, notices=_noticed(state.notices, happened)), frozenset({EventLane.NOTICES})
        case _:
            return state, frozenset()
