"""A curious guest scans: the box and another guest, over IPv4 and over the addresses that IPv6 gives by itself."""

import asyncio
import socket
import time
from collections.abc import Iterator
from ipaddress import IPv6Address
from pathlib import Path

import pytest

from appliance.domain.portal import Mode
from tests.firmware.guests_network import BROKER_PORT, SSH_PORT, WEB_PORT, GuestsNetwork, guests_network
from tests.hall.crowd import crowd
from tests.hall.inside import inside, link_up, opened
from tests.hall.mobile import Mobile
from tests.network.hall import Machine, eventually

_PORTS = [*range(1, 1025), BROKER_PORT, 5353, WEB_PORT, 9001, 9999]
_LISTENS = (22, 80, 9999)


@pytest.fixture(name="quiet", scope="module")
def _quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuestsNetwork]:
    with guests_network(tmp_path_factory.mktemp("quiet"), mode=Mode.QUIET) as network:
        yield network


def _own_address(namespace: int) -> str:
    """The address that IPv6 gave it by itself, once it may use it."""

    def found() -> list[list[str]]:
        with inside(namespace):
            lines = Path("/proc/thread-self/net/if_inet6").read_text(encoding="ascii").splitlines()
        fields = [line.split() for line in lines]
        # Tentative is 0x40 (linux/if_addr.h).
        return [one for one in fields if one[5] == "eth0" and one[0].startswith("fe80") and not int(one[4], 16) & 0x40]

    eventually(lambda: bool(found()), within_s=10, what="an address of IPv6's own")
    return str(IPv6Address(int(found()[0][0], 16)))


def _reached(namespace: int, address: str, port: int) -> tuple[str, float]:
    """`open`, `refused` or `silence`, and after how many milliseconds that was known."""
    with inside(namespace):
        trial = socket.socket(socket.AF_INET6)
        interface = socket.if_nametoindex("eth0")
    began = time.monotonic()
    with trial:
        trial.settimeout(1.5)
        try:
            trial.connect((address, port, 0, interface))
        except TimeoutError:
            return "silence", (time.monotonic() - began) * 1000
        except OSError:
            return "refused", (time.monotonic() - began) * 1000
    return "open", (time.monotonic() - began) * 1000


def _listening(namespace: int, *ports: int) -> list[socket.socket]:
    with inside(namespace):
        return [socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True) for port in ports]


def test_a_guest_finds_no_door_of_another_guest(quiet: GuestsNetwork, tmp_path: Path) -> None:
    with crowd(quiet.venue.switch, size=2, folder=tmp_path / "crowd") as (curious, other):

        async def scan() -> list[int]:
            await curious.join()
            address = (await other.join()).address
            listeners = _listening(other.namespace, *_LISTENS)

            async def is_open(port: int) -> bool:
                try:
                    async with asyncio.timeout(3):
                        _, writer = await curious.dial(address, port)
                except (OSError, TimeoutError):
                    return False
                writer.close()
                return True

            found = await asyncio.gather(*(is_open(port) for port in _PORTS))
            for listener in listeners:
                listener.close()
            return [port for port, is_there in zip(_PORTS, found, strict=True) if is_there]

        assert asyncio.run(scan()) == []
        doors = _listening(other.namespace, *_LISTENS)
        theirs = _own_address(other.namespace)
        assert [_reached(curious.namespace, theirs, port)[0] == "open" for port in _LISTENS] == [False] * len(_LISTENS)
        # That the test can fail: the doors are open, and only the switch keeps the two apart.
        assert [_reached(other.namespace, theirs, port)[0] for port in _LISTENS] == ["open"] * len(_LISTENS)
        for door in doors:
            door.close()


def _scan_of(curious: Mobile, box: Machine) -> dict[str, list[int]]:
    namespace = opened(box.namespace)
    address = _own_address(namespace)
    found: dict[str, list[int]] = {"open": [], "refused": [], "silence": []}
    for port in (SSH_PORT, 53, 80, 443, 853, BROKER_PORT, 8883, WEB_PORT, 9001):
        said, took_ms = _reached(curious.namespace, address, port)
        found[said].append(port)
        assert took_ms < 50, (port, said)
    return found


def test_the_box_s_own_ipv6_address_opens_no_other_door(quiet: GuestsNetwork, tmp_path: Path) -> None:
    doors = _listening(opened(quiet.box.namespace), 9001, 8883)
    with crowd(quiet.venue.switch, size=1, folder=tmp_path / "crowd") as (curious,):
        link_up(curious.namespace)
        _own_address(curious.namespace)
        found = _scan_of(curious, quiet.box)
        assert found["silence"] == []
        assert set(found["open"]) <= {53, 80, WEB_PORT}
        quiet.box.execute("nft", "delete", "table", "inet", "pika_box")
        try:
            # That the test can fail: somebody listens there.
            assert {9001, 8883} <= set(_scan_of(curious, quiet.box)["open"])
        finally:
            quiet.reload_rules()
    for door in doors:
        door.close()
