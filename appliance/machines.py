"""What machines at the venue are told through the broker, retained: walls, lights, players, overlays.

Part of the composition root: it knows the board's lanes and the topics, and not who publishes.
"""

import asyncio
from collections.abc import Callable, Iterator

from appliance.domain import topics
from appliance.domain.live_state import EventLane, Lane
from appliance.live.board import AnyLane, Board, Teller

#: lanes that machines get as phones do; how many people watch is only for pages
LANES = (Lane.SESSION, Lane.NOW, Lane.LIKES, Lane.TEMPO, Lane.POLL, Lane.POLL_VOTES, Lane.REACTIONS)
#: what the hall is told is one topic of each stage: a machine need not know of events
_NOTICES = frozenset({Lane.NOTICES, EventLane.NOTICES})


def retained(board: Board) -> Iterator[tuple[str, bytes]]:
    """Everything the broker should hold, for after it was away."""
    for state in board.states():
        topic = topics.of_stage(state.stage.id)
        for lane in LANES:
            yield topics.lane_topic(topic, lane.value), board.encoded(topic, lane)
        yield _notices(board, state.stage.id)


def _notices(board: Board, stage_id: str) -> tuple[str, bytes]:
    return topics.stage_topic(stage_id, Lane.NOTICES.value), board.encoded_notices(stage_id)


def tell_machines(board: Board, publish: Callable[[str, bytes], None]) -> Teller:
    """Tells machines what changed."""

    def messages(topic: str, lane: AnyLane, data: bytes) -> Iterator[tuple[str, bytes]]:
        if lane in LANES:
            yield topics.lane_topic(topic, lane.value), data
        elif lane in _NOTICES:
            for stage_id in board.stages_at(topic):
                yield _notices(board, stage_id)

    def tell(topic: str, lane: AnyLane, data: bytes) -> None:
        for where, message in messages(topic, lane, data):
            # Phones first: the hub's writing waits in the loop already, and this goes behind it.
            asyncio.get_running_loop().call_soon(publish, where, message)

    return tell
