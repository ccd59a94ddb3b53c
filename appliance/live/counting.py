"""Counts who is there, every minute, and lets their phones vote on the time.

Owns the minute hand and what it knows of guests, in memory only. What comes out are numbers; who is told them is the
journal. Costs a phone's stream nothing: it looks at the open ones once a minute.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from appliance.clock import Clock
from appliance.domain import timekeeping
from appliance.domain.crowd_time import Votes
from appliance.domain.events import GuestForgotten, Happened, LikeGiven, LikeRemoved, SessionEnded, SessionStarted
from appliance.domain.live_state import StageState
from appliance.domain.presence import MINUTE_MS, Attendance, Count
from appliance.domain.timekeeping import Hint
from appliance.errors import BoxError
from appliance.ports import Ports
from appliance.usecases import anchors, presence

log = logging.getLogger(__name__)

#: stages with the guests who have a stream open there
Present = Callable[[], Iterable[tuple[str, Iterable[str]]]]
EachMinute = Callable[[Mapping[str, int]], Awaitable[None]]


async def _nothing(guests: Mapping[str, int]) -> None:
    del guests


class Counting:
    """The count of this run."""

    def __init__(self, *, clock: Clock, present: Present, each_minute: EachMinute = _nothing) -> None:
        """`each_minute` is told how many guests were there in the minute that is over, by stage."""
        self._clock = clock
        self._present = present
        self._each_minute = each_minute
        self._turned = 0
        self._attendance = Attendance()
        self._votes = Votes()
        self._began = clock.now()
        self._ports: Ports | None = None
        self._hand: asyncio.Task[None] | None = None
        self._closing = False
        #: rows that there was no room for, since the last that were kept
        self._lost = 0

    def start(self, ports: Ports, *, states: Iterable[StageState]) -> None:
        """Begins to count; `states` are the stages as they are."""
        self._ports = ports
        for state in states:
            if state.session is not None:
                self._attendance.goes_on(state.stage.id, session=state.session.id, dj=state.session.dj_id)
        self._hand = asyncio.get_running_loop().create_task(self._turn_forever(), name="counting")

    def problem(self) -> str | None:
        """What is wrong, in words for staff, or None."""
        if self._hand is not None and self._hand.done() and not self._closing:
            return "Nobody counts the guests any more; the music and the hearts go on. Restart the box after the night."
        return None

    def see(self, stage_id: str, guest_id: str) -> None:
        """A guest's phone looks at a stage."""
        self._attendance.see(stage_id, guest_id)

    def has_stayed(self, guest_id: str) -> bool:
        """Whether a guest has been in the hall for some minutes."""
        return self._attendance.has_stayed(guest_id)

    def vote(self, guest_id: str, wall_ms: int) -> None:
        """A guest's phone says what time it is."""
        self._votes.cast(guest_id, wall_ms=wall_ms, boot_ms=self._clock.now().boot_ms)

    def on_commit(self, events: Sequence[Happened]) -> None:
        """Notes what guests and DJs did, once it is durable."""
        for event in events:
            match event:
                case LikeGiven() | LikeRemoved():
                    self._attendance.act(event.stage_id, event.guest_id)
                case SessionStarted(session=session) if session.ended is None:
                    self._attendance.started(session.stage_id, session=session.id, dj=session.dj_id)
                case SessionEnded(session=session):
                    self._attendance.ended(session.stage_id, session=session.id)
                case GuestForgotten(guest_id=guest_id):
                    self._attendance.forget(guest_id)
                    self._votes.forget(guest_id)
                case _:
                    pass

    def _since_ms(self) -> int:
        return self._clock.now().boot_ms - self._began.boot_ms

    async def turn(self) -> None:
        """Turns the hand to the minute that it is, and keeps what can be told by now."""
        present = [(stage, list(guests)) for stage, guests in self._present()]
        before, minute = self._attendance.this_minute(), self._since_ms() // MINUTE_MS
        if minute > self._turned:
            self._turned = minute
            await self._each_minute(before)
        counts = self._attendance.turn(self._since_ms() // MINUTE_MS, present=present)
        self._votes.keep_only({guest for _, guests in present for guest in guests})
        await self._keep(counts)
        now = self._clock.now()
        for hint in (timekeeping.own_hint(now), self._votes.agreed(boot=now.boot, boot_ms=now.boot_ms)):
            if hint is not None:
                await self._note(hint)

    async def stop(self) -> None:
        """Keeps the span that was begun. The hand-over that is being measured is lost."""
        self._closing = True
        if self._hand is not None:
            self._hand.cancel()
            await self._keep(self._attendance.close(since_start_ms=self._since_ms()))

    async def _turn_forever(self) -> None:
        await self.turn()
        while True:
            # By boot time, so that a minute is one also when someone sets the clock.
            await asyncio.sleep((MINUTE_MS - self._since_ms() % MINUTE_MS) / 1000)
            await self.turn()

    async def _keep(self, counts: Sequence[Count]) -> None:
        if not counts or self._ports is None:
            return
        try:
            if await presence.keep(self._ports, counts, began=self._began, lost=self._lost):
                self._lost = 0
                return
            log.warning("How many guests were there is not kept: what room the disk has is for the music.")
        except BoxError as error:
            log.warning("How many guests were there could not be kept: %s", error.detail)
        self._lost += len(counts)

    async def _note(self, hint: Hint) -> None:
        assert self._ports is not None  # the hand turns after the start
        try:
            await anchors.note(self._ports, hint)
        except BoxError as error:
            log.warning("What time others say it is could not be kept: %s", error.detail)
