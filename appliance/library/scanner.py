"""Looks after the box's own music for as long as the server runs: one task looks, another one listens.

They are two so that a stick that was pulled out is known at once, also while listening waits for the hall.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from appliance.domain.library import LibraryFile
from appliance.domain.looking import Walked, changes
from appliance.domain.scanning import Place, Scan, ScanState
from appliance.errors import BoxError
from appliance.library.listening import Hear, Listening
from appliance.library.places import Places, Root
from appliance.library.queue import Pace, Queue, Waiting
from appliance.library.walking import FILES_MOST, walk
from appliance.ports import Ports
from appliance.usecases import scanning

T = TypeVar("T")

#: rows that are read at once
_PAGE = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """How often what is done, seconds."""

    #: whether sticks came or went
    sticks: float = 2.0
    #: a folder is looked through again, at the earliest
    folders: float = 30.0
    #: and no more often than after so many times as long as the last look took
    pause_for_look: float = 50.0
    #: a file is heard when nobody has changed it for so long
    settled: float = 4.0
    #: what could not be read is tried again
    retry: float = 3600.0
    #: the store or the decoder is missing: tried again
    trouble: float = 15.0


@dataclass
class _Looked:
    """What is known of one place in this run."""

    place: Place
    #: when the last look began and ended, seconds of the monotonic clock
    began: float
    ended: float
    #: what stands for everything that was found
    digest: int
    #: when files that may do later were last tried
    tried_at: float
    #: those that were tried since
    tried: set[bytes]


class Scanner:
    """The box's own music, kept known."""

    def __init__(
        self,
        ports: Ports,
        *,
        places: Places,
        hear: Hear,
        is_busy: Callable[[], bool],
        timing: Timing | None = None,
    ) -> None:
        """`is_busy` says whether the hall needs the machine; the listener itself waits for it."""
        self._ports = ports
        self._places = places
        self._is_busy = is_busy
        self._timing = timing or Timing()
        # Threads of its own: one that hangs on a dying stick is in nobody else's way.
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="library")
        self._listening = Listening(ports, hear=hear, threads=self._threads)
        self._queue = Queue(settled_s=self._timing.settled)
        self._pace = Pace()
        self._looked: dict[str, _Looked] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._wake = asyncio.Event()
        self._has_ended = threading.Event()
        self._is_looking = False
        self._now: Waiting | None = None
        self._asked_at = float("-inf")
        #: rounds of looking since the start
        self._rounds = 0
        self._troubles: dict[str, str] = {}

    def start(self) -> None:
        """Begins."""
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._forever(self._look), name="library-look"),
            loop.create_task(self._forever(self._listen), name="library-listen"),
        ]

    async def stop(self) -> None:
        """Ends. What was heard is kept; the file that is being heard will be heard again."""
        self._has_ended.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def problem(self) -> str | None:
        """What is wrong, in words for staff, or None."""
        if any(task.done() and not task.cancelled() for task in self._tasks):
            return (
                "New music is not looked for any more; what is known of tracks stays. Restart the box after the night."
            )
        return next(iter(self._troubles.values()), None)

    def look_now(self) -> None:
        """Looks through every place again, and tries what could not be read."""
        self._asked_at = time.monotonic()
        self._wake.set()

    async def look_through(self) -> None:
        """Looks through every place again, and comes back when that is done; what is found may wait to be heard."""
        self.look_now()
        # The round that is under way may have passed what is meant.
        wanted = self._rounds + 2
        while self._rounds < wanted:
            await asyncio.sleep(min(0.1, self._timing.sticks))
            self._wake.set()

    def scan(self) -> Scan:
        """How far it is."""
        state = ScanState.DONE
        if self._is_looking:
            state = ScanState.LOOKING
        if len(self._queue):
            state = ScanState.WAITING if self._is_busy() else ScanState.HEARING
        places = [replace(one.place, left=self._queue.left(name)) for name, one in self._looked.items()]
        now = self._now.found.path.decode("utf-8", "replace").replace("\ufffd", "?") if self._now else ""
        return Scan(state, tuple(places), now=now, heard=self._listening.heard, per_minute=self._pace.per_minute())

    async def _forever(self, job: Callable[[], Coroutine[None, None, float]]) -> None:
        """Does `job` again and again; it says how long to wait."""
        while True:
            try:
                pause_s = await job()
                self._troubles.pop(job.__name__, None)
            except BoxError as error:
                # The store can't take it, or there is no decoder: nothing is lost, it is all still to be done.
                log.warning("The library waits: %s", error)
                self._troubles[job.__name__] = str(error)
                pause_s = self._timing.trouble
            await asyncio.sleep(pause_s)

    async def _look(self) -> float:
        """Looks through what is due; gives the time until the next look for sticks."""
        self._wake.clear()
        roots = await self._beside(self._places.roots)
        await self._forget_gone(roots)
        for root in roots:
            if self._is_due(root.name):
                self._is_looking = True
                try:
                    await self._look_through(root)
                finally:
                    self._is_looking = False
        self._rounds += 1
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._timing.sticks):
                await self._wake.wait()
        return 0.0

    async def _forget_gone(self, roots: list[Root]) -> None:
        """Sticks that were pulled out, and folders that are no longer looked into."""
        here = {root.name for root in roots}
        for name in set(await self._ports.reader.library_roots()) - here:
            await scanning.note_gone(self._ports, root=name)
        for name in set(self._looked) - here:
            log.info("%s is gone.", name)
            del self._looked[name]
            self._queue.drop(name)

    def _is_due(self, name: str) -> bool:
        one = self._looked.get(name)
        if one is None:
            return True
        pause_s = max(self._timing.folders, (one.ended - one.began) * self._timing.pause_for_look)
        return one.began <= self._asked_at or time.monotonic() - one.ended >= pause_s

    async def _look_through(self, root: Root) -> None:
        began = time.monotonic()
        before = self._looked.get(root.name)
        tried_at, tried = began, set[bytes]()
        if before is not None and before.tried_at > max(self._asked_at, began - self._timing.retry):
            tried_at, tried = before.tried_at, before.tried
        place, walked = await self._walked(root)
        digest = await self._beside(lambda: hash((tuple(walked.found), tuple(walked.troubles))))
        # Nothing has changed, which is nearly always so: nothing has to be read and compared.
        if before is None or before.digest != digest or before.tried is not tried:
            known = await self._known(root)
            wanted = await self._beside(lambda: changes(walked, known=known, root=root.name, tried=tried))
            await scanning.note_changes(self._ports, wanted)
            self._queue.put(root, wanted.todo)
        self._looked[root.name] = _Looked(place, began, time.monotonic(), digest, tried_at, tried)

    async def _known(self, root: Root) -> list[LibraryFile]:
        """What is known of a place; page by page, so that phones are served in between."""
        known: list[LibraryFile] = []
        after = b""
        while page := await self._ports.reader.library_files_of_root(root.name, after=after, limit=_PAGE):
            known += page
            after = page[-1].path
        return known

    async def _walked(self, root: Root) -> tuple[Place, Walked]:
        """What is in a place; nothing where it can't be looked into, which then says why."""
        place = Place(root.name, root.is_stick, is_there=True)
        try:
            walked = await self._beside(lambda: walk(root.folder, should_stop=self._has_ended.is_set))
        except FileNotFoundError:
            return replace(place, is_there=False, trouble="The folder is not there."), Walked([])
        except OSError as error:
            why = f"It can't be looked into ({error.strerror}), so its music can't be played."
            return replace(place, is_there=False, trouble=why), Walked([])
        cut = f"There are more than {FILES_MOST:,} files; those after are left out." if walked.is_cut else ""
        return replace(place, found=len(walked.found), trouble=cut), walked

    async def _listen(self) -> float:
        """Takes the next file, if there is one; gives how long to wait."""
        one = self._queue.first()
        if one is None or self._is_busy():
            return min(1.0, self._timing.sticks)
        began, self._now = time.monotonic(), one
        try:
            changed = await self._listening.take(one)
        finally:
            self._now = None
        if changed is not None:
            self._queue.again(one, changed)
            return 0.0
        self._queue.done(one)
        if one.root.name in self._looked:
            self._looked[one.root.name].tried.add(one.found.path)
        self._pace.took(time.monotonic() - began)
        return 0.0

    async def _beside(self, job: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, job)
