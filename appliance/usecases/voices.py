"""What dancers said before a start, for those who show what is."""

from collections.abc import Sequence
from dataclasses import replace

from appliance.domain.live_state import StageState
from appliance.domain.polls import Poll
from appliance.ports import Reader


async def _shows(reader: Reader, state: StageState, poll: Poll) -> bool:
    """Whether a poll can still be seen: one from behind a PIN is over with its set, for everybody."""
    asked_in = await reader.session(poll.session_id) if poll.session_id is not None else None
    return asked_in is None or asked_in.lock is None or (state.session is not None and state.session.id == asked_in.id)


async def with_voices(reader: Reader, states: Sequence[StageState]) -> list[StageState]:
    """Stages with their newest poll, what the DJ was told in the running set, and what the house asks in its own."""
    asked = {one.play_id: one for one in await reader.newest_ballots()}
    found = []
    for state in states:
        newest = [
            poll for poll in await reader.polls_of_stage(state.stage.id, limit=1) if await _shows(reader, state, poll)
        ]
        reactions = await reader.reactions_of(state.session.id) if state.session else {}
        ballot = asked.get(state.session.current_play_id or "") if state.session else None
        found.append(replace(state, poll=newest[0] if newest else None, reactions=reactions, ballot=ballot))
    return found
