"""Looks every few seconds whether the DJs are still there: a phone must not show for hours what was on long ago.

Owns the pace only; what a silence means is the domain's, and that a DJ is back is noted where the sign of life comes.
"""

import asyncio
import logging

from appliance.errors import BoxError
from appliance.ports import Ports
from appliance.usecases import sessions

log = logging.getLogger(__name__)

LOOK_EVERY_S = 10.0


class Vigil:
    """The watch of this run."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    def start(self, ports: Ports) -> None:
        """Begins to look."""
        self._task = asyncio.get_running_loop().create_task(self._look_forever(ports), name="vigil")

    def problem(self) -> str | None:
        """What is wrong, in words for staff, or None."""
        if self._task is not None and self._task.done() and not self._closing:
            return "Nobody notices any more when a DJ's connection is lost. Restart the box after the night."
        return None

    async def _look_forever(self, ports: Ports) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await sessions.note_silence(ports)
            except BoxError as error:
                log.warning("Whether DJs are there could not be looked at: %s", error.detail)

    async def stop(self) -> None:
        """Looks no more."""
        self._closing = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
