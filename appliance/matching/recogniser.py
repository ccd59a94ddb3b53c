"""Takes each play for a known track, if one is like it: behind the plays, which wait for nothing.

Looks when a play is announced or called otherwise; and again when more tracks became known, for what was played lately.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from appliance.domain import recordings
from appliance.domain.events import Happened, LibraryChanged, PlayAnnounced, PlayEnriched, PlayIdentified
from appliance.domain.identity import Reason
from appliance.domain.models import Play, TrackInfo
from appliance.errors import BoxError
from appliance.matching.index import Match, NameIndex
from appliance.ports import Ports
from appliance.ports.identity import TrackName
from appliance.usecases import identifying
from appliance.usecases.identifying import Candidate

log = logging.getLogger(__name__)

#: plays that wait; of more, the oldest go without
_WAITING_MOST = 500
#: plays that nothing was found for and that are looked at again when there is more
_MISSED_MOST = 50
#: how often to look whether more is known, seconds
_LOOK_EVERY_S = 15.0
#: how long a hall has to hear of a play before it is looked at: a thousand phones are told within 20 ms
_HALL_FIRST_S = 0.15
#: names read at once; taking one apart is some ten microseconds, and the loop waits for none of them
_AT_ONCE = 500
_FAILED_REST_S = 5.0


class Recogniser:
    """The search of this run."""

    def __init__(self, *, look_every_s: float = _LOOK_EVERY_S) -> None:
        self._index = NameIndex()
        self._read_upto, self._has_read_all = 0, False
        #: tracks that may be called otherwise since they were read, or came since
        self._changed: set[str] = set()
        self._look_every_s = look_every_s
        self._waiting: deque[str] = deque(maxlen=_WAITING_MOST)
        self._missed: deque[str] = deque(maxlen=_MISSED_MOST)
        #: tracks that laptops told of, and that may be recordings that are known
        self._told: deque[str] = deque(maxlen=_WAITING_MOST)
        self._wake = asyncio.Event()
        self._reading = asyncio.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="names")
        self._task: asyncio.Task[None] | None = None
        self._ports: Ports | None = None
        self._closing = False

    def start(self, ports: Ports) -> None:
        """Begins to look."""
        self._ports = ports
        self._task = asyncio.get_running_loop().create_task(self._look_forever(ports), name="recogniser")

    async def stop(self) -> None:
        """Looks no more."""
        self._closing = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._thread.shutdown(wait=False, cancel_futures=True)

    def problem(self) -> str | None:
        """What is wrong, in words for staff, or None."""
        if self._task is not None and self._task.done() and not self._closing:
            return (
                "Plays are not taken for known tracks any more, so some have no tempo. Restart the box after the night."
            )
        return None

    def on_commit(self, events: Sequence[Happened]) -> None:
        """A play is heard, or called otherwise."""
        for event in events:
            if isinstance(event, PlayAnnounced | PlayEnriched):
                self._waiting.append(event.play.id)
                self._wake.set()
            elif isinstance(event, LibraryChanged):
                self._changed |= event.track_ids
            elif isinstance(event, PlayIdentified) and event.track and event.identity.reason is Reason.FILE:
                self._told.append(event.track.id)
                self._wake.set()

    async def find(self, track: TrackInfo, *, most: int = 5) -> list[Match]:
        """What a name may mean, the surest first. Raises: Unavailable."""
        await self._catch_up()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: self._index.find(track.artist, track.title, most=most))

    async def _look_forever(self, ports: Ports) -> None:
        states = await self._patiently(ports)
        self._waiting.extend(states)
        while True:
            try:
                if await self._catch_up():
                    await identifying.mark_known(ports)
                    self._waiting.extend(self._missed)
                    self._missed.clear()
                while self._waiting:
                    await self._look_at(ports, self._waiting[0])
                    self._waiting.popleft()
                while self._told:
                    await self._compare(ports, self._told[0])
                    self._told.popleft()
            except BoxError as error:
                log.warning("A play could not be taken for a track: %s", error.detail)
                await asyncio.sleep(_FAILED_REST_S)
                continue
            await self._rest()

    async def _patiently(self, ports: Ports) -> list[str]:
        """What is on now: it was announced before the box started."""
        try:
            return [state.now.id for state in await ports.reader.stage_states() if state.now is not None]
        except BoxError as error:
            log.warning("What is on could not be read: %s", error.detail)
            return []

    async def _rest(self) -> None:
        self._wake.clear()
        if not self._waiting and not self._told:
            try:
                async with asyncio.timeout(self._look_every_s):
                    await self._wake.wait()
            except TimeoutError:
                return
            await asyncio.sleep(_HALL_FIRST_S)

    async def _catch_up(self) -> bool:
        """Reads the names that came since, or are others now; whether there were any."""
        assert self._ports is not None  # started
        reader, is_new = self._ports.reader, False
        async with self._reading:
            while not self._has_read_all:
                names = await reader.track_names(after=self._read_upto, limit=_AT_ONCE)
                is_new = await self._take(names) or is_new
                self._read_upto = names[-1].number if names else self._read_upto
                self._has_read_all = not names
            while self._changed:
                some = frozenset(islice(self._changed, _AT_ONCE))
                is_new = await self._take(await reader.names_of_tracks(some)) or is_new
                self._changed -= some
        return is_new

    async def _take(self, names: Sequence[TrackName]) -> bool:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._index.put, names)

    async def _look_at(self, ports: Ports, play_id: str) -> None:
        play = await ports.reader.play(play_id)
        if play is None or await ports.reader.identity(play_id) is not None:
            return
        found = await identifying.settle(ports, play, await self._candidates(play))
        if found is None and play_id not in self._missed:
            self._missed.append(play_id)

    async def _compare(self, ports: Ports, track_id: str) -> None:
        """Looks whether what a laptop told of is a recording that is known, by its fingerprint."""
        track = await ports.reader.library_track(track_id)
        if track is None or track.group != track.id or track.analysis.fingerprint is None:
            return
        length, apart = track.analysis.duration_ms, recordings.LENGTHS_APART_MS
        loop = asyncio.get_running_loop()
        marks = await loop.run_in_executor(self._thread, recordings.marks, track.analysis.fingerprint)
        near = await ports.reader.library_marked(marks, least_ms=length - apart, most_ms=length + apart)
        others = [one for one in near if one.group != track.id]
        same = await loop.run_in_executor(self._thread, recordings.first_same, track.analysis.fingerprint, others)
        if same is not None:
            await identifying.join(ports, track_id=track.id, group=same.group)

    async def _candidates(self, play: Play) -> list[Candidate]:
        found = await self.find(play.track)
        return [Candidate(one.track_id, one.likeness.confidence, one.likeness.reason) for one in found]
