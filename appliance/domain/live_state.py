"""What everybody at a stage sees now, and how each happening changes it."""

from dataclasses import dataclass, replace
from enum import StrEnum

from appliance.domain.events import (
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
from appliance.domain.models import Play, Session, Stage


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


def stage_of(event: Happened) -> str | None:
    """The stage whose state an event may change, or None when it concerns no stage."""
    match event:
        case SessionStarted(session=session) | SessionEnded(session=session):
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
            return replace(state, session=session, now=None), frozenset({Lane.SESSION, Lane.NOW})
        case SessionEnded(session=session) if state.session and state.session.id == session.id:
            return replace(state, session=None, now=None), frozenset({Lane.SESSION, Lane.NOW})
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
