"""What sources need of sockets: a loop for one question to another program, and whether a port is free."""

import asyncio
import socket
import sys
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


def port_is_free(port: int, *, host: str = "127.0.0.1") -> bool:
    """Whether a program can listen there now."""
    with socket.socket() as tried:
        if sys.platform != "win32":
            # What a connection that ended left behind is no one's. On Windows this would take the port from a program.
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError:
            return False
    return True
