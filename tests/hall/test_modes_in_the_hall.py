"""Three modes and one switch, in the real box's own network with an internet behind it."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.domain.portal import Mode
from tests.firmware.guests_network import (
    BOX,
    INTERNET_NAME_SERVED,
    WEB_PORT,
    GuestsNetwork,
    Phone,
    guests_network,
)
from tests.hall.browser import Browser
from tests.hall.crowd import crowd
from tests.hall.desk import Desk
from tests.hall.laptop import laptop
from tests.hall.mobile import Mobile
from tests.hall.probing import android_sees, apple_sees
from tests.hall.systems import Android, Verdict
from tests.support.probes import ROWS, Row

_HERE = f"http://{BOX}:{WEB_PORT}"


@pytest.fixture(name="network", scope="module")
def _network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuestsNetwork]:
    with guests_network(tmp_path_factory.mktemp("modes"), mode=Mode.QUIET, real=True, uplink=True) as network:
        yield network


@pytest.fixture(name="desk", scope="module")
def _desk(network: GuestsNetwork) -> Iterator[Desk]:
    desk = Desk(network.box.namespace, said=network.said, session=False)
    yield desk
    desk.close()


@pytest.fixture(name="phone")
def _phone(network: GuestsNetwork, tmp_path: Path) -> Iterator[Mobile]:
    with crowd(network.venue.switch, size=1, folder=tmp_path / "crowd") as made:
        asyncio.run(made[0].join())
        yield made[0]


def _switch(network: GuestsNetwork, desk: Desk, mode: Mode) -> None:
    """The one control; everything else follows it."""
    desk.as_staff("PUT", "/api/v1/portal", {"mode": mode.value})
    network.follow_mode()
    health = json.loads(network.phone.visit(f"{_HERE}/health")["body"])
    assert health["portal"] == mode.value
    # In no mode does the box answer an encrypted door that is not its own, and in none is it silent.
    doors = [("tcp", BOX, 443), ("tcp", BOX, 853), ("udp", BOX, 443), ("udp", BOX, 853)]
    for door, found in zip(doors, network.phone.reach(*doors), strict=True):
        assert (found["said"], found["ms"] < 50) == ("refused", True), (mode, door, found)


def _believed(phone: Mobile) -> tuple[Verdict, Verdict]:
    async def both() -> tuple[Verdict, Verdict]:
        return (await android_sees(phone, Android()))[0], await apple_sees(phone)

    return asyncio.run(both())


def test_one_switch_changes_what_phones_and_laptops_believe_and_the_pages_are_there_in_every_mode(
    network: GuestsNetwork, desk: Desk, phone: Mobile, tmp_path: Path
) -> None:
    machine = network.venue.plug_in()
    owner, notebook = Phone(machine, tmp_path / "owner"), laptop(machine, tmp_path / "laptop")
    assert notebook.nmcli("--fields", "IP4.DNS", "device", "show", "eth0") == f"IP4.DNS[1]:{BOX}"

    _switch(network, desk, Mode.QUIET)
    assert _believed(phone) == (Verdict.OFFLINE, Verdict.OFFLINE)
    assert notebook.connectivity() == "limited"

    _switch(network, desk, Mode.PARTY)
    assert _believed(phone) == (Verdict.PORTAL, Verdict.PORTAL)
    assert notebook.connectivity() == "portal"
    assert owner.visit(f"{_HERE}/welcome", method="POST")["status"] == 303
    assert notebook.connectivity() == "full"
    assert owner.visit(f"{_HERE}/welcome/leave", method="POST")["status"] == 303
    assert notebook.connectivity() == "portal"

    # There is an internet again: nobody is asked for a tap. What it can't prove to be is not the box's to prove.
    _switch(network, desk, Mode.GATEWAY)
    assert _believed(phone) == (Verdict.PARTIAL, Verdict.ONLINE)
    assert notebook.connectivity() == "full"

    for mode in Mode:
        _switch(network, desk, mode)
        for name in ("pika", "pika.internal", "pika.local", BOX):
            assert network.phone.visit(f"http://{name}/s/main-floor")["status"] == 200


def test_in_gateway_mode_no_probe_s_name_leads_to_the_box_and_each_hears_the_cloud_s_own_bytes(
    network: GuestsNetwork, desk: Desk, phone: Mobile
) -> None:
    _switch(network, desk, Mode.GATEWAY)

    async def heard(row: Row) -> None:
        browser = Browser(phone.dial)
        reply = await browser.ask("GET", f"http://{row.host}{row.target}")
        browser.close()
        assert reply.headers["x-from"] == "the cloud", row
        assert (reply.status, row.body is None or reply.body == row.body) == (row.status, True), row

    async def evening() -> None:
        for host in sorted({row.host for row in ROWS} | {Android().https_host, "dns.msftncsi.com"}):
            assert await phone.resolve(host) == INTERNET_NAME_SERVED, host
        for row in ROWS:
            await heard(row)
        # The encrypted door leads out as well, and what stands there is not the box.
        _, writer = await phone.dial(Android().https_host, 443)
        writer.close()

    asyncio.run(evening())


def test_what_was_believed_of_a_name_in_party_mode_is_forgotten_within_ten_seconds(
    network: GuestsNetwork, desk: Desk
) -> None:
    _switch(network, desk, Mode.PARTY)
    asked = [(row.host, "A") for row in ROWS]
    for found in network.phone.ask(*asked):
        assert found["answers"] == [BOX]
        assert all(ttl <= 10 for ttl in found["ttls"])
    _switch(network, desk, Mode.QUIET)
    assert {found["code"] for found in network.phone.ask(*asked)} == {"NXDOMAIN"}
