"""Phones in a hall that watch a stage, and like some of what they see there. Real streams, real likes, no browsers."""

import asyncio
import contextlib
import json
import random
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

_AGAIN_S = 0.3
_LIKES = 0.5


@dataclass
class Crowd:
    """So many phones at one stage of a box on this machine."""

    port: int
    stage: str
    chance: random.Random
    #: likes of each play that were answered, and that were asked for
    answered: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    #: plays that some phone saw
    seen: set[str] = field(default_factory=set)
    #: streams that are open
    open: int = 0
    #: which phone saw which play
    _known: set[tuple[str, str]] = field(default_factory=set)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    async def come(self, count: int) -> None:
        """They come, and are there when this returns."""
        for _ in range(count):
            self._begin(self._watch(await self._cookie()))
        async with asyncio.timeout(20):
            while self.open < count:
                await asyncio.sleep(0.05)

    async def go(self) -> None:
        """They leave."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(self, method: str, path: str, *, cookie: str = "") -> tuple[int, str]:
        """One request; the answer's status, and the cookie it set."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nConnection: close\r\n"
            writer.write(f"{head}Cookie: {cookie}\r\nContent-Length: 0\r\n\r\n".encode())
            async with asyncio.timeout(10):
                answer = (await reader.read()).decode(errors="replace")
        finally:
            writer.close()
        _, _, after = answer.partition("set-cookie: ")
        status = answer[9:12]
        return int(status) if status.isdecimal() else 0, after.partition(";")[0]

    async def _cookie(self) -> str:
        return (await self._ask("POST", "/api/v1/guests"))[1]

    async def _watch(self, cookie: str) -> None:
        """One phone: comes back whenever its stream ends."""
        while True:
            with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                await self._stream(cookie)
            await asyncio.sleep(_AGAIN_S * (1 + self.chance.random()))

    async def _stream(self, cookie: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            head = f"GET /api/v1/stages/{self.stage}/stream HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            writer.write(f"{head}Accept: text/event-stream\r\nCookie: {cookie}\r\n\r\n".encode())
            await self._events(reader, cookie)
        finally:
            writer.close()

    async def _events(self, reader: asyncio.StreamReader, cookie: str) -> None:
        self.open += 1
        event = b""
        try:
            while line := await reader.readline():
                if line.startswith(b"event: "):
                    event = line[7:].strip()
                elif line.startswith(b"data: ") and event in {b"now", b"state"}:
                    self._see(line[6:], cookie)
        finally:
            self.open -= 1

    def _see(self, data: bytes, cookie: str) -> None:
        play = (json.loads(data).get("now") or {}).get("play", "")
        # Whoever comes back sees it again, and has made up their mind.
        if play and (cookie, play) not in self._known:
            self._known.add((cookie, play))
            self.seen.add(play)
            if self.chance.random() < _LIKES:
                self._begin(self._like(play, cookie))

    async def _like(self, play: str, cookie: str) -> None:
        # A floor does not tap in one instant.
        await asyncio.sleep(self.chance.random())
        self.asked[play] = self.asked.get(play, 0) + 1
        with contextlib.suppress(OSError, TimeoutError):
            status, _ = await self._ask("PUT", f"/api/v1/plays/{play}/like", cookie=cookie)
            if status == 200:
                self.answered[play] = self.answered.get(play, 0) + 1
