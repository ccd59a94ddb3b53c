"""What dancers said before a start, for those who show what is."""

from collections.abc import Sequence
from dataclasses import replace

from appliance.domain.live_state import StageState
from appliance.ports import Reader


async def with_voices(reader: Reader, states: Sequence[StageState]) -> list[StageState]:
    """Stages with their newest poll and what the DJ was told in the running set."""
    found = []
    for state in states:
        newest = await reader.polls_of_stage(state.stage.id, limit=1)
        reactions = await reader.reactions_of(state.session.id) if state.session else {}
        found.append(replace(state, poll=newest[0] if newest else None, reactions=reactions))
    return found
