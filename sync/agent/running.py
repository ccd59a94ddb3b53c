"""Ties the carrier together: what runs, in which order, on which thread."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass

import appliance
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.domain.uplink import FOLDER, SHED
from appliance.errors import Unavailable
from appliance.files import make_folder, space_at
from appliance.library.section import FOLDER as MUSIC
from appliance.store.journal import JournalKeeper, JournalReader
from sync.agent.anchors import Anchors
from sync.agent.cloud import Cloud
from sync.agent.history import History
from sync.agent.keys import KeyFolder
from sync.agent.lane import LogLane, Who
from sync.agent.live import BoxLive, LiveLane, Stages
from sync.agent.pace import Pace
from sync.agent.songs.allowance import RightOfWay
from sync.agent.songs.fetching import Bounds, Fetcher
from sync.agent.songs.lane import SongLane
from sync.agent.songs.notes import Notes
from sync.agent.songs.shelf import Shelf
from sync.agent.store.database import Memory
from sync.agent.store.songs import SongBook
from sync.agent.telling import Telling
from sync.agent.tidy import Tidier
from sync.agent.trust import Trust
from sync.agent.waking import Bell, LinkWatch, Worker
from sync.agent.wire import Place

log = logging.getLogger(__name__)

_OPEN_EVERY_S = 5.0
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@dataclass(frozen=True, slots=True)
class Carrier:
    """Everything about one cloud that other parts of the program may use."""

    cloud: Cloud
    clock: SystemClock
    pace: Pace


def carrier(settings: Settings, *, clock: SystemClock, pace: Pace) -> Carrier:
    """What there is before anything runs."""
    keys = KeyFolder(settings.data / FOLDER)
    trust = Trust(roots_file=settings.tls.roots, keys=keys, clock=clock, pace=pace)
    return Carrier(Cloud(settings.cloud.url, keys=keys, trust=trust, pace=pace), clock, pace)


async def carry(settings: Settings, *, given: Carrier) -> None:
    """Carries the journal until cancelled."""
    worker = Worker()
    opened: _Opened | None = None
    try:
        opened = await _opened(settings, given=given, worker=worker)
        await opened.run()
    finally:
        worker.stop()
        if opened is not None:
            opened.memory.close()
            opened.reader.close()


@dataclass(frozen=True, slots=True)
class _Opened:
    """One box, its databases open."""

    settings: Settings
    given: Carrier
    worker: Worker
    reader: JournalReader
    keeper: JournalKeeper
    memory: Memory
    history: History
    telling: Telling
    #: the internet may be there
    link_up: Bell
    #: somebody has written to the box's database
    written: Bell

    async def run(self) -> None:
        """Both lanes, and what goes on beside them."""
        watch = LinkWatch(self.link_up)
        watch.start()
        self.telling.kept_back(self.history.kept_back)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._notice(), name="notice")
                tasks.create_task(self._live().run(), name="live")
                tasks.create_task(self._log().run(), name="log")
                tasks.create_task(self._tidier().run(), name="tidy")
                tasks.create_task(self._songs().run(), name="songs")
        finally:
            watch.stop()

    def _log(self) -> LogLane:
        version = appliance.__version__
        return LogLane(
            self.history,
            worker=self.worker,
            cloud=self.given.cloud,
            clock=self.given.clock,
            telling=self.telling,
            anchors=Anchors(self.keeper),
            who=Who(self.settings.box.name, f"pika-box/{version}", version),
            link_up=self.link_up,
            written=self.written,
        )

    def _live(self) -> LiveLane:
        http = self.settings.http
        own = Place(_ANY.get(http.host, http.host), http.port, "", is_encrypted=False)
        return LiveLane(
            Stages(own, cloud=self.given.cloud),
            box=lambda: self.worker.do(self._box),
            cloud=self.given.cloud,
            clock=self.given.clock,
            telling=self.telling,
            link_up=self.link_up,
        )

    def _tidier(self) -> Tidier:
        return Tidier(
            self.history,
            memory=self.memory,
            reader=self.reader,
            keeper=self.keeper,
            worker=self.worker,
            clock=self.given.clock,
            pace=self.given.pace,
            data=self.settings.data,
            keep_days=self.settings.cloud.keep_days,
        )

    def _songs(self) -> SongLane:
        wishes, cloud = self.settings.cloud, self.given.cloud
        book = SongBook(self.memory)
        shelf = Shelf(self.settings.data / MUSIC, reserve=wishes.songs_reserve_mb * 1_000_000)
        loop = asyncio.get_running_loop()
        notes = Notes(self.settings.data / FOLDER, every_s=self.given.pace.tell_s, monotonic=loop.time)
        way = RightOfWay()

        async def is_behind() -> bool:
            last = await self.worker.do(lambda: self.reader.end().last_seq)
            return way.is_behind(last=last, acked=self.history.acked.journal_seq, now_s=loop.time())

        fetcher = Fetcher(
            book,
            shelf,
            bounds=Bounds(wishes.songs_kbit * 125.0, wishes.songs_mb_a_day * 1_000_000),
            worker=self.worker,
            cloud=cloud,
            clock=self.given.clock,
            notes=notes,
            is_behind=is_behind,
        )
        return SongLane(
            book,
            shelf,
            fetcher,
            is_on=wishes.songs and self.settings.library.enabled,
            worker=self.worker,
            cloud=cloud,
            telling=self.telling,
            notes=notes,
            link_up=self.link_up,
        )

    async def _notice(self) -> None:
        """Rings when somebody has written to the box's database: SQLite counts commits, so no signal can be lost."""
        last: tuple[int, int, int] | None = None
        while True:
            with contextlib.suppress(Unavailable):
                version = await self.worker.do(self.reader.version)
                if version != last:
                    last = version
                    # Staff may have set the clock.
                    anchor, newest = await self.worker.do(self.reader.known_time)
                    self.given.clock.load(anchor=anchor, newest=newest)
                    self.written.ring()
            # What was too soon to be written down a moment ago.
            self.telling.write()
            await asyncio.sleep(self.given.pace.look_s)

    def _box(self) -> BoxLive:
        now, acked = self.given.clock.now(), self.history.acked.journal_seq
        oldest = self.reader.oldest_wall_ms(acked)
        space = space_at(self.settings.data)
        return BoxLive(
            name=self.settings.box.name,
            version=appliance.__version__,
            backlog=max(0, self.reader.end().last_seq - acked),
            oldest_wait_s=max(0, now.wall_ms - oldest) // 1000 if oldest is not None else 0,
            disk_free=space.free_bytes,
            disk_total=space.total_bytes,
            clock=now.trust.value,
            uptime_s=now.boot_ms // 1000,
            dropped=int(self.reader.meta(SHED) or 0),
        )


async def _opened(settings: Settings, *, given: Carrier, worker: Worker) -> _Opened:
    """The databases, as soon as they can be used: the box may still be making its own."""
    folder = settings.data / FOLDER
    reader, keeper = JournalReader(settings.database), JournalKeeper(settings.database)

    def open_all() -> tuple[Memory, History]:
        make_folder(folder)
        memory = Memory(folder / "agent.db")
        return memory, History(reader, keeper, memory)

    while True:
        try:
            memory, history = await worker.do(open_all)
        except (Unavailable, OSError) as error:
            log.warning("Nothing can be carried yet: %s", error)
            reader.close()
            await asyncio.sleep(_OPEN_EVERY_S)
            continue
        telling = Telling(folder, clock=given.clock, every_s=given.pace.tell_s)
        return _Opened(settings, given, worker, reader, keeper, memory, history, telling, Bell(), Bell())
