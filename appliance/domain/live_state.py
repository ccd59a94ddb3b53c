"""What everybody at a stage sees now, and how each happening changes it."""

from dataclasses import dataclass, replace
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
    SessionEnded,
    SessionStarted,
)
from appliance.domain.models import EndReason, Play, Session, Stage


class Lane(StrEnum):
    """The parts of a stage's state that are told separately. Each message is whole, so a missed one does no harm."""

    SESSION = "session"
    NOW = "now"
    LIKES = "likes"
    LISTENERS = "listeners"


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
        case _:
            return None


def apply(state: StageState, event: Happened) -> tuple[StageState, frozenset[Lane]]:
    """The state after `event` and the lanes that changed by it. Events of other stages change nothing."""
    if stage_of(event) != state.stage.id:
        return state, frozenset()
    match event:
        case SessionStarted(session=session) if session.ended is None:
            # What was on when the stage was handed over stays on.
            now = state.now if state.now and state.now.id == session.current_play_id else None
            return replace(state, session=session, now=now), frozenset({Lane.SESSION, Lane.NOW})
        case SessionEnded(session=session, reason=reason) if state.session and state.session.id == session.id:
            now = state.now if reason is EndReason.HANDED_OVER else None
            return replace(state, session=None, now=now), frozenset({Lane.SESSION, Lane.NOW})
        case DjAway(session=session) | DjBack(session=session) if state.session and state.session.id == session.id:
            away = isinstance(event, DjAway)
            return replace(state, session=replace(state.session, away=away)), frozenset({Lane.SESSION, Lane.NOW})
        case PlayAnnounced(play=play, current=True):
            return replace(state, now=play), frozenset({Lane.NOW})
        case PlayEnriched(play=play) if state.now and state.now.id == play.id:
            return replace(state, now=replace(play, likes=state.now.likes)), frozenset({Lane.NOW})
        case PlayStopped(play=play) | PlayRetracted(play=play) if state.now and state.now.id == play.id:
            return replace(state, now=None), frozenset({Lane.NOW})
        case LikeGiven() | LikeRemoved() if state.now and state.now.id == event.play_id:
            return replace(state, now=replace(state.now, likes=event.likes)), frozenset({Lane.LIKES})
        case _:
            return state, frozenset()
