"""Who is in the room: dancers whose phones look at a stage, and those who said so, until an hour went by.

Owns where each guest was seen last, in memory, and keeps it in the store now and then, many at once, so that a restart
or a pulled plug forgets nobody. The house asks it whose taste counts: only guests whose words count are anybody here.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

from appliance.clock import Clock
from appliance.domain.events import GuestForgotten, Happened
from appliance.domain.house import CHECK_IN_MS, CheckIn
from appliance.domain.standing import GUESTS_MOST
from appliance.errors import BoxError
from appliance.ports import Ports
from appliance.usecases import house
from appliance.usecases.uptime import up_ms

log = logging.getLogger(__name__)

#: how often what is new is kept, and how old what is kept may be of somebody who stays
KEEP_EVERY_S = 15.0
KEPT_FOR_MS = 10 * 60 * 1000

#: stages with the guests who have a stream open there
Present = Callable[[], Iterable[tuple[str, Iterable[str]]]]


class CheckedIn:
    """The guests of this run and of the last one."""

    def __init__(self, *, clock: Clock, present: Present, is_heard: Callable[[str], bool]) -> None:
        """`is_heard` says whether a guest's words count by now."""
        self._clock = clock
        self._present = present
        self._is_heard = is_heard
        self._ports: Ports | None = None
        #: the box's up-time when this boot began
        self._before_ms = 0
        self._there: dict[str, CheckIn] = {}
        #: when each was kept last, by up-time
        self._kept: dict[str, int] = {}
        self._hand: asyncio.Task[None] | None = None

    async def start(self, ports: Ports) -> None:
        """Begins with those who were there before a restart."""
        self._ports = ports
        self._before_ms = await up_ms(ports) - self._clock.now().boot_ms
        now_ms = self._now_ms()
        self._there = {one.dancer: one for one in await ports.reader.check_ins() if one.is_valid(now_ms=now_ms)}
        # They were heard when they were kept, and need not prove it again.
        self._kept = {guest: one.at_ms for guest, one in self._there.items()}
        self._hand = asyncio.get_running_loop().create_task(self._turn_forever(), name="checked-in")

    async def stop(self) -> None:
        """Keeps what is new."""
        if self._hand is not None:
            self._hand.cancel()
            await self.keep()

    def come(self, stage_id: str, guest_id: str) -> None:
        """A guest is at a stage, and nowhere else."""
        # The longest unseen stand first, and go first when there are too many.
        self._there.pop(guest_id, None)
        self._there[guest_id] = CheckIn(guest_id, stage_id, self._now_ms())
        if len(self._there) > GUESTS_MOST:
            self._forget(next(iter(self._there)))

    async def leave(self, guest_id: str) -> None:
        """A guest says that they go. Durable when it returns. Raises: Unavailable."""
        assert self._ports is not None  # nobody leaves before the start
        self._forget(guest_id)
        await house.check_out(self._ports, guest_id=guest_id)

    def is_here(self, stage_id: str, guest_id: str) -> bool:
        """Whether a guest counts as being at a stage."""
        one = self._there.get(guest_id)
        return one is not None and one.stage_id == stage_id and one.is_valid(now_ms=self._now_ms())

    def at(self, stage_id: str) -> frozenset[str]:
        """Those whose taste counts at a stage."""
        self._look()
        now_ms = self._now_ms()
        here = [one for one in self._there.values() if one.stage_id == stage_id and one.is_valid(now_ms=now_ms)]
        return frozenset(one.dancer for one in here if one.dancer in self._kept or self._is_heard(one.dancer))

    def on_commit(self, events: Sequence[Happened]) -> None:
        """Forgets who wants to be forgotten, once that is durable."""
        for event in events:
            if isinstance(event, GuestForgotten):
                self._forget(event.guest_id)

    def _now_ms(self) -> int:
        return self._before_ms + self._clock.now().boot_ms

    def _forget(self, guest_id: str) -> None:
        self._there.pop(guest_id, None)
        self._kept.pop(guest_id, None)

    def _look(self) -> None:
        """Whoever has a page open is there."""
        for stage_id, guests in self._present():
            for guest_id in list(guests):
                self.come(stage_id, guest_id)

    async def _turn_forever(self) -> None:
        while True:
            await asyncio.sleep(KEEP_EVERY_S)
            self._look()
            await self.keep()

    async def keep(self) -> None:
        """Writes down who came, who moved, and who stays for long; of those only whose words count."""
        assert self._ports is not None  # the hand turns after the start
        now_ms = self._now_ms()
        there = [one for one in self._there.values() if one.is_valid(now_ms=now_ms)]
        self._there = {one.dancer: one for one in there}
        self._kept = {guest: at for guest, at in self._kept.items() if guest in self._there}
        new = [one for one in there if self._is_due(one)]
        if not new:
            return
        try:
            if await house.keep_check_ins(self._ports, new, valid_from_ms=now_ms - CHECK_IN_MS):
                self._kept |= {one.dancer: one.at_ms for one in new}
        except BoxError as error:
            log.warning("Who is in the room could not be kept: %s", error.detail)

    def _is_due(self, one: CheckIn) -> bool:
        kept_ms = self._kept.get(one.dancer)
        if kept_ms is None:
            return self._is_heard(one.dancer)
        return one.at_ms - kept_ms > KEPT_FOR_MS
