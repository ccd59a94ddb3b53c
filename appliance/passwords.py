"""Hashes passwords with argon2id, beside the event loop and a few at a time: `ports.Passwords`.

The only module that knows how passwords are kept. 19 MiB and two passes (OWASP's smallest) take about a tenth of a
second on a Raspberry Pi; each that runs holds its 19 MiB, so how many run at once is bounded, and how many wait too.
"""

import asyncio
import base64
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from appliance.errors import Unavailable

T = TypeVar("T")

MEMORY_KIB, PASSES = 19_456, 2
AT_ONCE, WAITING_MOST = 2, 40
_SALT_BYTES, _HASH_BYTES = 16, 32


class Passwords:
    """The hashing of this run. `memory_kib` and `passes` are what one hash costs."""

    def __init__(self, *, memory_kib: int = MEMORY_KIB, passes: int = PASSES) -> None:
        self._hasher = PasswordHasher(
            time_cost=passes, memory_cost=memory_kib, parallelism=1, hash_len=_HASH_BYTES, salt_len=_SALT_BYTES
        )
        #: of the same cost, and no password fits it
        self._nobodys = f"$argon2id$v=19$m={memory_kib},t={passes},p=1${_plain(_SALT_BYTES)}${_plain(_HASH_BYTES)}"
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
        self._under_way = 0

    def stop(self) -> None:
        """Lets go of the threads; what waits is not done."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hashed(self, password: str) -> str:
        """What is kept of a password. Raises: Unavailable with the code `logins_busy`."""
        return await self._beside(lambda: self._hasher.hash(password))

    async def fits(self, password: str, kept: str | None) -> bool:
        """Whether it is the password that was kept; takes as long without one.

        Raises: Unavailable with the code `logins_busy`.
        """
        found = await self._beside(lambda: self._fits(password, kept or self._nobodys))
        return found and kept is not None

    def _fits(self, password: str, kept: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _beside(self, work: Callable[[], T]) -> T:
        if self._under_way >= AT_ONCE + WAITING_MOST:
            raise Unavailable(
                "logins_busy", "Too many people log in at this very moment.", advice="Try again in a few seconds."
            )
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._under_way -= 1


def _plain(size: int) -> str:
    """Random bytes as argon2 spells them."""
    return base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=")
