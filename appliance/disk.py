"""The room on the box's disk: looked at every few seconds, a reserve for when there is none, and words for staff.

The reserve is one file of some megabytes and a few empty ones. It is made while there is plenty, and given up when a
write fails for want of room: then the music goes on while somebody makes room. Must not delete anything else.
"""

import asyncio
import contextlib
import logging
import os
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from appliance.domain.space import Room, Space, Step
from appliance.errors import Unavailable
from appliance.files import space_at, sync_folder

log = logging.getLogger(__name__)

RESERVE = "reserve"
RESERVE_BYTES = 8_000_000
RESERVE_FILES = 16
#: with less than this the next write may fail already
NOTHING_BYTES = 1_000_000
NOTHING_FILES = 4
LOOK_EVERY_S = 2.0

RESERVE_USED = "disk_reserve_used"
_RESERVE_USED_WORDS = (
    "The box's disk is full. The box has given up its reserve of 8 MB so that the music goes on; hearts are refused. "
    "Make room now: remove what is not the box's, or put in a bigger card after the night."
)

#: at most this often something is given up
SHED_EVERY_S = 60.0

Healed = Callable[[], Awaitable[None]]
#: gives up what it is told, and counts the logs that are gone
Shed = Callable[[Sequence[Step], int], Awaitable[object]]


def drop_old_logs(folder: Path) -> int:
    """Removes logs that were full and put away; how many. Those that are being written stay."""
    gone = 0
    for path in folder.glob("*.log.[0-9]*"):
        with contextlib.suppress(OSError):
            path.unlink()
            gone += 1
    return gone


class Reserve:
    """The files that stand for room."""

    def __init__(self, data: Path) -> None:
        self._folder = data / RESERVE
        self._lock = threading.Lock()

    def make(self) -> bool:
        """Makes what is missing of it; whether that was its bytes. Raises: OSError."""
        with self._lock:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            for number in range(RESERVE_FILES):
                name = self._folder / f"name-{number}"
                # Looked for first: to touch it again would write to the card every time.
                if not name.exists():
                    name.touch(mode=0o600)
            handle = os.open(self._folder / "bytes", os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                is_missing = os.fstat(handle).st_size != RESERVE_BYTES
                if is_missing:
                    os.posix_fallocate(handle, 0, RESERVE_BYTES)
            finally:
                os.close(handle)
            return is_missing

    def give_up(self) -> bool:
        """Removes it; whether there was any."""
        with self._lock:
            gone = False
            for path in [self._folder / "bytes", *(self._folder / f"name-{one}" for one in range(RESERVE_FILES))]:
                with contextlib.suppress(OSError):
                    path.unlink()
                    gone = True
            if gone:
                with contextlib.suppress(OSError):
                    # The file system may give the room away only once this is settled.
                    sync_folder(self._folder)
            return gone

    def give_up_if_needed(self) -> bool:
        """At a start, before anything is written: gives it up when there is no room at all."""
        try:
            space = space_at(self._folder.parent)
        except OSError:
            return False
        return is_nothing(space) and self.give_up()


def is_nothing(space: Space) -> bool:
    """Whether the next write may fail."""
    return space.free_bytes < NOTHING_BYTES or (space.free_files is not None and space.free_files < NOTHING_FILES)


class Disk:
    """What there is room for, as a part of the box."""

    def __init__(self, data: Path, *, tell: Callable[[str, str], None], forget: Callable[[str], None]) -> None:
        """`tell` keeps a notice for staff, `forget` takes it back."""
        self._data = data
        self._reserve = Reserve(data)
        self._tell, self._forget = tell, forget
        self._space: Space | None = None
        self._fault = ""
        self._healed: list[Healed] = []
        self._task: asyncio.Task[None] | None = None
        self._gave_up = False
        self._shed: Shed | None = None
        self._shed_at = -SHED_EVERY_S
        self._look()

    def start(self, *, healed: Sequence[Healed], shed: Shed | None = None) -> None:
        """Looks again and again on the running loop.

        `healed` are awaited whenever there is room: each does at once what it could not do before, and raises nothing.
        `shed` is awaited now and then while there is little: with what is to be given up, and how many old logs were.
        """
        self._healed, self._shed = list(healed), shed
        self._task = asyncio.get_running_loop().create_task(self._watch())

    async def stop(self) -> None:
        """Looks no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def room(self) -> Room:
        """What there was room for a moment ago. Costs nothing: every like asks."""
        # A disk that does not say is no reason to refuse hearts; the store says when it can't write.
        return self._space.room if self._space else Room.PLENTY

    def free(self) -> Space:
        """The room as it was a moment ago. Raises: OSError when the disk did not say."""
        if self._space is None:
            raise OSError(self._fault)
        return self._space

    def problem(self) -> str | None:
        """What is wrong, in words for staff, or None."""
        if self._space is None:
            return f"the disk can't be looked at ({self._fault}); change the card after the night"
        left = f"{self._space.free_bytes // 1_000_000} MB"
        if self._space.free_files is not None:
            left += f" and {self._space.free_files} files"
        match self._space.room:
            case Room.PLENTY:
                return None
            case Room.LOW:
                return f"the disk is nearly full: {left} are left, which is enough for tonight; make room soon"
            case Room.SCARCE:
                return f"the disk is full: {left} are left. The music goes on, hearts are refused; make room now"

    def make_room(self, *, is_certain: bool) -> bool:
        """Called when a write failed: gives the reserve up; whether trying again makes sense.

        `is_certain` says that it failed for want of room, also where the disk says otherwise, as with a quota.
        """
        if not (self._reserve.give_up() if is_certain else self._reserve.give_up_if_needed()):
            return False
        self._gave_up = True
        log.error("%s", _RESERVE_USED_WORDS)
        return True

    def _look(self) -> None:
        try:
            self._space, self._fault = space_at(self._data), ""
        except OSError as error:
            self._space, self._fault = None, error.strerror or str(error)

    async def _watch(self) -> None:
        while True:
            await asyncio.to_thread(self._look)
            if self._gave_up:
                self._gave_up = False
                await asyncio.to_thread(self._tell, RESERVE_USED, _RESERVE_USED_WORDS)
            if self.room() is Room.PLENTY:
                await asyncio.to_thread(self._make_reserve)
            if self.room() is not Room.SCARCE:
                for heal in self._healed:
                    await heal()
            await self._give_things_up()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _give_things_up(self) -> None:
        steps, now = self._space.steps if self._space else (), asyncio.get_running_loop().time()
        if not steps or self._shed is None or now - self._shed_at < SHED_EVERY_S:
            return
        self._shed_at = now
        logs = await asyncio.to_thread(drop_old_logs, self._data / "log")
        try:
            await self._shed(steps, logs)
        except Unavailable as error:
            log.warning("Nothing can be given up for room: %s", error)

    def _make_reserve(self) -> None:
        try:
            if self._reserve.make():
                self._forget(RESERVE_USED)
        except OSError as error:
            log.warning("The reserve can't be made: %s", error)
