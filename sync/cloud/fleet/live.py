"""What is on now, out to organisers' pages: whichever process a box told it to, every process shows it.

A process says which boxes have news, many of them in one word and a few times a second at most, however many boxes
there are: a notice stops the commits of all others for a moment. Who has pages open reads what is news to them. Only
the newest of each box counts; nothing is kept for a page that does not read.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import msgspec

from appliance.errors import Unavailable
from sync.cloud.fleet.reading import Stage, stages_in
from sync.cloud.store.ports import Database

log = logging.getLogger(__name__)

#: how long news gather before they are told, and before they are shown, seconds
_GATHER_S = 0.2
_TRY_AGAIN_S = 1.0
#: news of more boxes than these are read at once with what is no news
_ONE_BY_ONE_MOST = 20
#: PostgreSQL carries less than 8,000 bytes in one notice
_WORDS_MOST = 7_000
#: pages that a process keeps open, and those of one organisation among them
STREAMS_MOST, STREAMS_OF_ONE_MOST = 1_000, 50


class Told(msgspec.Struct, frozen=True):
    """What a page is told of a box."""

    box: str
    stages: list[Stage]
    #: when the cloud heard it, milliseconds of Unix time
    told_ms: int


class Full(Unavailable):
    """No more pages can be kept up to date."""


class Stream:
    """One open page. What it has not read yet is replaced by what is newer."""

    def __init__(self) -> None:
        self._newest: dict[str, bytes] = {}
        self._news = asyncio.Event()
        self.is_closed = False

    def offer(self, box: str, data: bytes) -> None:
        """News of a box."""
        # At the end, so that a box with much news does not stand before the others for ever.
        self._newest.pop(box, None)
        self._newest[box] = data
        self._news.set()

    def close(self) -> None:
        """Nothing more comes."""
        self.is_closed = True
        self._news.set()

    async def next(self, *, within_s: float) -> list[bytes]:
        """What is new, or nothing after `within_s` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._news.wait()
        if self.is_closed:
            return []
        self._news.clear()
        found = list(self._newest.values())
        self._newest.clear()
        return found


def words_for(news: Iterable[tuple[str, str]]) -> Iterator[str]:
    """News of (organisation, box) as words that fit a notice each."""
    gathered: list[str] = []
    length = 0
    for org, box in news:
        pair = f"{org} {box}"
        if length + len(pair) + 1 > _WORDS_MOST:
            yield "\n".join(gathered)
            gathered, length = [], 0
        gathered.append(pair)
        length += len(pair) + 1
    if gathered:
        yield "\n".join(gathered)


class LiveOut:
    """One process's."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._streams: dict[str, set[Stream]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        #: what this process was told and has not passed on; what is to be shown here, None for all of it
        self._news: set[tuple[str, str]] = set()
        self._due: dict[str, set[str] | None] = {}
        self._to_tell, self._to_show = asyncio.Event(), asyncio.Event()
        self._closed = False
        #: pages that were cut because they did not read, for /metrics
        self.cut = 0

    @property
    def streams(self) -> int:
        """How many pages are open here."""
        return sum(len(streams) for streams in self._streams.values())

    def start(self) -> None:
        """Begins; the schema is there."""
        loop = asyncio.get_running_loop()
        works = {"live-tell": self._tell(), "live-hear": self._hear(), "live-show": self._show()}
        self._tasks = [loop.create_task(work, name=name) for name, work in works.items()]

    async def stop(self) -> None:
        """Ends."""
        self.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def close(self) -> None:
        """Ends every page's stream, and takes no more."""
        self._closed = True
        for streams in self._streams.values():
            for stream in streams:
                stream.close()

    def changed(self, org: str, box: str) -> None:
        """A box told something new here."""
        self._news.add((org, box))
        self._to_tell.set()

    @contextmanager
    def stream(self, org: str) -> Iterator[Stream]:
        """A page of an organisation until the end of the block; it is told everything first. Raises: Full."""
        own = self._streams.get(org, set())
        if self._closed or self.streams >= STREAMS_MOST or len(own) >= STREAMS_OF_ONE_MOST:
            raise Full("streams_full", "Too many pages are open.", advice="Close some; this one renews itself.")
        stream = Stream()
        self._streams.setdefault(org, set()).add(stream)
        self._show_all([org])
        try:
            yield stream
        finally:
            self._streams[org].discard(stream)
            if not self._streams[org]:
                del self._streams[org]

    def _show_all(self, orgs: Iterable[str]) -> None:
        for org in orgs:
            self._due[org] = None
        self._to_show.set()

    def _heard(self, words: str) -> None:
        for pair in words.split("\n"):
            org, _, box = pair.partition(" ")
            if org in self._streams:
                boxes = self._due.setdefault(org, set())
                if boxes is not None:
                    boxes.add(box)
                self._to_show.set()

    async def _tell(self) -> None:
        while True:
            await self._to_tell.wait()
            await asyncio.sleep(_GATHER_S)
            self._to_tell.clear()
            news, self._news = self._news, set()
            try:
                for words in words_for(sorted(news)):
                    await self._database.tell(words)
            except Unavailable as error:
                log.warning("What is on can't be passed on: %s", error.detail)
                # The boxes tell it again within a minute.

    async def _hear(self) -> None:
        while True:
            try:
                # Something may have been said while nobody listened.
                await self._database.hear(self._heard, began=lambda: self._show_all(list(self._streams)))
            except Unavailable as error:
                log.warning("What is on elsewhere can't be heard: %s", error.detail)
            await asyncio.sleep(_TRY_AGAIN_S)

    async def _show(self) -> None:
        while True:
            await self._to_show.wait()
            self._to_show.clear()
            due, self._due = self._due, {}
            try:
                for org, boxes in due.items():
                    await self._show_to(org, boxes)
            except Unavailable:
                await asyncio.sleep(_TRY_AGAIN_S)
                self._show_all(due)
            await asyncio.sleep(_GATHER_S)

    async def _show_to(self, org: str, boxes: set[str] | None) -> None:
        if org not in self._streams:
            return
        async with self._database.transaction(org=org) as tx:
            if boxes is None or len(boxes) > _ONE_BY_ONE_MOST:
                rows = [row for row in await tx.all("live", org=org) if boxes is None or row["box_id"] in boxes]
            else:
                found = [await tx.one("live_of_box", org=org, box=box) for box in sorted(boxes)]
                rows = [row for row in found if row is not None]
        for row in rows:
            told = Told(row["box_id"], stages_in(row["body"]), row["received_ms"])
            data = msgspec.json.encode(told)
            for stream in self._streams.get(org, ()):
                stream.offer(told.box, data)
