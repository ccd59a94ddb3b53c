"""Whether multicast works: the machine asks a question that nobody answers, and listens for its own words.

The library that announces hears of no error when a firewall swallows what it sends, so this test is made apart from it.
It blocks for up to half a second: call it in a thread.
"""

import secrets
import socket
import struct
import time

_GROUP, _PORT = "224.0.0.251", 5353
_WAIT_S = 0.4
_TYPE_A, _CLASS_IN = 1, 1


def _question() -> bytes:
    """A DNS query for a name that does not exist and was never asked for before."""
    labels = (secrets.token_hex(8).encode(), b"pika-echo", b"local")
    name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    header = struct.pack("!6H", 0, 0, 1, 0, 0, 0)
    return header + name + struct.pack("!2H", _TYPE_A, _CLASS_IN)


def _listening(address: str) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        # Other multicast DNS programs hold the port too, and say the same.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        # Bound to the group and not to every address, it takes no answer that was meant for another program.
        listener.bind((_GROUP, _PORT))
        membership = socket.inet_aton(_GROUP) + socket.inet_aton(address)
        listener.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    except OSError:
        listener.close()
        raise
    return listener


def _hears(listener: socket.socket, question: bytes) -> bool:
    end = time.monotonic() + _WAIT_S
    while (left := end - time.monotonic()) > 0:
        listener.settimeout(left)
        if listener.recv(2048) == question:
            return True
    return False


def hears_itself(address: str) -> bool:
    """Whether what this machine multicasts from an IPv4 address comes back to it. False on every network error."""
    question = _question()
    try:
        with _listening(address) as listener, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as speaker:
            speaker.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
            speaker.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
            speaker.sendto(question, (_GROUP, _PORT))
            return _hears(listener, question)
    except OSError:
        # A timeout, a firewall's refusal, no such interface: for the person at the laptop it is all the same.
        return False
