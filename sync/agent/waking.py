"""What ends a wait: something was written, the link came up. And the one thread on which databases are used."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")

# From <linux/rtnetlink.h>: links, addresses and routes, of both families.
_GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400
#: an interface that comes up says so a dozen times within a moment
_SETTLE_S = 0.3


class Bell:
    """Wakes everybody who waits."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """Ends all waits of this moment."""
        for one in self._waiting:
            if not one.done():
                one.set_result(None)

    async def heard(self, within_s: float) -> bool:
        """Whether it rang within so many seconds from now on."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        try:
            async with asyncio.timeout(within_s):
                await waiting
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(waiting)
        return True


class LinkWatch:
    """Rings when the machine gets a link, an address or a route: the kernel tells (rtnetlink), nobody has to look."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._socket: socket.socket | None = None
        self._due: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Listens on the running loop. Where the kernel does not tell, waits just take their time."""
        try:
            told = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE)
        except (AttributeError, OSError) as error:
            log.info("The kernel does not tell of links that come up (%s).", error)
            return
        try:
            told.bind((0, _GROUPS))
        except OSError as error:
            log.info("The kernel does not tell of links that come up (%s).", error)
            told.close()
            return
        self._socket = told
        asyncio.get_running_loop().add_reader(told, self._hear)

    def _hear(self) -> None:
        assert self._socket is not None
        # What it says does not matter; when it was too much at once, it says that as an error.
        with contextlib.suppress(OSError):
            while self._socket.recv(65536):
                pass
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(_SETTLE_S, self._ring)

    def _ring(self) -> None:
        self._due = None
        self._bell.ring()

    def stop(self) -> None:
        """Listens no more."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
        if self._due is not None:
            self._due.cancel()


class Worker:
    """One thread for everything that waits for the disk, so that databases are used from one thread at a time."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="disk")

    async def do(self, job: Callable[[], T]) -> T:
        """The result of a job, which waits for its turn."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, job)

    def stop(self) -> None:
        """Ends after what is under way."""
        self._pool.shutdown(wait=True, cancel_futures=True)
