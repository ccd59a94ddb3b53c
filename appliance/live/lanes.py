"""What each lane says: the message of every lane of a stage and of an event, whole each time.

One table for stages and one for events; whoever adds a lane adds its line here. Must not know who is told.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec import UNSET

from appliance import wire, wire_house, wire_notices, wire_players, wire_schedule
from appliance.domain.live_state import EventLane, EventState, Lane, StageState
from appliance.domain.models import Stamp
from appliance.live.voice_lanes import VOICE_LANES

StageMessage = Callable[[StageState, Stamp], msgspec.Struct]
#: the event's own state, and its stages in their order
EventMessage = Callable[[EventState, Sequence[StageState], Stamp], msgspec.Struct]


def _stage(state: StageState, now: Stamp) -> msgspec.Struct:
    del now
    return wire.StageLaneOut(v=wire.VERSION, stage=state.stage.id, name=state.stage.name, doors=state.stage.doors)


def _now(state: StageState, now: Stamp) -> msgspec.Struct:
    track = wire.track_out(state.now, now) if state.now else UNSET
    return wire.NowOut(v=wire.VERSION, stage=state.stage.id, now=track)


def _session(state: StageState, now: Stamp) -> msgspec.Struct:
    del now
    session = wire.session_out(state.session, locked=state.is_hidden) if state.session else UNSET
    return wire.SessionLaneOut(v=wire.VERSION, stage=state.stage.id, session=session)


def _likes(state: StageState, now: Stamp) -> msgspec.Struct:
    del now
    if state.now is None:
        return wire.LikesOut(v=wire.VERSION, stage=state.stage.id)
    return wire.LikesOut(v=wire.VERSION, stage=state.stage.id, play=state.now.id, likes=state.now.likes)


def _listeners(state: StageState, now: Stamp) -> msgspec.Struct:
    del now
    return wire.ListenersOut(v=wire.VERSION, stage=state.stage.id, listeners=state.listeners)


def _ballot(state: StageState, now: Stamp) -> msgspec.Struct:
    del now
    ballot = wire_house.ballot_out(state.ballot) if state.ballot else UNSET
    return wire_house.BallotLaneOut(v=wire.VERSION, stage=state.stage.id, ballot=ballot)


def _schedule(state: StageState, now: Stamp) -> msgspec.Struct:
    return wire_schedule.schedule_out(state.stage.id, state.plan, now)


def _closing(state: StageState, now: Stamp) -> msgspec.Struct:
    return wire_schedule.closing_out(state.stage.id, state.closing, now)


def _coming(state: StageState, now: Stamp) -> msgspec.Struct:
    del now
    return wire_players.coming_out(state)


def _notices(state: StageState, now: Stamp) -> msgspec.Struct:
    return wire_notices.notices_out(state.notices, now, stage=state.stage.id)


def _event_notices(state: EventState, stages: Sequence[StageState], now: Stamp) -> msgspec.Struct:
    del stages
    return wire_notices.notices_out(state.notices, now, event=state.event.id)


def _event(state: EventState, stages: Sequence[StageState], now: Stamp) -> msgspec.Struct:
    del now
    return wire.event_out(state.event, stages)


def _plan(state: EventState, stages: Sequence[StageState], now: Stamp) -> msgspec.Struct:
    del stages, now
    return wire_schedule.PlanLaneOut(v=wire.VERSION, event=state.event.id, plan=state.plan)


STAGE_LANES: Mapping[Lane, StageMessage] = {
    Lane.STAGE: _stage,
    Lane.SESSION: _session,
    Lane.NOW: _now,
    Lane.LIKES: _likes,
    Lane.LISTENERS: _listeners,
    **VOICE_LANES,
    Lane.BALLOT: _ballot,
    Lane.SCHEDULE: _schedule,
    Lane.CLOSING: _closing,
    Lane.COMING: _coming,
    Lane.NOTICES: _notices,
}
EVENT_LANES: Mapping[EventLane, EventMessage] = {
    EventLane.EVENT: _event,
    EventLane.PLAN: _plan,
    EventLane.NOTICES: _event_notices,
}
