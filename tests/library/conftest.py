"""A folder of music, and a box that looks after it."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from appliance.analysis import Unheard
from appliance.domain.analysis import Analysis, FaultCode
from appliance.domain.library import LibraryFile
from appliance.domain.scanning import ScanState
from appliance.library.listening import Hear
from appliance.library.places import Places
from appliance.library.scanner import Scanner, Timing
from tests.analysis.conftest import good
from tests.contract.conftest import sqlite_evening
from tests.support.evening import Evening
from tests.support.library import KNOWN

__all__ = ["good"]

#: as fast as a test wants it
HASTE = Timing(sticks=0.02, folders=0.05, pause_for_look=0, settled=0.0, retry=1000, trouble=0.05)
WITHIN_S = 60.0


@dataclass
class Ear:
    """Stands in for the worker where the sound is not the point: tells files apart by their bytes."""

    heard: list[str] = field(default_factory=list)
    #: what is heard of a file by its name, where that is not just anything
    says: dict[str, Analysis | FaultCode] = field(default_factory=dict)

    async def __call__(self, path: Path) -> Analysis:
        self.heard.append(path.name)
        said = self.says.get(path.name, KNOWN)
        if isinstance(said, FaultCode):
            raise Unheard(said)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise Unheard(FaultCode.MISSING) from None
        # Each content is a recording of its own, unless something was said of it.
        words = said.fingerprint if path.name in self.says else hashlib.shake_256(content).digest(400)
        return replace(said, file_hash=hashlib.sha256(content).hexdigest(), fingerprint=words)


@dataclass
class Looked:
    """A box with its scanner at work."""

    evening: Evening
    scanner: Scanner

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Waits for something that the scanner does."""
        deadline = time.monotonic() + WITHIN_S
        while not is_so():
            assert self.scanner.problem() is None, self.scanner.problem()
            assert time.monotonic() < deadline, self.scanner.scan()
            await asyncio.sleep(0.005)

    async def looked_again(self) -> None:
        """Waits for a look that begins from now on, and until nothing is left to hear after it."""
        looks = self._last_look()
        await self.until(lambda: self._last_look() > looks and self.scanner.scan().state is ScanState.DONE)

    async def all_known(self) -> None:
        """Waits until what is in the folders now is known."""
        # A look may be under way that has passed what came meanwhile.
        await self.looked_again()
        self.scanner.look_now()
        await self.looked_again()

    def _last_look(self) -> float:
        return max((one.began for one in self.scanner._looked.values()), default=0.0)

    async def files(self, root: Path) -> dict[str, LibraryFile]:
        """What is known of a folder, by the end of the path."""
        found = await self.evening.ports.reader.library_files_of_root(str(root))
        return {file.shown.removeprefix(f"{root}/"): file for file in found}


@asynccontextmanager
async def looking(
    database: Path, places: Places, *, hear: Hear, timing: Timing = HASTE, is_busy: Callable[[], bool] = lambda: False
) -> AsyncIterator[Looked]:
    """A box that looks after its music until the block ends."""
    async with sqlite_evening(database) as evening:
        scanner = Scanner(evening.ports, places=places, hear=hear, is_busy=is_busy, timing=timing)
        scanner.start()
        try:
            yield Looked(evening, scanner)
        finally:
            await scanner.stop()


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A folder with three songs, one of them in a folder of its own."""
    folder = tmp_path / "music"
    (folder / "Ella").mkdir(parents=True)
    for name in ("Anna - One.mp3", "Ben - Two.flac", "Ella/03 - Three.ogg"):
        (folder / name).write_bytes(f"the sound of {name}".encode())
    return folder
