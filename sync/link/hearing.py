"""Listens to the files that are played, one at a time and out of everybody's way, and tells the box how they sound.

Never the sound itself. What was found out is kept by the file's content, so that no file is listened to twice; and a
play waits in the store until it was, so that a restart forgets none. Owns no conversation with the box: what it finds
becomes an entry of the journal like everything else.
"""

import asyncio
import hashlib
import importlib.util
import logging
import os
import shlex
import shutil
import stat
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

import msgspec

from appliance.analysis import Unheard as CanNotHear
from appliance.clock import Clock
from appliance.domain.analysis import ANALYSIS_VERSION, Analysis, FaultCode
from appliance.domain.library import Labels
from appliance.library.labelling import labels_of
from sync.link.desk import Desk
from sync.link.sources.sharing import open_shared, shared
from sync.link.sparing import Sparing
from sync.link.store.database import KnownPlay
from sync.link.store.sounds import FileSounds, SoundsStore, Unheard

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 5.0
#: larger files are recordings of whole nights
_LARGEST = 1 << 30
_PIECE = 1 << 20
#: a worker that dies on so many files in a row can't work here at all
_DEATHS_MOST = 3
# No number may be written as thousands of a thousandth: receivers refuse such.
_DIGITS = 4


_UNABLE = (
    "Files are not listened to: {}. All else works; tempo and key are those that your program says. To have them from "
    "files: {what}."
)


def unable() -> str:
    """Why this laptop can't listen to files, and what would help; empty when it can."""
    if importlib.util.find_spec("numpy") is None:
        return _UNABLE.format("this Python has no numpy", what=_numpy_from())
    if shutil.which("ffmpeg") is None:
        return _UNABLE.format("there is no program ffmpeg", what="install ffmpeg, then start the link again")
    return ""


def _numpy_from() -> str:
    """Where numpy comes from for the Python that runs this: a system that keeps its own packages lets pip add none."""
    python = shlex.quote(sys.executable) if sys.platform != "win32" else f'"{sys.executable}"'
    is_kept = (Path(sysconfig.get_path("stdlib")) / "EXTERNALLY-MANAGED").exists() and sys.prefix == sys.base_prefix
    command = "install python3-numpy (apt, dnf or pacman)" if is_kept else f"{python} -m pip install numpy"
    return f"where there is internet, {command}, then start the link again"


class Hears(Protocol):
    """Who listens: `appliance.analysis.Analyst`."""

    async def analyse(self, path: Path) -> Analysis:
        """Raises: CanNotHear."""
        ...

    async def stop(self) -> None: ...


@dataclass(slots=True)
class Hearing:
    """The queue of files. One at a time."""

    desk: Desk
    sounds: SoundsStore
    clock: Clock
    analyst: Hears
    sparing: Sparing
    #: called when something was kept for the box
    on_kept: Callable[[], None]
    #: why files are not listened to; empty while they are
    trouble: str = field(default_factory=unable)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _deaths: int = 0

    def add(self, play: KnownPlay, path: str) -> None:
        """A play is from a file."""
        if not self.trouble and not play.retracted and _is_text(path):
            self.sounds.add_unheard(play.id, path=path, is_ghost=play.told.bpm is None or play.told.key is None)
            self._wake.set()

    def words(self) -> str:
        """How it goes, in one line for the DJ; empty when there is nothing to say."""
        if self.trouble:
            return self.trouble
        waiting = self.sounds.waiting()
        if not waiting:
            return ""
        files = "1 file waits" if waiting == 1 else f"{waiting} files wait"
        return f"{files} to be listened to" + (f": {self.sparing.why}" if self.sparing.why else "")

    async def run(self) -> None:
        """Listens until cancelled, or until it can't."""
        if self.trouble:
            log.warning("%s", self.trouble)
        try:
            while not self.trouble:
                waiting = self.sounds.next_unheard()
                if waiting is None:
                    # A worker that waits holds a hundred megabytes; the next track is minutes away.
                    await self.analyst.stop()
                    await self._rest()
                else:
                    await self._hear(waiting)
        finally:
            await self.analyst.stop()

    async def _rest(self) -> None:
        self._wake.clear()
        try:
            async with asyncio.timeout(_LOOK_EVERY_S):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _hear(self, waiting: Unheard) -> None:
        told = None
        try:
            told = await self._told_of(waiting.path)
        except CanNotHear as error:
            self._note(error, waiting.path)
        except OSError as error:
            log.info("%s can't be listened to: %s.", waiting.path, error.strerror or error)
        if self.trouble:
            return
        self.desk.tell_sounds(self.sounds, waiting.play, told)
        if told is not None:
            self.on_kept()

    def _note(self, error: CanNotHear, path: str) -> None:
        code = error.fault.code
        log.info("%s: %s", path, error.fault.detail)
        self._deaths = self._deaths + 1 if code is FaultCode.CRASHED else 0
        if code is FaultCode.NO_DECODER or self._deaths >= _DEATHS_MOST:
            self.trouble = unable() or f"Files are not listened to any more: {error.fault.detail}"
            log.warning("%s", self.trouble)

    async def _told_of(self, path: str) -> bytes | None:
        """What the box is told of a file, by whoever knows it; None where nothing can be told.

        Raises: CanNotHear, OSError.
        """
        found = await asyncio.to_thread(os.stat, path)
        if not stat.S_ISREG(found.st_mode):
            raise OSError("it is no file")
        known = self.sounds.of_file(path, size=found.st_size, modified_ns=found.st_mtime_ns)
        if known is not None and known.version == ANALYSIS_VERSION:
            return known.told
        file_hash = await asyncio.to_thread(_hash_of, path, found.st_size)
        same = self.sounds.of_hash(file_hash, version=ANALYSIS_VERSION)
        told = same.told if same is not None else await self._heard(path, found, file_hash=file_hash)
        self._keep(path, found, file_hash=file_hash, told=told)
        return told

    async def _heard(self, path: str, found: os.stat_result, *, file_hash: str) -> bytes:
        """Raises: CanNotHear."""
        try:
            analysis = await self.analyst.analyse(Path(path))
        except CanNotHear as error:
            if not error.fault.may_pass and error.fault.code is not FaultCode.CRASHED:
                self._keep(path, found, file_hash=file_hash, told=None)
            raise
        self._deaths = 0
        labels = await asyncio.to_thread(labels_of, os.fsencode(path), opener=shared)
        return told_as(analysis, labels)

    def _keep(self, path: str, found: os.stat_result, *, file_hash: str, told: bytes | None) -> None:
        now_ms = self.clock.now().wall_ms
        self.sounds.keep(
            FileSounds(path, found.st_size, found.st_mtime_ns, file_hash, ANALYSIS_VERSION, told, at_ms=now_ms)
        )


def _is_text(path: str) -> bool:
    """Whether a path can be kept and asked for: names in another encoding than the system's can't."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in path


def told_as(analysis: Analysis, labels: Labels) -> bytes:
    """What the box is told of a file, as JSON: the fields of `track.sounds` beside the play."""
    figures = _rounded(msgspec.to_builtins(analysis))
    return msgspec.json.encode({**asdict(labels), "analysis": figures})


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value


def _hash_of(path: str, size: int) -> str:
    """SHA-256 of a file. Raises: OSError."""
    if size > _LARGEST:
        raise OSError("it is too large for a track")
    with open_shared(Path(path)) as file:
        digest = hashlib.sha256()
        while piece := file.read(_PIECE):
            digest.update(piece)
        return digest.hexdigest()
