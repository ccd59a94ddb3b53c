"""Passwords are hashed slowly, beside the event loop, and a few at a time."""

import asyncio
import statistics
import threading
import time

import pytest

from appliance.errors import Unavailable
from appliance.passwords import AT_ONCE, MEMORY_KIB, PASSES, WAITING_MOST, Passwords


def test_a_password_fits_what_was_kept_of_it_and_nothing_else_does() -> None:
    async def scene() -> None:
        passwords = Passwords(memory_kib=64, passes=1)
        kept = await passwords.hashed("three small words")
        assert kept.startswith("$argon2id$v=19$m=64,t=1,p=1$")
        assert kept != await passwords.hashed("three small words")
        assert await passwords.fits("three small words", kept)
        assert not await passwords.fits("three small word", kept)
        for nothing in (None, "", "not a hash", "$argon2id$v=19$m=64,t=1,p=1$AAAA$AAAA"):
            assert not await passwords.fits("three small words", nothing)
        passwords.stop()

    asyncio.run(scene())


def test_a_new_password_costs_what_was_decided() -> None:
    async def scene() -> None:
        passwords = Passwords()
        assert (await passwords.hashed("x")).startswith(f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p=1$")
        passwords.stop()

    asyncio.run(scene())


@pytest.mark.alone
def test_an_unknown_account_takes_as_long_as_a_wrong_password() -> None:
    async def took(passwords: Passwords, kept: str | None) -> float:
        began = time.perf_counter()
        assert not await passwords.fits("wrong", kept)
        return time.perf_counter() - began

    async def scene() -> None:
        passwords = Passwords()
        kept = await passwords.hashed("three small words")
        pairs = [(await took(passwords, kept), await took(passwords, None)) for _ in range(25)]
        wrong, unknown = (statistics.median(each) for each in zip(*pairs, strict=True))
        passwords.stop()
        assert 0.7 < wrong / unknown < 1.4, (wrong, unknown)

    asyncio.run(scene())


def test_only_a_few_are_hashed_at_once_and_the_loop_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, gate = 0, 0, threading.Event()
    counting = threading.Lock()

    def slow(self: Passwords, password: str, kept: str) -> bool:
        nonlocal running, most
        with counting:
            running += 1
            most = max(most, running)
        gate.wait(10)
        with counting:
            running -= 1
        return True

    monkeypatch.setattr(Passwords, "_fits", slow)

    async def scene() -> None:
        passwords = Passwords(memory_kib=64, passes=1)
        asked = [asyncio.ensure_future(passwords.fits("x", "y")) for _ in range(AT_ONCE + WAITING_MOST)]
        await asyncio.sleep(0.05)
        with pytest.raises(Unavailable) as busy:
            await passwords.fits("x", "y")
        assert busy.value.code == "logins_busy"
        gate.set()
        assert all(await asyncio.gather(*asked))
        assert await passwords.fits("x", "y")
        assert most == AT_ONCE
        passwords.stop()

    asyncio.run(scene())
