"""Tells house players through the broker what they are to do, as soon as that changes: retained, whole, newest last.

Over HTTP they ask for it; so what is lost here is only some seconds.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence

from appliance import wire
from appliance.domain.events import EventChanged, Happened, PlayerChanged, SessionEnded, SessionStarted, StageChanged
from appliance.domain.players import Orders
from appliance.domain.topics import player_topic
from appliance.errors import BoxError
from appliance.ports import Ports
from appliance.usecases.players import hearing
from appliance.wire_players import orders_out

log = logging.getLogger(__name__)

#: what may change orders; the house's hours do, too, but nobody needs to hear of those within the second
_CHANGES = (SessionStarted, SessionEnded, StageChanged, EventChanged, PlayerChanged)


class Ordering:
    """The orders of this run."""

    def __init__(self) -> None:
        self._told: dict[str, bytes] = {}
        self._publish: Callable[[str, bytes], None] | None = None
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self, ports: Ports, *, publish: Callable[[str, bytes], None]) -> None:
        """Begins to tell. Raises: Unavailable when the store can't be read."""
        self._publish = publish
        await self._look(ports)
        self._task = asyncio.get_running_loop().create_task(self._look_forever(ports), name="ordering")

    async def stop(self) -> None:
        """Tells no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def on_commit(self, events: Sequence[Happened]) -> None:
        """Something is durable now that may be an order."""
        if any(isinstance(event, _CHANGES) for event in events):
            self._wake.set()

    def tell(self, handle: str, orders: Orders) -> None:
        """What a player is to do, if that is anything new."""
        payload = wire.encode(orders_out(orders))
        if self._told.get(handle) != payload:
            self._told[handle] = payload
            self._say(handle, payload)

    def snapshot(self) -> Iterator[tuple[str, bytes]]:
        """Everything that the broker should hold, for after it was away."""
        for handle, payload in self._told.items():
            yield player_topic(handle, "orders"), payload

    async def _look_forever(self, ports: Ports) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._look(ports)
            except BoxError as error:
                log.warning("Players could not be told through the broker: %s", error.detail)

    async def _look(self, ports: Ports) -> None:
        orders = await hearing.orders_now(ports)
        for handle in self._told.keys() - orders.keys():
            # It was taken away: nothing of it stays in the broker.
            del self._told[handle]
            self._say(handle, b"")
        for handle, one in orders.items():
            self.tell(handle, one)

    def _say(self, handle: str, payload: bytes) -> None:
        if self._publish is not None:
            self._publish(player_topic(handle, "orders"), payload)
