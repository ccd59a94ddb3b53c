"""Reading the kernel's neighbour table: whose card has an address, and nobody's when it does not say."""

import ipaddress
import socket
import struct
from pathlib import Path

import pytest

from appliance.domain.portal import Client, Identity
from appliance.portal import neighbours
from appliance.portal.neighbours import card_in_arp, card_in_entry, client_at, messages

ARP = """\
IP address       HW type     Flags       HW address            Mask     Device
10.42.0.9        0x1         0x2         02:00:00:AA:00:09     *        wlan0
10.42.0.90       0x1         0x2         02:00:00:aa:00:90     *        wlan0
10.42.0.10       0x1         0x0         00:00:00:00:00:00     *        wlan0
10.42.0.11       0x1         0x6         02:00:00:aa:00:11     *        wlan0
10.42.0.12       0x1         0x2         00:00:00:00:00:00     *        wlan0
"""
PHONE = ipaddress.IPv6Address("fd00::9")
REACHABLE, STALE, FAILED, INCOMPLETE = 0x02, 0x04, 0x20, 0x01


def entry(*, ip: ipaddress.IPv6Address = PHONE, card: bytes = b"\x02\0\0\xaa\0\x09", state: int = REACHABLE) -> bytes:
    def attribute(kind: int, value: bytes) -> bytes:
        padding = b"\0" * (-len(value) % 4)
        return struct.pack("=HH", 4 + len(value), kind) + value + padding

    head = struct.pack("=BBHiHBB", socket.AF_INET6, 0, 0, 3, state, 0, 0)
    return head + attribute(1, ip.packed) + attribute(2, card) + attribute(4, b"\0\0\0\0")


def test_an_ipv4_address_gives_its_card() -> None:
    assert card_in_arp(ARP, "10.42.0.9") == "02:00:00:aa:00:09"
    assert card_in_arp(ARP, "10.42.0.11") == "02:00:00:aa:00:11"


@pytest.mark.parametrize("ip", ["10.42.0.10", "10.42.0.12", "10.42.0.1", "10.42.0", "0.42.0.9", "1"])
def test_an_incomplete_entry_and_a_part_of_an_address_give_none(ip: str) -> None:
    assert card_in_arp(ARP, ip) is None


def test_an_ipv6_entry_gives_its_card_while_it_answers() -> None:
    assert card_in_entry(entry(), PHONE) == "02:00:00:aa:00:09"
    assert card_in_entry(entry(state=STALE), PHONE) == "02:00:00:aa:00:09"
    for other in (
        entry(state=FAILED),
        entry(state=INCOMPLETE),
        entry(state=0),
        entry(card=b""),
        entry(card=b"\0" * 8),
        entry(card=b"\0" * 6),
    ):
        assert card_in_entry(other, PHONE) is None
    assert card_in_entry(entry(ip=ipaddress.IPv6Address("fd00::90")), PHONE) is None


def test_messages_come_apart_at_their_lengths_and_broken_ones_end_it() -> None:
    one = struct.pack("=IHHII", 16 + 5, 28, 0, 1, 0) + b"hello" + b"\0" * 3
    done = struct.pack("=IHHII", 16, 3, 0, 1, 0)
    assert list(messages(one + done)) == [(28, b"hello"), (3, b"")]
    assert list(messages(struct.pack("=IHHII", 0, 28, 0, 1, 0))) == []
    assert list(messages(b"short")) == []


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "arp"
    path.write_text(ARP)
    monkeypatch.setattr(neighbours, "_ARP", path)
    return path


def test_a_phone_is_its_card_on_whatever_address(table: Path) -> None:
    phone = Client(Identity.CARD, "02:00:00:aa:00:09")
    assert client_at("10.42.0.9") == client_at("::ffff:10.42.0.9") == phone
    table.write_text(ARP.replace("10.42.0.9 ", "10.42.1.7 "))
    assert client_at("10.42.1.7") == phone


def test_an_address_that_moved_to_another_card_is_another_phone(table: Path) -> None:
    before = client_at("10.42.0.9")
    table.write_text(ARP.replace("02:00:00:AA:00:09", "02:00:00:bb:00:09"))
    assert client_at("10.42.0.9") not in {before, Client(Identity.ADDRESS, "10.42.0.9")}


def test_without_an_entry_or_a_table_a_phone_is_its_address(table: Path) -> None:
    assert client_at("10.42.0.77") == Client(Identity.ADDRESS, "10.42.0.77")
    table.unlink()
    assert client_at("10.42.0.9") == Client(Identity.ADDRESS, "10.42.0.9")


def test_the_kernel_is_really_asked_over_netlink_and_has_no_card_for_itself() -> None:
    assert client_at("::1") == Client(Identity.ADDRESS, "::1")
