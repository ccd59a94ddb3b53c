"""The portal's releases on both stores: kept, taken back, over in time, and never anybody's address."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.domain import portal as rules
from appliance.domain.audit import STAFF
from appliance.domain.models import Stamp
from appliance.domain.portal import Client, Identity, Mode, Release
from appliance.ports import Transaction
from appliance.usecases import portal
from tests.contract.conftest import Scene, sqlite_evening
from tests.support.evening import Evening

PlayOut = Callable[[Scene], None]

ANNA = Client(Identity.CARD, "02:00:00:aa:00:01")
BEN = Client(Identity.CARD, "02:00:00:aa:00:02")


async def released(evening: Evening, *clients: Client) -> list[bool]:
    return [await portal.is_released(evening.ports, client=client) for client in clients]


async def stored(evening: Evening) -> list[Release]:
    def look(tx: Transaction) -> list[Release]:
        return list(tx.releases())

    return await evening.ports.store.write(look)


def test_only_the_phone_that_said_yes_is_released(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        assert await released(evening, ANNA, BEN) == [False, False]
        await portal.release(evening.ports, client=ANNA)
        await portal.release(evening.ports, client=ANNA)
        assert await released(evening, ANNA, BEN) == [True, False]
        assert len(await stored(evening)) == 1

    play_out(scene)


def test_an_address_that_moves_to_another_card_takes_nothing_along(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await portal.release(evening.ports, client=Client(Identity.ADDRESS, "10.42.0.9"))
        assert await released(evening, Client(Identity.ADDRESS, "10.42.0.9"), BEN) == [True, False]

    play_out(scene)


def test_taking_it_back_ends_it_at_once_and_again_changes_nothing(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        for client in (ANNA, BEN):
            await portal.release(evening.ports, client=client)
        await portal.take_back(evening.ports, client=ANNA)
        await portal.take_back(evening.ports, client=ANNA)
        assert await released(evening, ANNA, BEN) == [False, True]
        assert len(await stored(evening)) == 1

    play_out(scene)


def test_it_ends_by_boot_time_and_a_second_yes_begins_anew(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await portal.release(evening.ports, client=ANNA)
        evening.clock.pass_s(10 * 3600)
        evening.clock.wall_ms += 10 * 365 * 24 * 3600 * 1000
        await portal.release(evening.ports, client=BEN)
        evening.clock.pass_s(3.9 * 3600)
        assert await released(evening, ANNA, BEN) == [True, True]
        evening.clock.pass_s(0.2 * 3600)
        assert await released(evening, ANNA, BEN) == [False, True]
        await portal.release(evening.ports, client=ANNA)
        evening.clock.pass_s(13 * 3600)
        assert await released(evening, ANNA, BEN) == [True, False]

    play_out(scene)


def test_a_night_s_salt_and_all_that_was_made_with_it_are_gone_with_the_night(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await portal.release(evening.ports, client=ANNA)
        [first] = await stored(evening)
        evening.clock.pass_s(15 * 3600)
        await portal.begin(evening.ports)
        assert await stored(evening) == []
        assert await evening.ports.reader.meta("portal_salt") is None
        await portal.release(evening.ports, client=ANNA)
        [second] = await stored(evening)
        assert first.client != second.client

    play_out(scene)


def test_a_short_power_cut_changes_nothing_and_a_long_one_ends_it(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await portal.release(evening.ports, client=ANNA)
        evening.clock.pass_s(60)
        evening.clock.reboot()
        await portal.begin(evening.ports)
        assert await released(evening, ANNA) == [True]
        evening.clock.wall_ms += 20 * 3600 * 1000
        assert await released(evening, ANNA) == [False]

    play_out(scene)


def test_a_flood_of_phones_ends_the_oldest_release_first(play_out: PlayOut, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "RELEASES_MOST", 3)
    phones = [Client(Identity.ADDRESS, f"10.42.0.{number}") for number in range(4)]

    async def scene(evening: Evening) -> None:
        for phone in (*phones[:3], phones[0], phones[3]):
            await portal.release(evening.ports, client=phone)
        assert await released(evening, *phones) == [True, False, True, True]

    play_out(scene)


def test_releases_are_never_journaled_and_a_mode_is_once(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        assert await portal.begin(evening.ports) is Mode.QUIET
        await portal.release(evening.ports, client=ANNA)
        await portal.take_back(evening.ports, client=ANNA)
        assert evening.told.kinds() == ["event.opened", "stage.opened"]
        for mode in (Mode.PARTY, Mode.PARTY, Mode.GATEWAY):
            await portal.set_mode(evening.ports, mode=mode, by=STAFF)
        assert evening.told.kinds()[2:] == ["portal.mode_set", "portal.mode_set"]
        assert await portal.begin(evening.ports) is Mode.GATEWAY

    play_out(scene)


def test_a_release_comes_back_from_the_store_as_it_went_in(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        granted: Stamp = evening.clock.now()
        await portal.release(evening.ports, client=ANNA)
        [kept] = await stored(evening)
        assert kept.granted == granted
        assert await evening.ports.reader.release(kept.client) == kept
        assert await evening.ports.reader.release("nobody") is None

    play_out(scene)


def test_mode_and_releases_are_there_when_the_same_file_is_opened_again(tmp_path: Path) -> None:
    async def scene() -> None:
        async with sqlite_evening(tmp_path / "box.db") as evening:
            await portal.set_mode(evening.ports, mode=Mode.PARTY, by=STAFF)
            await portal.release(evening.ports, client=ANNA)
        async with sqlite_evening(tmp_path / "box.db") as evening:
            assert await portal.begin(evening.ports) is Mode.PARTY
            assert await released(evening, ANNA, BEN) == [True, False]

    asyncio.run(scene())


def test_no_address_is_in_the_file(tmp_path: Path) -> None:
    async def scene() -> None:
        async with sqlite_evening(tmp_path / "box.db") as evening:
            await portal.release(evening.ports, client=ANNA)
            await portal.release(evening.ports, client=Client(Identity.ADDRESS, "10.42.0.9"))

    asyncio.run(scene())
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for raw in (ANNA.value.encode(), bytes.fromhex(ANNA.value.replace(":", "")), b"10.42.0.9"):
        assert raw not in kept
