"""The same evening on both stores: whatever a test here says holds for SQLite and for its twin in memory."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.store.memory import MemoryStore
from appliance.store.migrate import open_database
from appliance.store.reader import SqliteReader
from appliance.store.writer import Writer
from tests.support.evening import Evening, Told, open_evening

Scene = Callable[[Evening], Awaitable[Any]]


@asynccontextmanager
async def sqlite_evening(path: Path) -> AsyncIterator[Evening]:
    """An evening on a SQLite file; opening the same file again goes on with it."""
    told = Told()
    writer = Writer(open_database(path), on_commit=told)
    writer.start()
    reader = await SqliteReader.open(path)
    try:
        yield await open_evening(writer, reader, told)
    finally:
        await reader.close()
        await writer.stop()


@pytest.fixture(params=["sqlite", "memory"])
def play_out(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Scene], None]:
    """Plays a scene on a fresh evening."""
    import asyncio

    async def on_sqlite(scene: Scene) -> None:
        async with sqlite_evening(tmp_path / "box.db") as evening:
            await scene(evening)

    async def in_memory(scene: Scene) -> None:
        told = Told()
        store = MemoryStore(on_commit=told)
        await scene(await open_evening(store, store, told))

    chosen = on_sqlite if request.param == "sqlite" else in_memory
    return lambda scene: asyncio.run(chosen(scene))
