"""Who is behind an address: the kernel's neighbour table.

Reads it from `/proc` for IPv4 and over netlink for IPv6, asks nobody on the network, and keeps nothing. A phone
behind a router has no entry; then only its address is known.
"""

import re
import socket
import struct
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from appliance.domain.portal import Client, Identity

_ARP = Path("/proc/net/arp")
#: in the table's flags: the entry holds a card's address (linux/if_arp.h)
_COMPLETE = 0x2
_NO_CARD = "00:00:00:00:00:00"
_CARD_BYTES = 6

# linux/netlink.h, rtnetlink.h and neighbour.h; these numbers are the kernel's promise and never change.
_ROUTE = 0
_GET_NEIGHBOURS, _NEIGHBOUR, _DONE, _ERROR = 30, 28, 3, 2
_REQUEST_DUMP = 0x1 | 0x300
_DESTINATION, _CARD = 1, 2
#: incomplete, failed, and "none": an entry without a card that answers
_UNUSABLE = 0x01 | 0x20
_HEAD, _ENTRY, _ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=BBHiHBB"), struct.Struct("=HH")
_ANSWER_BYTES = 256 * 1024
_WITHIN_S = 0.2


def card_in_arp(table: str, ip: str) -> str | None:
    """The card that has an IPv4 address, in what `/proc/net/arp` holds."""
    for line in re.findall(rf"^{re.escape(ip)}\s.*$", table, re.MULTILINE):
        _, _, flags, card, *_ = line.split()
        if int(flags, 16) & _COMPLETE and card != _NO_CARD:
            return str(card).lower()
    return None


def _aligned(length: int) -> int:
    return (length + 3) & ~3


def _attributes(data: bytes) -> dict[int, bytes]:
    found = {}
    while len(data) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(data)
        if length < _ATTRIBUTE.size:
            break
        found[kind] = data[_ATTRIBUTE.size : length]
        data = data[_aligned(length) :]
    return found


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The kind and the body of each netlink message."""
    while len(data) >= _HEAD.size:
        length, kind, *_ = _HEAD.unpack_from(data)
        if length < _HEAD.size:
            return
        yield kind, data[_HEAD.size : length]
        data = data[_aligned(length) :]


def card_in_entry(entry: bytes, ip: IPv6Address) -> str | None:
    """The card in one entry of the neighbour table, if the entry is about `ip` and the card answers."""
    _, _, _, _, state, _, _ = _ENTRY.unpack_from(entry)
    attributes = _attributes(entry[_ENTRY.size :])
    card = attributes.get(_CARD, b"")
    if state == 0 or state & _UNUSABLE or attributes.get(_DESTINATION) != ip.packed or len(card) != _CARD_BYTES:
        return None
    # The loopback's entries have a card of zeros, and would make everybody on this machine one phone.
    if not any(card):
        return None
    return card.hex(":")


def _ipv6_card(ip: IPv6Address) -> str | None:
    body = _ENTRY.pack(socket.AF_INET6, 0, 0, 0, 0, 0, 0)
    request = _HEAD.pack(_HEAD.size + len(body), _GET_NEIGHBOURS, _REQUEST_DUMP, 1, 0) + body
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _ROUTE) as kernel:
        kernel.settimeout(_WITHIN_S)
        kernel.send(request)
        while True:
            for kind, entry in messages(kernel.recv(_ANSWER_BYTES)):
                if kind in {_DONE, _ERROR}:
                    return None
                card = card_in_entry(entry, ip) if kind == _NEIGHBOUR else None
                if card is not None:
                    return card


def _card(ip: str) -> str | None:
    plain = ip_address(ip)
    try:
        if isinstance(plain, IPv6Address):
            return _ipv6_card(plain) if hasattr(socket, "AF_NETLINK") else None
        return card_in_arp(_ARP.read_text(encoding="ascii"), ip)
    except OSError:
        # Not Linux, or no right to ask: the address itself is then all there is.
        return None


def client_at(host: str) -> Client:
    """The phone at the other end of a connection. Takes well under a millisecond."""
    plain = ip_address(host.partition("%")[0])
    if isinstance(plain, IPv6Address) and plain.ipv4_mapped is not None:
        plain = plain.ipv4_mapped
    card = _card(str(plain))
    if card is not None:
        return Client(Identity.CARD, card)
    return Client(Identity.ADDRESS, str(plain))
