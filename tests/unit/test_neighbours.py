"""Reading the kernel's neighbour table: whose card has an address, and nobody's when it does not say."""

import ipaddress
import socket
import struct
from collections.abc import Iterator

import pytest

from appliance.domain.portal import Client, Identity
from appliance.portal import neighbours
from appliance.portal.neighbours import card_in_arp, card_in_entry, client_at, messages

PHONE = ipaddress.IPv6Address("fd00::9")
REACHABLE, STALE, FAILED, INCOMPLETE = 0x02, 0x04, 0x20, 0x01


def entry(*, ip: ipaddress.IPv6Address = PHONE, card: bytes = b"\x02\0\0\xaa\0\x09", state: int = REACHABLE) -> bytes:
    def attribute(kind: int, value: bytes) -> bytes:
        padding = b"\0" * (-len(value) % 4)
        return struct.pack("=HH", 4 + len(value), kind) + value + padding

    head = struct.pack("=BBHiHBB", socket.AF_INET6, 0, 0, 3, state, 0, 0)
    return head + attribute(1, ip.packed) + attribute(2, card) + attribute(4, b"\0\0\0\0")


def answer(card: bytes = b"\x02\0\0\xaa\0\x09", *, flags: int = 0x2) -> bytes:
    """A `struct arpreq` as the kernel fills it in."""
    asked = struct.pack("=HH4s8x", socket.AF_INET, 0, bytes((10, 42, 0, 9)))
    return asked + struct.pack("=H14s", 1, card) + struct.pack("=i", flags) + bytes(16) + b"wlan0".ljust(16, b"\0")


def test_an_ipv4_entry_gives_its_card() -> None:
    assert card_in_arp(answer()) == "02:00:00:aa:00:09"
    assert card_in_arp(answer(flags=0x6)) == "02:00:00:aa:00:09"


@pytest.mark.parametrize("nothing", [answer(flags=0), answer(bytes(6)), answer(flags=0x4)])
def test_an_incomplete_entry_gives_none(nothing: bytes) -> None:
    assert card_in_arp(nothing) is None


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
def table(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[bytes]]:
    """What the kernel answers, by address."""
    kept = {"10.42.0.9": [answer(flags=0), answer()]}
    monkeypatch.setattr(neighbours, "_arp", lambda ip: iter(kept.get(ip, [])))
    return kept


def test_a_phone_is_its_card_on_whatever_address(table: dict[str, list[bytes]]) -> None:
    phone = Client(Identity.CARD, "02:00:00:aa:00:09")
    assert client_at("10.42.0.9") == client_at("::ffff:10.42.0.9") == phone
    table["10.42.1.7"] = table.pop("10.42.0.9")
    assert client_at("10.42.1.7") == phone


def test_an_address_that_moved_to_another_card_is_another_phone(table: dict[str, list[bytes]]) -> None:
    before = client_at("10.42.0.9")
    table["10.42.0.9"] = [answer(b"\x02\0\0\xbb\0\x09")]
    assert client_at("10.42.0.9") not in {before, Client(Identity.ADDRESS, "10.42.0.9")}


def test_without_an_entry_or_a_kernel_that_says_a_phone_is_its_address(
    table: dict[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    del table
    assert client_at("10.42.0.77") == Client(Identity.ADDRESS, "10.42.0.77")

    def refuse(ip: str) -> Iterator[bytes]:
        raise OSError(ip)

    monkeypatch.setattr(neighbours, "_arp", refuse)
    assert client_at("10.42.0.9") == Client(Identity.ADDRESS, "10.42.0.9")


def test_the_kernel_is_really_asked_and_has_no_card_for_itself_over_ipv4() -> None:
    assert client_at("127.0.0.1") == Client(Identity.ADDRESS, "127.0.0.1")


def test_the_kernel_is_really_asked_over_netlink_and_has_no_card_for_itself() -> None:
    assert client_at("::1") == Client(Identity.ADDRESS, "::1")
