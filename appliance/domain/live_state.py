"""What everybody at a stage sees now, and how each happening changes it."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from appliance.domain.events import (
    DjAway,
    DjBack,
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
    SessionStarted,
    TempoVoted,
)
from appliance.domain.models import EndReason, Play, Session, Stage
from appliance.domain.polls import Poll
from appliance.domain.voices import Reactions


class Lane(StrEnum):
    """The parts of a stage's state that are told separately. Each message is whole, so a missed one does no harm."""

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
    #: of the session
    reactions: Reactions = field(default_factory=dict)


def shown(state: StageState) -> StageState:
    """The state as it is told to whoever asks: while the DJ is away nobody knows whether the last track is still on."""
    return replace(state, now=None) if state.session is not None and state.session.away else state


def stage_of(event: Happened) -> str | None:
    """The stage whose state an event may change, or None when it concerns no stage."""
    match event:
        case SessionStarted(session=session) | SessionEnded(session=session):
            return session.stage_id
        case DjAway(session=session) | DjBack(session=session):
            return session.stage_id
        case PlayAnnounced(play=play) | PlayStopped(play=play) | PlayEnriched(play=play) | PlayRetracted(play=play):
            return play.stage_id
        case LikeGiven(stage_id=stage_id) | LikeRemoved(stage_id=stage_id):
            return stage_id
        case TempoVoted(stage_id=stage_id) | ReactionSent(stage_id=stage_id):
            return stage_id
        case PollOpened(poll=poll) | PollVoted(poll=poll) | PollClosed(poll=poll):
            return poll.stage_id
        case _:
            return None


def apply(state: StageState, event: Happened) -> tuple[StageState, frozenset[Lane]]:
    """The state after `event` and the lanes that changed by it. Events of other stages change nothing."""
    if stage_of(event) != state.stage.id:
        return state, frozenset()
    match event:
        case SessionStarted(session=session) if session.ended is None:
            return _in_session(state, session)
        case SessionEnded(session=session, reason=reason) if state.session and state.session.id == session.id:
            over, lanes = _in_session(state, None)
            return replace(over, now=state.now if reason is EndReason.HANDED_OVER else None), lanes
        case DjAway(session=session) | DjBack(session=session) if state.session and state.session.id == session.id:
            away = isinstance(event, DjAway)
            return replace(state, session=replace(state.session, away=away)), frozenset({Lane.SESSION, Lane.NOW})
        case PlayAnnounced(play=play, current=True):
            return replace(state, now=play), frozenset({Lane.NOW})
        case PlayEnriched(play=play) if state.now and state.now.id == play.id:
            said = replace(play, likes=state.now.likes, tempo=state.now.tempo)
            return replace(state, now=said), frozenset({Lane.NOW})
        case PlayStopped(play=play) | PlayRetracted(play=play) if state.now and state.now.id == play.id:
            return replace(state, now=None), frozenset({Lane.NOW})
        case LikeGiven() | LikeRemoved() if state.now and state.now.id == event.play_id:
            return replace(state, now=replace(state.now, likes=event.likes)), frozenset({Lane.LIKES})
        case _:
            return _apply_voice(state, event)


def _in_session(state: StageState, session: Session | None) -> tuple[StageState, frozenset[Lane]]:
    """Another session, or none. What was on when the stage was handed over stays on; reactions are the DJ's own."""
    now = state.now if session and state.now and state.now.id == session.current_play_id else None
    changed = {Lane.SESSION, Lane.NOW} | ({Lane.REACTIONS} if state.reactions else set())
    return replace(state, session=session, now=now, reactions={}), frozenset(changed)


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
        case _:
            return state, frozenset()
