"""Opens the place of songs' bytes that the settings name. The library for S3 is loaded where it is used only."""

import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sync.cloud.songs.folder import FolderBytes
from sync.cloud.songs.ports import SongBytes
from sync.cloud.songs.settings import Bucket


@asynccontextmanager
async def open_bytes(place: Path | Bucket) -> AsyncIterator[SongBytes]:
    """The place until the end of the block; it need not be reachable yet."""
    if isinstance(place, Path):
        yield FolderBytes(place)
        return
    # Thirty megabytes and a quarter of a second, which a cloud with a folder need not spend.
    s3 = importlib.import_module("sync.cloud.songs.s3")
    async with s3.opened(place) as store:
        yield store
