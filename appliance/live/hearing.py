"""Whose words count in this run: hears of streams and looks, and lets words count once whoever said them is there.

Owns what is known of guests and their addresses, in memory only. What counts is decided in `domain.standing`, and what
follows from it in `usecases.settling`.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

from appliance.clock import Clock
from appliance.domain.events import GuestForgotten, Happened
from appliance.domain.standing import GUESTS_MOST, Standing
from appliance.errors import BoxError
from appliance.ports import Ports
from appliance.usecases.settling import let_count

log = logging.getLogger(__name__)


class Hearing:
    """Who is heard."""

    def __init__(self, *, clock: Clock, key_of: Callable[[str], str], per_address: int | None) -> None:
        """`key_of` tells phones apart by their IP address; `per_address` is as in `Standing`."""
        self._clock = clock
        self._key_of = key_of
        self._standing = Standing(per_address=per_address)
        #: guests of whom something is kept that does not count
        self._held: dict[str, None] = {}
        self._ports: Ports | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, ports: Ports, *, held: Iterable[str]) -> None:
        """Begins; `held` are the guests of whom something was kept in an earlier run."""
        self._ports = ports
        self._held = dict.fromkeys(held)

    def stop(self) -> None:
        """Lets nothing more count; who is there then is heard after the next start."""
        for task in self._tasks:
            task.cancel()

    def opened(self, guest_id: str, *, host: str) -> None:
        """A guest's stream opens."""
        if self._standing.opened(guest_id, where=lambda: self._key_of(host), now_ms=self._now_ms()):
            self._let_count(guest_id)

    def closed(self, guest_id: str) -> None:
        """A guest's stream ends."""
        self._standing.closed(guest_id, now_ms=self._now_ms())

    def looked(self, guest_id: str, *, host: str) -> None:
        """A guest loads the page or asks what is on."""
        if self._standing.looked(guest_id, where=lambda: self._key_of(host), now_ms=self._now_ms()):
            self._let_count(guest_id)

    def counts(self, guest_id: str, *, host: str) -> bool:
        """Whether what a guest says now counts."""
        is_heard = self._standing.counts(guest_id, where=lambda: self._key_of(host), now_ms=self._now_ms())
        # Noted before it is stored: whoever turns out to be there meanwhile is let count behind it.
        if not is_heard and len(self._held) < GUESTS_MOST:
            self._held[guest_id] = None
        return is_heard

    def is_heard(self, guest_id: str) -> bool:
        """Whether a guest's words count by now, without their saying anything."""
        return self._standing.is_counted(guest_id)

    def on_commit(self, events: Sequence[Happened]) -> None:
        """Forgets who wants to be forgotten, once that is durable."""
        for event in events:
            if isinstance(event, GuestForgotten):
                self._standing.forget(event.guest_id)
                self._held.pop(event.guest_id, None)

    def _now_ms(self) -> int:
        return self._clock.now().boot_ms

    def _let_count(self, guest_id: str) -> None:
        if guest_id not in self._held:
            return
        del self._held[guest_id]
        task = asyncio.get_running_loop().create_task(self._settle(guest_id), name="let-count")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _settle(self, guest_id: str) -> None:
        assert self._ports is not None  # nobody is held before the start
        try:
            await let_count(self._ports, guest_id=guest_id)
        except BoxError as error:
            log.warning("What a guest had said could not be let count: %s", error.detail)
            self._held[guest_id] = None
