"""Ports for servers under test, also while several test runs share the machine.

Not from the kernel's own range: between asking for a free one there and listening on it, any outgoing connection of
another test may get it.
"""

import random
import socket

_LOWEST, _HIGHEST = 15_000, 32_000
# Of this process only: two that started from one seed would try the same ports.
_chance = random.SystemRandom()


def free_port() -> int:
    """A port of loopback that nobody listens on at this moment."""
    for _ in range(100):
        port = _chance.randint(_LOWEST, _HIGHEST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port of loopback is free")
