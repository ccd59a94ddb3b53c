"""The store, opened as the use cases see it: for the server, and for commands that only need the data.

The other half of the composition root; apart from `bootstrap`, so that a command does not load a web server.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.disk import Disk, Reserve
from appliance.errors import Unavailable
from appliance.files import clear_strange, make_folder, move_aside
from appliance.firmware.plan import MODE_FILE
from appliance.notices import FILE_NAME as NOTICES_FILE
from appliance.notices import Notices
from appliance.ports import Ports, plenty
from appliance.store.migrate import open_database
from appliance.store.reader import SqliteReader
from appliance.store.recovery import mend
from appliance.store.writer import OnCommit, Writer, no_room
from appliance.usecases import stages
from appliance.usecases.clock import known as known_time


def new_id() -> str:
    """A short random id: 80 bits, 20 hexadecimal characters."""
    return secrets.token_hex(10)


def prepare_folders(settings: Settings) -> None:
    """The folders of a run, whatever stood in their place, with room for the few files of a start. Raises: OSError."""
    settings.data.mkdir(parents=True, exist_ok=True)
    Reserve(settings.data).give_up_if_needed()
    if (settings.data / MODE_FILE).is_dir():
        move_aside(settings.data / MODE_FILE)
    for folder in (settings.run_folder, settings.log_folder):
        make_folder(folder)
        clear_strange(folder)


def mend_store(settings: Settings) -> None:
    """Sees that there is a database that can be opened, and tells staff what was done for it.

    Raises: Unavailable with the code `store_unmendable`.
    """
    clock = SystemClock()
    second = Path(settings.backup.second) if settings.backup.second else None
    # On a stick, each box has a folder of its own; `mend` knows whose is whose.
    sticks = sorted({one.with_suffix("") for one in second.glob("pika-box-*")}) if second else []
    done = mend(
        settings.database,
        backups=[settings.backup_folder, *sticks],
        at=clock.now(),
        has_lived=(settings.data / MODE_FILE).exists(),
    )
    if done is not None:
        Notices(settings.data / NOTICES_FILE, clock=clock).add(done.code, done.words)


def ensure_store(settings: Settings) -> None:
    """For the server, which is started again alone when it ends: mends the database if it can't be opened.

    Raises: Unavailable.
    """
    try:
        open_database(settings.database).close()
    except Unavailable as error:
        if error.code != "store_unavailable":
            raise
        mend_store(settings)


@asynccontextmanager
async def open_ports(
    settings: Settings,
    *,
    on_commit: OnCommit,
    refresh: Callable[[SqliteReader], Awaitable[None]],
    disk: Disk | None = None,
    clock: SystemClock | None = None,
) -> AsyncIterator[tuple[Ports, Writer, SqliteReader]]:
    """The store, open and with its doors made, as the use cases see it. `clock` learns what the store knows of time.

    Raises: Unavailable.
    """
    connection = await asyncio.to_thread(open_database, settings.database)
    writer = Writer(connection, on_commit=on_commit, make_room=disk.make_room if disk else no_room)
    writer.start()
    reader = await SqliteReader.open(settings.database)

    async def refresh_credentials() -> None:
        await refresh(reader)

    clock = clock or SystemClock()
    ports = Ports(
        store=writer,
        reader=reader,
        clock=clock,
        new_id=new_id,
        refresh_credentials=refresh_credentials,
        room=disk.room if disk else plenty,
    )
    try:
        anchor, newest = await known_time(ports)
        clock.load(anchor=anchor, newest=newest)
        await stages.open_doors(ports)
        yield ports, writer, reader
    finally:
        await reader.close()
        await writer.stop()
