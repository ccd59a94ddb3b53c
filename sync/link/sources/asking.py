"""Asking another program over a socket from a source that is polled: a loop for one question."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Found = TypeVar("_Found")


def in_a_loop(work: Callable[[], Awaitable[_Found]]) -> _Found:
    """Runs `work` in a thread of its own, because the caller's may have a loop already. Raises what `work` raises."""

    async def run() -> _Found:
        return await work()

    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(lambda: asyncio.run(run())).result()
