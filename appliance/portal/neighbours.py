"""Who is behind an address: the kernel's neighbour table.

Asks the kernel for the one entry of an address; asks nobody on the network, and keeps nothing. A phone behind a router
has no entry; then only its address is known.
"""

import contextlib
import fcntl
import socket
import struct
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address

from appliance.domain.portal import Client, Identity

# arp(7): a question and its answer are one `struct arpreq`, for one device. The table as text would be read whole for
# each phone that comes: with a thousand of them in it, 1.4 ms each time.
_GET_ARP = 0x8954
_ARP = struct.Struct("=HH4s8x H14s i 16x 16s")
#: in an answer's flags: the entry holds a card's address (linux/if_arp.h)
_COMPLETE = 0x2
_CARD_BYTES = 6

# linux/netlink.h, rtnetlink.h and neighbour.h; these numbers are the kernel's promise and never change.
_ROUTE = 0
_GET_NEIGHBOUR, _NEIGHBOUR = 30, 28
_REQUEST = 0x1
_DESTINATION, _CARD = 1, 2
#: incomplete, failed, and "none": an entry without a card that answers
_UNUSABLE = 0x01 | 0x20
_HEAD, _ENTRY, _ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=BBHiHBB"), struct.Struct("=HH")
_ANSWER_BYTES = 4096
_WITHIN_S = 0.2


def card_in_arp(answer: bytes) -> str | None:
    """The card in the kernel's answer about one IPv4 address, if it says one."""
    _, _, _, _, hardware, flags, _ = _ARP.unpack(answer)
    card: bytes = hardware[:_CARD_BYTES]
    return card.hex(":") if flags & _COMPLETE and any(card) else None


def _arp(ip: str) -> Iterator[bytes]:
    """What the kernel knows of an IPv4 address, on each device that has an entry."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as kernel:
        for _, device in socket.if_nameindex():
            asked = _ARP.pack(socket.AF_INET, 0, socket.inet_aton(ip), 0, b"", 0, device.encode())
            with contextlib.suppress(OSError):  # nothing is known there
                yield fcntl.ioctl(kernel, _GET_ARP, asked)


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


def _entries(ip: IPv6Address) -> Iterator[bytes]:
    """What the kernel knows of an IPv6 address, on each device that has an entry (Linux 5.0 and later can say)."""
    wanted = _ATTRIBUTE.pack(_ATTRIBUTE.size + len(ip.packed), _DESTINATION) + ip.packed
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _ROUTE) as kernel:
        kernel.settimeout(_WITHIN_S)
        for device, _ in socket.if_nameindex():
            body = _ENTRY.pack(socket.AF_INET6, 0, 0, device, 0, 0, 0) + wanted
            kernel.send(_HEAD.pack(_HEAD.size + len(body), _GET_NEIGHBOUR, _REQUEST, 1, 0) + body)
            # One message: the entry, or an error where there is none.
            yield from (entry for kind, entry in messages(kernel.recv(_ANSWER_BYTES)) if kind == _NEIGHBOUR)


def _ipv6_card(ip: IPv6Address) -> str | None:
    return next(filter(None, (card_in_entry(entry, ip) for entry in _entries(ip))), None)


def _card(ip: str) -> str | None:
    plain = ip_address(ip)
    try:
        if isinstance(plain, IPv6Address):
            return _ipv6_card(plain) if hasattr(socket, "AF_NETLINK") else None
        return next(filter(None, map(card_in_arp, _arp(ip))), None)
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
