"""Ties the carrier together: what runs, in which order, on which thread."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from pathlib import Path

import appliance
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.domain.uplink import FOLDER
from appliance.errors import Unavailable
from appliance.files import make_folder, space_at
from appliance.store.journal import JournalKeeper, JournalReader
from sync.agent.anchors import Anchors
from sync.agent.cloud import Cloud
from sync.agent.history import History
from sync.agent.keys import KeyFolder
from sync.agent.lane import LogLane, Who
from sync.agent.live import BoxLive, LiveLane, Stages
from sync.agent.pace import Pace
from sync.agent.store.database import Memory
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
    worker, reader = Worker(), JournalReader(settings.database)
    folder = settings.data / FOLDER
    try:
        memory, history = await _opened(worker, folder, reader=reader, keeper=JournalKeeper(settings.database))
        await _run(settings, given=given, worker=worker, reader=reader, memory=memory, history=history)
    finally:
        worker.stop()


async def _opened(
    worker: Worker, folder: Path, *, reader: JournalReader, keeper: JournalKeeper
) -> tuple[Memory, History]:
    """The databases, as soon as they can be used: the box may still be making its own."""

    def open_all() -> tuple[Memory, History]:
        make_folder(folder)
        memory = Memory(folder / "agent.db")
        return memory, History(reader, keeper, memory)

    while True:
        try:
            return await worker.do(open_all)
        except (Unavailable, OSError) as error:
            log.warning("Nothing can be carried yet: %s", error)
            reader.close()
            await asyncio.sleep(_OPEN_EVERY_S)


async def _run(
    settings: Settings, *, given: Carrier, worker: Worker, reader: JournalReader, memory: Memory, history: History
) -> None:
    cloud, clock, pace = given.cloud, given.clock, given.pace
    link_up, written = Bell(), Bell()
    telling = Telling(settings.data / FOLDER, clock=clock)
    telling.kept_back(history.kept_back)
    keeper, version = JournalKeeper(settings.database), appliance.__version__
    lane = LogLane(
        history,
        worker=worker,
        cloud=cloud,
        clock=clock,
        telling=telling,
        anchors=Anchors(keeper),
        who=Who(settings.box.name, f"pika-box/{version}", version),
        link_up=link_up,
        written=written,
    )

    async def box() -> BoxLive:
        return await worker.do(lambda: _box(settings, clock=clock, reader=reader, history=history))

    own = Place(_ANY.get(settings.http.host, settings.http.host), settings.http.port, "", is_encrypted=False)
    live = LiveLane(
        Stages(own, cloud=cloud),
        box=box,
        cloud=cloud,
        clock=clock,
        telling=telling,
        link_up=link_up,
        written=written,
    )
    tidier = Tidier(
        history,
        memory=memory,
        reader=reader,
        keeper=keeper,
        worker=worker,
        clock=clock,
        pace=pace,
        data=settings.data,
        keep_days=settings.cloud.keep_days,
    )
    watch = LinkWatch(link_up)
    watch.start()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_notice(worker, reader, clock=clock, written=written, every_s=pace.look_s), name="notice")
            tasks.create_task(live.run(), name="live")
            tasks.create_task(lane.run(), name="log")
            tasks.create_task(tidier.run(), name="tidy")
    finally:
        watch.stop()


async def _notice(worker: Worker, reader: JournalReader, *, clock: SystemClock, written: Bell, every_s: float) -> None:
    """Rings when somebody has written to the box's database: SQLite counts commits, so no signal can be lost."""
    last: tuple[int, int, int] | None = None
    while True:
        with contextlib.suppress(Unavailable):
            version = await worker.do(reader.version)
            if version != last:
                last = version
                # Staff may have set the clock.
                anchor, newest = await worker.do(reader.known_time)
                clock.load(anchor=anchor, newest=newest)
                written.ring()
        await asyncio.sleep(every_s)


def _box(settings: Settings, *, clock: SystemClock, reader: JournalReader, history: History) -> BoxLive:
    now, acked = clock.now(), history.acked.journal_seq
    oldest = reader.oldest_wall_ms(acked)
    space = space_at(settings.data)
    return BoxLive(
        name=settings.box.name,
        version=appliance.__version__,
        backlog=max(0, reader.end().last_seq - acked),
        oldest_wait_s=max(0, now.wall_ms - oldest) // 1000 if oldest is not None else 0,
        disk_free=space.free_bytes,
        disk_total=space.total_bytes,
        clock=now.trust.value,
        uptime_s=now.boot_ms // 1000,
        dropped=int(reader.meta("shed_rows") or 0),
    )
