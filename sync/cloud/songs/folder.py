"""Songs' bytes in a folder of this machine, or of one that several machines share: the cloud without any S3."""

import asyncio
import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from appliance.errors import NotKnown, Unavailable
from appliance.files import replace_file, sync_folder

_BLOCK = 256 * 1024
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class FolderBytes:
    """See `ports.SongBytes`. What is not whole stands in folders of its own beside the rest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _place(self, name: str) -> Path:
        return self._folder / name

    def _parts(self, handle: str) -> Path:
        return self._folder / ".parts" / handle

    async def begin(self, name: str) -> str:
        del name
        handle = secrets.token_hex(12)
        with _told():
            await asyncio.to_thread(self._parts(handle).mkdir, mode=0o700, parents=True)
        return handle

    async def add(self, name: str, handle: str, *, number: int, content: bytes) -> str:
        del name
        with _told():
            await asyncio.to_thread(replace_file, self._parts(handle) / f"{number:05}", content)
        return f"{number:05}"

    async def finish(self, name: str, handle: str, *, tags: Sequence[str]) -> None:
        with _told():
            await asyncio.to_thread(self._put_together, self._place(name), self._parts(handle), tags)

    def _put_together(self, place: Path, parts: Path, tags: Sequence[str]) -> None:
        if place.exists():
            return
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = place.with_name(f".{place.name}")
        with draft.open("wb") as whole:
            for tag in tags:
                with (parts / tag).open("rb") as part:
                    shutil.copyfileobj(part, whole, _BLOCK)
            whole.flush()
            os.fsync(whole.fileno())
        draft.chmod(0o600)
        draft.replace(place)
        sync_folder(place.parent)
        shutil.rmtree(parts, ignore_errors=True)

    async def give_up(self, name: str, handle: str) -> None:
        del name
        await asyncio.to_thread(shutil.rmtree, self._parts(handle), ignore_errors=True)

    async def read(self, name: str, *, start: int, stop: int) -> AsyncIterator[bytes]:
        with _told():
            file = await asyncio.to_thread(self._place(name).open, "rb")
            with file:
                await asyncio.to_thread(file.seek, start)
                left = stop - start
                while left > 0 and (block := await asyncio.to_thread(file.read, min(_BLOCK, left))):
                    left -= len(block)
                    yield block

    async def remove(self, name: str) -> None:
        with _told():
            await asyncio.to_thread(self._place(name).unlink, missing_ok=True)

    async def check(self) -> None:
        with _told():
            await asyncio.to_thread(self._folder.mkdir, mode=0o700, parents=True, exist_ok=True)
            if not os.access(self._folder, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotKnown("song_bytes_gone", "The store of songs does not have this one any more.") from error
    except OSError as error:
        if error.errno in _FULL:
            raise Unavailable(
                "songs_full", "The store of songs is full.", advice="Delete songs, or give it more room."
            ) from error
        raise Unavailable(
            "songs_away",
            f"The folder of songs can't be used ({error.strerror or error}).",
            advice="Check that it exists and may be written by the cloud.",
        ) from error
