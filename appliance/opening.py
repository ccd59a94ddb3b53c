"""The store, opened as the use cases see it: for the server, and for commands that only need the data.

The other half of the composition root; apart from `bootstrap`, so that a command does not load a web server.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.ports import Ports
from appliance.store.migrate import open_database
from appliance.store.reader import SqliteReader
from appliance.store.writer import OnCommit, Writer
from appliance.usecases import stages
from appliance.usecases.clock import known as known_time


def new_id() -> str:
    """A short random id: 80 bits, 20 hexadecimal characters."""
    return secrets.token_hex(10)


@asynccontextmanager
async def open_ports(
    settings: Settings,
    *,
    on_commit: OnCommit,
    refresh: Callable[[SqliteReader], Awaitable[None]],
    clock: SystemClock | None = None,
) -> AsyncIterator[tuple[Ports, Writer, SqliteReader]]:
    """The store, open and with its doors made, as the use cases see it. `clock` learns what the store knows of time.

    Raises: Unavailable.
    """
    connection = await asyncio.to_thread(open_database, settings.database)
    writer = Writer(connection, on_commit=on_commit)
    writer.start()
    reader = await SqliteReader.open(settings.database)

    async def refresh_credentials() -> None:
        await refresh(reader)

    clock = clock or SystemClock()
    ports = Ports(store=writer, reader=reader, clock=clock, new_id=new_id, refresh_credentials=refresh_credentials)
    try:
        anchor, newest = await known_time(ports)
        clock.load(anchor=anchor, newest=newest)
        await stages.open_doors(ports)
        yield ports, writer, reader
    finally:
        await reader.close()
        await writer.stop()
