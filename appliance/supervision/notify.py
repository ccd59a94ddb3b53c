"""Telling systemd how the box is: the datagrams of sd_notify(3), and nothing else of systemd.

Taken from the environment once and out of it, so that no program of the box inherits the socket. Where nobody listens,
telling does nothing; where systemd has gone, it is no fault of the box.
"""

import logging
import os
import socket
from collections.abc import MutableMapping

log = logging.getLogger(__name__)

_SOCKET, _WATCHDOG, _WATCHDOG_PID = "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"


class Notifier:
    """What tells one listener; see `taken_from`."""

    def __init__(self, address: str | None, *, watchdog_s: float | None = None) -> None:
        """`address` is as in $NOTIFY_SOCKET: a path, or a name in the abstract namespace after an `@`."""
        self._address = f"\0{address[1:]}" if address and address.startswith("@") else address
        #: within how many seconds the watchdog wants to be fed; None when there is none
        self.watchdog_s = watchdog_s

    @property
    def is_heard(self) -> bool:
        """Whether somebody listens, who then also starts the box again when it ends."""
        return self._address is not None

    def ready(self, status: str) -> None:
        """The start is over: pages are served."""
        self._tell(f"READY=1\nSTATUS={_line(status)}")

    def status(self, words: str) -> None:
        """How it is, in one line for `systemctl status`."""
        self._tell(f"STATUS={_line(words)}")

    def feed(self) -> None:
        """Everything works: the watchdog begins to count anew."""
        self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """The box ends, as it was told or because it gave up."""
        self._tell("STOPPING=1")

    def _tell(self, message: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as datagram:
                # A listener that does not read must not hold the box.
                datagram.setblocking(False)
                datagram.sendto(message.encode(), self._address)
        except OSError as error:
            log.warning("systemd could not be told %r: %s", message.partition("=")[0], error)


def _line(words: str) -> str:
    return " ".join(words.split())


def taken_from(environment: MutableMapping[str, str]) -> Notifier:
    """The notifier that `environment` describes; what describes it is removed."""
    address = environment.pop(_SOCKET, "")
    usec = environment.pop(_WATCHDOG, "")
    pid = environment.pop(_WATCHDOG_PID, str(os.getpid()))
    for_us = usec.isascii() and usec.isdecimal() and int(usec) > 0 and pid == str(os.getpid())
    usable = address if address.startswith(("/", "@")) and len(address) > 1 else None
    return Notifier(usable, watchdog_s=int(usec) / 1_000_000 if for_us else None)
