"""Phones of each system in the real box's own network, in party mode: what they believe before the tap and after it."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.domain.portal import Mode
from tests.firmware.guests_network import BOX, GuestsNetwork, guests_network
from tests.hall.browser import Browser
from tests.hall.crowd import crowd
from tests.hall.mobile import Mobile
from tests.hall.probing import android_sees, apple_sees, press
from tests.hall.systems import Android, Apple, Verdict

#: no private address, and nobody's either: the firewall leads it to the box all the same
_CAPTURE, _CAPTURED = "198.51.100.1", "connectivitycheck.grapheneos.network"


@pytest.fixture(name="party", scope="module")
def _party(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuestsNetwork]:
    extra = f"\naddress=/{_CAPTURED}/{_CAPTURE}\n"
    with guests_network(tmp_path_factory.mktemp("party"), mode=Mode.PARTY, real=True, extra=extra) as network:
        yield network


@pytest.fixture(name="phones")
def _phones(party: GuestsNetwork, tmp_path: Path) -> Iterator[list[Mobile]]:
    """Two that were never here."""
    with crowd(party.venue.switch, size=2, folder=tmp_path / "crowd") as made:
        yield made


def test_an_iphone_is_done_within_a_second_of_the_button_and_never_before(phones: list[Mobile]) -> None:
    phone, rules = phones[0], Apple()

    async def evening() -> float:
        await phone.join()
        for _ in range(3):
            assert await apple_sees(phone) is Verdict.PORTAL
        sheet = Browser(phone.dial, agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)")
        here, _ = await sheet.page(f"http://{rules.host}{rules.path}")
        assert here.endswith("/welcome")
        assert await apple_sees(phone) is Verdict.PORTAL
        began = time.monotonic()
        there, _ = await sheet.page(here, method="POST")
        assert there.endswith("/welcome/done")
        assert await apple_sees(phone) is Verdict.ONLINE
        sheet.close()
        return time.monotonic() - began

    assert asyncio.run(evening()) < 1


def test_an_android_sees_a_portal_and_after_the_tap_partial_connectivity_and_no_encrypted_answer(
    phones: list[Mobile],
) -> None:
    phone, rules = phones[0], Android()

    async def evening() -> None:
        await phone.join()
        for _ in range(3):
            verdict, _, https = await android_sees(phone, rules)
            assert verdict is Verdict.PORTAL
            assert (https.status, https.took_ms < 200) == (0, True)
        await press(phone)
        verdict, http, https = await android_sees(phone, rules)
        assert (verdict, http.status, http.length) == (Verdict.PARTIAL, 204, 0)
        assert https.took_ms < 200
        assert await press(phone, "/welcome/leave") == "/welcome"
        assert (await android_sees(phone, rules))[0] is Verdict.PORTAL

    asyncio.run(evening())


def test_an_android_with_the_private_address_rule_sees_the_portal_at_a_capture_address_that_is_not_private(
    phones: list[Mobile],
) -> None:
    async def evening() -> None:
        await phones[0].join()
        at_the_box = Android(private_means_offline=True)
        assert await phones[0].resolve(at_the_box.http_host) == BOX
        assert (await android_sees(phones[0], at_the_box))[0] is Verdict.OFFLINE
        captured = Android(private_means_offline=True, http_host=_CAPTURED)
        assert await phones[0].resolve(_CAPTURED) == _CAPTURE
        assert (await android_sees(phones[0], captured))[0] is Verdict.PORTAL
        await press(phones[0])
        assert (await android_sees(phones[0], captured))[0] is Verdict.PARTIAL

    asyncio.run(evening())


def test_an_address_that_goes_to_another_phone_takes_no_release_along(phones: list[Mobile]) -> None:
    anna, ben = phones

    async def evening() -> None:
        was = (await anna.join()).address
        await press(anna)
        assert await apple_sees(anna) is Verdict.ONLINE
        await anna.give_back()
        assert (await ben.join(wants=was)).address == was
        assert await apple_sees(ben) is Verdict.PORTAL
        # She comes back, gets another address, and is known by her card.
        assert (await anna.join()).address != was
        assert await apple_sees(anna) is Verdict.ONLINE
        assert await apple_sees(ben) is Verdict.PORTAL

    asyncio.run(evening())


def test_a_phone_that_joins_again_gets_the_address_it_had(phones: list[Mobile]) -> None:
    async def evening() -> None:
        first = await phones[0].join()
        assert await phones[0].join() == first
        assert first.seconds <= 1800

    asyncio.run(evening())
