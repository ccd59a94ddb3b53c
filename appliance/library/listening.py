"""One file: is it one that is known, and if not, how does it sound and what is it called. Keeps what it finds."""

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TypeVar

from appliance.analysis import Unheard
from appliance.domain.analysis import Analysis, FaultCode
from appliance.domain.library import Sounding
from appliance.domain.looking import Found
from appliance.domain.recordings import LENGTHS_APART_MS, first_same, marks
from appliance.errors import Unavailable
from appliance.library.labelling import labels_of
from appliance.library.places import Root
from appliance.library.queue import Waiting
from appliance.library.walking import look_at, pieces
from appliance.ports import Ports
from appliance.usecases import scanning

#: how a file sounds. Raises: Unheard
Hear = Callable[[Path], Awaitable[Analysis]]

T = TypeVar("T")
#: what a stick says while it is pulled out
_OF_THE_PLACE = frozenset({FaultCode.MISSING, FaultCode.UNREADABLE, FaultCode.FORBIDDEN, FaultCode.TOO_SLOW})


class NoDecoder(Unavailable):
    """No file can be heard on this machine."""


class Listening:
    """Takes files one by one."""

    def __init__(self, ports: Ports, *, hear: Hear, threads: Executor) -> None:
        self._ports = ports
        self._hear = hear
        self._threads = threads
        #: files whose turn has come, since the start
        self.heard = 0

    async def take(self, one: Waiting) -> Found | None:
        """Listens to a file that waits; gives it as it is now if it has changed meanwhile and has to wait again.

        Raises: NoDecoder; Unavailable.
        """
        before = await self._beside(look_at, one.found.path)
        if before != one.found:
            return before
        self.heard += 1
        if await self._is_copy(one.found, root=one.root):
            return None
        try:
            analysis = await self._hear(Path(os.fsdecode(one.found.path)))
        except Unheard as trouble:
            await self._keep_fault(one, trouble.fault.code)
            return None
        labels = await self._beside(labels_of, one.found.path)
        after = await self._beside(look_at, one.found.path)
        if after != one.found:
            return after
        await scanning.keep_heard(
            self._ports,
            one.found,
            root=one.root.name,
            analysis=analysis,
            labels=labels,
            same=await self._same(analysis),
        )
        return None

    async def _is_copy(self, found: Found, *, root: Root) -> bool:
        """Whether it is known by its content: it was moved, or copied. Reading is less work than listening."""
        if not await self._ports.reader.library_has_size(found.size):
            return False
        try:
            file_hash = await self._beside(_hash, found.path)
        except OSError:
            return False  # whoever listens says why
        return await scanning.keep_copy(self._ports, found, root=root.name, file_hash=file_hash)

    async def _keep_fault(self, one: Waiting, code: FaultCode) -> None:
        if code is FaultCode.NO_DECODER:
            raise NoDecoder("no_decoder", "ffmpeg is missing, so no track can be heard.", advice="Install it.")
        if code in _OF_THE_PLACE and not await self._beside(one.root.is_there):
            return
        if code is FaultCode.MISSING:
            return  # removed while it waited; the next look says so
        await scanning.keep_fault(self._ports, one.found, root=one.root.name, fault=code)

    async def _same(self, analysis: Analysis) -> Sounding | None:
        """Another track that is the same recording."""
        words, length = analysis.fingerprint, analysis.duration_ms
        if not words:
            return None
        found_by = await self._beside(marks, words)
        near = await self._ports.reader.library_marked(
            found_by, least_ms=length - LENGTHS_APART_MS, most_ms=length + LENGTHS_APART_MS
        )
        return await self._beside(lambda: first_same(words, near))

    async def _beside(self, job: Callable[..., T], *arguments: object) -> T:
        """Runs what may wait for a disk, beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, job, *arguments)


def _hash(path: bytes) -> str:
    digest = hashlib.sha256()
    for piece in pieces(path):
        digest.update(piece)
    return digest.hexdigest()
