"""Calls the roll of the house players now and then: one that was there and is silent is told to staff."""

import asyncio
import logging

from appliance.domain.players import Status
from appliance.errors import BoxError
from appliance.ports import Ports

log = logging.getLogger(__name__)

CALL_EVERY_S = 10.0


class Roll:
    """Which players are missing."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._missing: list[str] = []

    def start(self, ports: Ports) -> None:
        """Begins to call."""
        self._task = asyncio.get_running_loop().create_task(self._call_forever(ports), name="roll")

    async def stop(self) -> None:
        """Calls no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def problem(self) -> str | None:
        """Who is missing, in words for staff, or None."""
        if not self._missing:
            return None
        names = ", ".join(self._missing)
        return f"Nothing is heard of the house player {names} any more. Look at its machine; DJs and phones go on."

    async def call(self, ports: Ports) -> None:
        """Once. One that was not heard since the box was started is at home, or not set up: nobody misses it."""
        now = ports.clock.now()
        self._missing = [
            player.name
            for player in await ports.reader.players()
            if player.word and player.word.heard.boot == now.boot and player.status(now) is Status.OFFLINE
        ]

    async def _call_forever(self, ports: Ports) -> None:
        while True:
            try:
                await self.call(ports)
            except BoxError as error:
                log.warning("Whether the house players are there could not be looked at: %s", error.detail)
            await asyncio.sleep(CALL_EVERY_S)
