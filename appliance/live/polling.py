"""Ends polls whose time is up, so that the hall hears of it without anybody doing something.

Owns the timers and nothing else: whether a poll is over is a rule on its row, so a timer that comes late, or a restart,
lets nobody vote who may not.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from appliance.domain import polls
from appliance.domain.events import Happened, PollClosed, PollOpened
from appliance.domain.polls import Poll
from appliance.errors import BoxError
from appliance.ports import Ports
from appliance.usecases.polls import close_due

log = logging.getLogger(__name__)

#: when it could not be stored, for example on a full disk
AGAIN_S = 5.0
#: a timer that is early by a breath would find nothing to do
_LATE_S = 0.02


class Polling:
    """The timers of this run."""

    def __init__(self) -> None:
        self._ports: Ports | None = None
        self._due: dict[str, asyncio.TimerHandle] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def start(self, ports: Ports, *, running: Sequence[Poll]) -> None:
        """Begins to watch; `running` are the polls that are open already."""
        self._ports = ports
        for poll in running:
            self._watch(poll)

    def stop(self) -> None:
        """Ends nothing more; what is due is ended at the next start."""
        for timer in self._due.values():
            timer.cancel()
        for task in self._closing:
            task.cancel()

    def on_commit(self, events: Sequence[Happened]) -> None:
        """Notes polls that began and ended, once that is durable."""
        for event in events:
            match event:
                case PollOpened(poll=poll):
                    self._watch(poll)
                case PollClosed(poll=poll):
                    self._forget(poll.id)
                case _:
                    pass

    def _watch(self, poll: Poll) -> None:
        assert self._ports is not None  # nobody asks before the start
        left_ms = polls.left_ms(poll, self._ports.clock.now())
        if left_ms is not None:
            self._later(poll.id, left_ms / 1000 + _LATE_S, lambda: self._end(poll))

    def _later(self, poll_id: str, wait_s: float, run: Callable[[], None]) -> None:
        self._forget(poll_id)
        self._due[poll_id] = asyncio.get_running_loop().call_later(wait_s, run)

    def _forget(self, poll_id: str) -> None:
        timer = self._due.pop(poll_id, None)
        if timer is not None:
            timer.cancel()

    def _end(self, poll: Poll) -> None:
        task = asyncio.get_running_loop().create_task(self._close(poll), name="poll-end")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _close(self, poll: Poll) -> None:
        assert self._ports is not None
        try:
            closed = await close_due(self._ports)
        except BoxError as error:
            log.warning("A poll's end could not be kept: %s", error.detail)
            self._later(poll.id, AGAIN_S, lambda: self._end(poll))
            return
        if poll.id not in {one.id for one in closed} and poll.id in self._due:
            # The timer's clock and the boot clock differ while a machine sleeps.
            self._watch(poll)
