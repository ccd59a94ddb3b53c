"""What the lanes of dancers' words say: the message of each, whole each time. As `lanes`, whose part this is."""

from collections.abc import Callable, Mapping

import msgspec
from msgspec import UNSET

from appliance import wire
from appliance.domain.live_state import Lane, StageState
from appliance.domain.models import Stamp
from appliance.wire_voices import PollLaneOut, PollVotesOut, ReactionsOut, TempoLaneOut, reactions_out, tempo_out


def _tempo(state: StageState, now: Stamp) -> msgspec.Struct:
    del now
    stage, play = state.stage.id, state.now
    if play is None:
        return TempoLaneOut(v=wire.VERSION, stage=stage)
    return TempoLaneOut(v=wire.VERSION, stage=stage, play=play.id, tempo=tempo_out(play.tempo))


def _poll(state: StageState, now: Stamp) -> msgspec.Struct:
    return PollLaneOut(v=wire.VERSION, stage=state.stage.id, poll=wire.shown_poll(state, now))


def _poll_votes(state: StageState, now: Stamp) -> msgspec.Struct:
    del now
    stage, poll = state.stage.id, state.poll
    if poll is None or poll.end is not None:
        return PollVotesOut(v=wire.VERSION, stage=stage)
    return PollVotesOut(v=wire.VERSION, stage=stage, poll=poll.id, votes=list(poll.votes))


def _reactions(state: StageState, now: Stamp) -> msgspec.Struct:
    del now
    session = state.session.id if state.session else UNSET
    reactions = reactions_out(state.reactions)
    return ReactionsOut(v=wire.VERSION, stage=state.stage.id, session=session, reactions=reactions)


VOICE_LANES: Mapping[Lane, Callable[[StageState, Stamp], msgspec.Struct]] = {
    Lane.TEMPO: _tempo,
    Lane.POLL: _poll,
    Lane.POLL_VOTES: _poll_votes,
    Lane.REACTIONS: _reactions,
}
