"""A DJ's laptop of the demo: VirtualDJ's history is written as VirtualDJ writes it, and the real link carries it.

Nothing here speaks to the box for the DJ but the link's own process. It looks at the box only to see that it arrived.
"""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.demo.songs import Song
from appliance.demo.web_client import WebClient
from appliance.errors import BoxError, Unavailable
from appliance.network import origin

_BEGINS_WITHIN_S = 20.0
#: VirtualDJ's file is looked at each second
_ARRIVES_WITHIN_S = 2.5
_ENDS_WITHIN_S = 3.0
_LOOK_EVERY_S = 0.1
_WATCHES = "virtualdj: here"
_SETTINGS = """[plays]
stage = "{stage}"
[sources]
now_port = 0
icecast_port = 0
pika_port = 0
"""


@dataclass(slots=True)
class Laptop:
    """A home folder with VirtualDJ and the link in it; a desk for `people.Dj`."""

    folder: Path
    stage: str
    #: asks the box, as a phone would
    web: WebClient
    _second: int = 0
    _command: list[str] = field(default_factory=lambda: [sys.executable, "-m", "sync.link"])

    @property
    def _home(self) -> Path:
        return self.folder / "home"

    @property
    def _history(self) -> Path:
        return self._home / "Documents" / "VirtualDJ" / "History"

    @property
    def _link(self) -> Path:
        return self.folder / "link"

    @property
    def _said(self) -> Path:
        return self.folder / "said.txt"

    def furnish(self, token: str) -> None:
        """Makes the files. Blocks for a moment."""
        for folder in (self._history, self._link):
            folder.mkdir(parents=True, mode=0o700)
        settings = "<settings><historyDelay>0</historyDelay></settings>\n"
        (self._history.parent / "settings.xml").write_text(settings, encoding="utf-8")
        (self._link / "link.toml").write_text(_SETTINGS.format(stage=self.stage), encoding="utf-8")
        handle = os.open(self.folder / "token", os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(token)

    @asynccontextmanager
    async def linked(self) -> AsyncIterator[None]:
        """The link runs until the block ends. Raises: Unavailable with the code `link_did_not_start`."""
        box = origin(self.web.host, port=self.web.port)
        with self._said.open("wb") as said:
            process = await asyncio.create_subprocess_exec(
                *self._command, "run", "--plain", "--box", box, "--token-file", str(self.folder / "token"),
                env=self._environment(), stdout=said, stderr=said,
            )  # fmt: skip
        try:

            async def watches() -> bool:
                said = await asyncio.to_thread(self._said.read_text, encoding="utf-8", errors="replace")
                return process.returncode is None and _WATCHES in said

            if not await _comes(watches, within_s=_BEGINS_WITHIN_S):
                raise Unavailable(
                    "link_did_not_start",
                    "A DJ's link did not start, so nothing would be heard.",
                    advice=self._said.read_text(encoding="utf-8", errors="replace")[-500:],
                )
            yield
        finally:
            await _end(process)

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "HOME": str(self._home), "PIKABOX_LINK_FOLDER": str(self._link)}

    async def start(self, stage: str) -> None:
        """Nothing: the first record begins the set."""

    async def play(self, song: Song, *, play_id: str) -> None:
        """VirtualDJ writes the record down. Returns when the box has it, or after a while."""
        self._second = max(self._second + 1, int(time.time()))
        tags = f"<lastplaytime>{self._second}</lastplaytime><artist>{song.artist}</artist><title>{song.title}</title>"
        line = f"#EXTVDJ:{tags}<songlength>{song.length_s}</songlength>\r\n/music/{play_id}.mp3\r\n"
        with (self._history / "2026-11-20.m3u").open("ab") as file:
            file.write(line.encode())

        async def has_arrived() -> bool:
            return bool((await self._state()).get("now", {}).get("title") == song.title)

        await _comes(has_arrived, within_s=_ARRIVES_WITHIN_S)

    async def stop(self) -> None:
        """Nothing: VirtualDJ does not write down that it is silent."""

    async def alive(self) -> None:
        """Nothing: the link does that."""

    async def end(self) -> None:
        """The DJ tells the link. Returns when the stage is free, or after a while."""
        mine = await self._session()
        process = await asyncio.create_subprocess_exec(
            *self._command, "end", env=self._environment(), stdout=asyncio.subprocess.DEVNULL
        )
        await process.wait()

        async def has_ended() -> bool:
            return mine is None or await self._session() != mine

        await _comes(has_ended, within_s=_ARRIVES_WITHIN_S)

    async def _session(self) -> str | None:
        session: str | None = (await self._state()).get("session", {}).get("id")
        return session

    async def _state(self) -> dict[str, Any]:
        with contextlib.suppress(BoxError):
            state: dict[str, Any] = await self.web.ask("GET", f"/api/v1/stages/{self.stage}/now")
            return state
        return {}


async def _comes(holds: Callable[[], Awaitable[bool]], *, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if await holds():
            return True
        await asyncio.sleep(_LOOK_EVERY_S)
    return False


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_ENDS_WITHIN_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
