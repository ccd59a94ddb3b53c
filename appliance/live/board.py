"""The board of the evening: every stage as it is now, told lane by lane to phones and to the broker.

Owns the live state and the pace of telling. Gets what happened after it was durable, never before. Losing all of this
loses nothing: it is read from the store at the next start.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from msgspec import UNSET

from appliance import wire
from appliance.clock import Clock
from appliance.domain import live_state
from appliance.domain.events import Happened, StageOpened
from appliance.domain.live_state import Lane, StageState
from appliance.live.voice_lanes import VOICE_LANES

#: counts are told at most this often: a like is felt at once on the own phone, on the others within this time
LIKES_EVERY_S = 0.25
LISTENERS_EVERY_S = 2.0
VOICES_EVERY_S = 1.0

#: where a lane is told: (stage, lane, JSON)
Teller = Callable[[str, Lane, bytes], None]


def _pace_s(lane: Lane) -> float:
    """How long to wait before a lane is told again; 0 for what is told each time."""
    paces = {Lane.LIKES: LIKES_EVERY_S, Lane.LISTENERS: LISTENERS_EVERY_S}
    paces |= dict.fromkeys((Lane.TEMPO, Lane.POLL_VOTES, Lane.REACTIONS), VOICES_EVERY_S)
    return paces.get(lane, 0.0)


class Board:
    """The live state of all stages."""

    def __init__(self, *, clock: Clock, tellers: Sequence[Teller]) -> None:
        self._clock = clock
        self._tellers = tellers
        self._states: dict[str, StageState] = {}
        self._due: dict[tuple[str, Lane], asyncio.TimerHandle] = {}
        self._told_at: dict[tuple[str, Lane], float] = {}

    def load(self, states: Iterable[StageState]) -> None:
        """Takes over what the store says, at the start."""
        self._states = {state.stage.id: state for state in states}

    def state(self, stage_id: str) -> StageState | None:
        """A stage as it is now, or None when there is no such stage."""
        state = self._states.get(stage_id)
        return live_state.shown(state) if state is not None else None

    def states(self) -> Iterator[StageState]:
        """All stages, in the order they were made."""
        return map(live_state.shown, list(self._states.values()))

    def on_commit(self, events: Sequence[Happened]) -> None:
        """Applies what is durable now, and tells it. Runs on the event loop, in commit order."""
        changed: dict[tuple[str, Lane], None] = {}
        for event in events:
            if isinstance(event, StageOpened):
                self._states.setdefault(event.stage.id, StageState(stage=event.stage))
                continue
            stage_id = live_state.stage_of(event)
            state = self._states.get(stage_id) if stage_id else None
            if state is None:
                continue
            self._states[state.stage.id], lanes = live_state.apply(state, event)
            changed |= dict.fromkeys((state.stage.id, lane) for lane in sorted(lanes, key=list(Lane).index))
        for stage_id, lane in changed:
            if pace_s := _pace_s(lane):
                self._tell_later(stage_id, lane, every_s=pace_s)
            else:
                self._tell(stage_id, lane)

    def set_listeners(self, stage_id: str, listeners: int) -> None:
        """Notes how many phones watch a stage."""
        state = self._states.get(stage_id)
        if state is not None and state.listeners != listeners:
            self._states[stage_id] = replace(state, listeners=listeners)
            self._tell_later(stage_id, Lane.LISTENERS, every_s=LISTENERS_EVERY_S)

    def encoded(self, stage_id: str, lane: Lane) -> bytes:
        """One lane of a stage as JSON, as it is told to phones and retained at the broker."""
        state = live_state.shown(self._states[stage_id])
        now = self._clock.now()
        match lane:
            case Lane.NOW:
                track = wire.track_out(state.now, now) if state.now else UNSET
                return wire.encode(wire.NowOut(v=wire.VERSION, stage=stage_id, now=track))
            case Lane.SESSION:
                session = wire.session_out(state.session) if state.session else UNSET
                return wire.encode(wire.SessionLaneOut(v=wire.VERSION, stage=stage_id, session=session))
            case Lane.LIKES if state.now is not None:
                likes = wire.LikesOut(v=wire.VERSION, stage=stage_id, play=state.now.id, likes=state.now.likes)
                return wire.encode(likes)
            case Lane.LIKES:
                return wire.encode(wire.LikesOut(v=wire.VERSION, stage=stage_id))
            case Lane.LISTENERS:
                return wire.encode(wire.ListenersOut(v=wire.VERSION, stage=stage_id, listeners=state.listeners))
            case _:
                return wire.encode(VOICE_LANES[lane](state, now))

    def encoded_state(self, stage_id: str) -> bytes:
        """A stage's whole state as JSON."""
        return wire.encode(wire.state_out(live_state.shown(self._states[stage_id]), self._clock.now()))

    def _tell(self, stage_id: str, lane: Lane) -> None:
        self._told_at[stage_id, lane] = asyncio.get_running_loop().time()
        self._due.pop((stage_id, lane), None)
        data = self.encoded(stage_id, lane)
        for tell in self._tellers:
            tell(stage_id, lane, data)

    def _tell_later(self, stage_id: str, lane: Lane, *, every_s: float) -> None:
        """Tells at once when the last time is long enough ago, else when it will be; what changes meanwhile merges."""
        if (stage_id, lane) in self._due:
            return
        loop = asyncio.get_running_loop()
        wait = self._told_at.get((stage_id, lane), 0.0) + every_s - loop.time()
        if wait <= 0:
            self._tell(stage_id, lane)
        else:
            self._due[stage_id, lane] = loop.call_later(wait, self._tell, stage_id, lane)

    def stop(self) -> None:
        """Tells nothing more."""
        for timer in self._due.values():
            timer.cancel()
        self._due.clear()
