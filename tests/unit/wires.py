"""Connections of phones that keep what they were sent, for tests of the live hub."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


class Phone:
    """A connection that keeps what it was sent, or stops reading."""

    def __init__(self) -> None:
        self.received = b""
        self.waiting = 0
        self.reads = True
        self.aborted = False
        self.closed = False

    def write(self, data: bytes) -> None:
        if self.reads:
            self.received += data
        else:
            self.waiting += len(data)

    def get_extra_info(self, name: str) -> None:
        """It has no socket."""

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def is_closing(self) -> bool:
        return self.aborted or self.closed

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        self.closed = True


def run(scene: Callable[[], Awaitable[Any]]) -> None:
    async def body() -> None:
        await scene()

    asyncio.run(body())


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)
