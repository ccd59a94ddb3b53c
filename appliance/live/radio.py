"""How a stream bears a bad radio: little that is old waits for the phone, and what was lost is sent again soon.

Where the system or the connection knows no such option, it stays as it is: such phones wait longer.
"""

import contextlib
import socket
from typing import Protocol

#: bytes that may wait in the system beyond what is on its way. They can't be taken back, and a phone that is behind
#: would hear them first
_UNSENT_MOST = 16 * 1024
#: the longest pause before something lost is sent again, milliseconds. It doubles with each loss, and where three
#: packets of ten are lost it came to half a minute of silence
_AGAIN_WITHIN_MS = 2_000
#: the system's own
_AGAIN_AT_LAST_MS = 120_000
#: BBR measures how much a phone takes, and at the edge of the Wi-Fi came to 2 KB/s, from which it does not recover
_CONGESTION = b"cubic"
#: tcp(7), since Linux 6.15
_TCP_RTO_MAX_MS = 44


class Wire(Protocol):
    """A connection that tells its socket, as an `asyncio.Transport` does."""

    def get_extra_info(self, name: str) -> socket.socket | None: ...
    def abort(self) -> None: ...


def tune(wire: Wire) -> None:
    """Makes a connection a stream's."""
    link = wire.get_extra_info("socket")
    if link is None:
        return
    wishes: tuple[tuple[int, int | bytes], ...] = (
        (socket.TCP_NOTSENT_LOWAT, _UNSENT_MOST),
        (socket.TCP_CONGESTION, _CONGESTION),
        (_TCP_RTO_MAX_MS, _AGAIN_WITHIN_MS),
    )
    for name, value in wishes:
        with contextlib.suppress(OSError):
            link.setsockopt(socket.IPPROTO_TCP, name, value)


def cut(wire: Wire) -> None:
    """Ends a stream at once; the phone hears of it however long that takes.

    A system gives a closed connection up as soon as its pauses are at their longest: with short ones the goodbye was
    lost, and the phone went on listening to nobody.
    """
    if link := wire.get_extra_info("socket"):
        with contextlib.suppress(OSError):
            link.setsockopt(socket.IPPROTO_TCP, _TCP_RTO_MAX_MS, _AGAIN_AT_LAST_MS)
    wire.abort()
