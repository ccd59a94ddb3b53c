"""Follows what is said in the hall while it counts: how many phones got it, and when it is over.

Owns who got what, in memory only and for as long as it counts; what comes out are numbers. Ends what is over, so that
walls and new pages hear of it without anybody doing something; phones count down by themselves.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from appliance.clock import Clock
from appliance.domain import announcements
from appliance.domain.announcements import Announcement
from appliance.domain.events import AnnouncementEnded, AnnouncementMade, GuestForgotten, Happened
from appliance.domain.live_state import EventLane, Lane
from appliance.errors import BoxError
from appliance.ports import Ports
from appliance.usecases import announcement_ends

log = logging.getLogger(__name__)

#: how often numbers are kept while something counts
KEEP_EVERY_S = 60.0
#: when it could not be stored, for example on a full disk
AGAIN_S = 30.0
#: a timer that is early by a breath would find nothing to do
_LATE_S = 0.02
#: more guests than a hall holds; further ones are not counted, so that made-up ids fill no memory
PHONES_MOST = 10_000

_NOTICES = frozenset({Lane.NOTICES, EventLane.NOTICES})

#: stages with the guests who have a stream open there
Present = Callable[[], Iterable[tuple[str, Iterable[str]]]]
#: the event of a stage
EventOf = Callable[[str], str | None]
#: of a stage with a set behind a PIN, the guests who know it; None where there is no PIN
InsidersOf = Callable[[str], frozenset[str] | None]


def _nobody(stage_id: str) -> frozenset[str] | None:
    del stage_id
    return None


@dataclass(slots=True)
class _Followed:
    """An announcement, and who got it since the start."""

    said: Announcement
    guests: set[str] = field(default_factory=set)
    #: the number that was kept last
    kept: int = 0

    @property
    def phones(self) -> int:
        """So many phones at least: whom it had before a restart nobody knows any more, only how many."""
        return max(self.said.phones, len(self.guests))


class Announcing:
    """What is followed in this run."""

    def __init__(self, *, clock: Clock, present: Present, event_of: EventOf, insiders: InsidersOf = _nobody) -> None:
        self._clock = clock
        self._present = present
        self._event_of = event_of
        self._insiders = insiders
        self._ports: Ports | None = None
        self._running: dict[str, _Followed] = {}
        #: numbers of those that are over, until they are kept
        self._over: dict[str, int] = {}
        #: the number of the newest that was ever said
        self.newest = 0
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    def start(self, ports: Ports, *, running: Iterable[Announcement], newest: int = 0) -> None:
        """Begins to follow; `running` is what nobody has ended, `newest` the number of the newest that was said."""
        self.newest = newest
        self._ports = ports
        self._running = {said.id: _Followed(said, kept=said.phones) for said in running}
        self._task = asyncio.get_running_loop().create_task(self._follow(), name="announcing")

    def problem(self) -> str | None:
        """What is wrong, in words for staff, or None."""
        if self._task is not None and self._task.done() and not self._closing:
            return "Announcements that are over stay on walls; phones and music go on. Restart the box after the night."
        return None

    def on_commit(self, events: Sequence[Happened]) -> None:
        """Notes what was said and what is over, once that is durable."""
        for event in events:
            match event:
                case AnnouncementMade(said=said):
                    self._running[said.id] = _Followed(said)
                    self.newest = max(self.newest, said.number)
                    self._woken.set()
                case AnnouncementEnded(said=said):
                    followed = self._running.pop(said.id, None)
                    self._over[said.id] = followed.phones if followed else said.phones
                    self._woken.set()
                case GuestForgotten(guest_id=guest_id):
                    for followed in self._running.values():
                        followed.guests.discard(guest_id)
                case _:
                    pass

    def got(self, stage_id: str, guest_id: str) -> None:
        """A guest's phone was given all that counts at a stage."""
        self._give(stage_id, [guest_id])

    def told(self, topic: str, lane: Lane | EventLane, data: bytes) -> None:
        """A lane was written to the open streams of a topic."""
        del topic, data
        if lane in _NOTICES:
            # Whoever else has a stream open was given what counts there before.
            for stage_id, guests in self._present():
                self._give(stage_id, guests)

    def _give(self, stage_id: str, guests: Iterable[str]) -> None:
        if not self._running or (event_id := self._event_of(stage_id)) is None:
            return
        some, now, inside = list(guests), self._clock.now(), self._insiders(stage_id)
        for followed in self._running.values():
            here = announcements.concerns(followed.said, event_id=event_id, stage_id=stage_id)
            if here and len(followed.guests) < PHONES_MOST and announcements.is_running(followed.said, now):
                # What a DJ says behind a PIN is heard there.
                is_hidden = inside is not None and followed.said.session_id is not None
                followed.guests.update(inside & {*some} if is_hidden and inside is not None else some)

    def phones(self, said: Announcement) -> int:
        """How many phones got an announcement, as far as that is known now."""
        followed = self._running.get(said.id)
        return followed.phones if followed else max(said.phones, self._over.get(said.id, 0))

    async def stop(self) -> None:
        """Keeps the numbers. What is over by then is ended at the next start."""
        self._closing = True
        if self._task is not None:
            self._task.cancel()
            await self._keep()

    async def _follow(self) -> None:
        while True:
            self._woken.clear()
            wait_s = self._wait_s()
            try:
                assert self._ports is not None  # it began with them
                if wait_s <= 0:
                    await announcement_ends.end_expired(self._ports)
                    # What is over here and not in the store is not looked at again and again.
                    wait_s = self._wait_s() or AGAIN_S
                await self._keep()
            except BoxError as error:
                log.warning("The end of an announcement could not be kept: %s", error.detail)
                await asyncio.sleep(AGAIN_S)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(_LATE_S, wait_s)):
                    await self._woken.wait()

    def _wait_s(self) -> float:
        """Until there is something to do; 0 when that is now."""
        now = self._clock.now()
        left = [announcements.left_ms(followed.said, now) for followed in self._running.values()]
        if 0 in left:
            return 0.0
        # Looked at now and then whatever the timer says: while a machine sleeps only boot time goes on.
        return min([KEEP_EVERY_S, *(one / 1000 + _LATE_S for one in left)])

    async def _keep(self) -> None:
        assert self._ports is not None  # nobody follows before the start
        running = {name: one.phones for name, one in self._running.items() if one.phones > one.kept}
        over, self._over = self._over, {}
        if not running and not over:
            return
        try:
            kept = await announcement_ends.note_phones(self._ports, {**running, **over}, final=over.keys())
        except BoxError as error:
            log.warning("How many phones got an announcement could not be kept: %s", error.detail)
            kept = False
        if not kept:
            self._over = {**over, **self._over}
            return
        for name in running.keys() & self._running.keys():
            self._running[name].kept = running[name]
