"""Network namespaces by file descriptor: make one, and step into one for as long as a block takes.

What is opened or started in there stays there: a socket belongs to the network it was made in. So one process plays
hundreds of phones, each with a network stack of its own, and they vanish with the process.
"""

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# linux/sched.h, linux/sockios.h, linux/if.h
_CLONE_NEWNET = 0x40000000
_SET_FLAGS = 0x8914
_UP, _RUNNING = 0x1, 0x40
_HERE = "/proc/thread-self/ns/net"


def _checked(status: int) -> None:
    if status != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"no network namespace: {os.strerror(number)}")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def opened(name: str) -> int:
    """A namespace that `ip netns` made."""
    return os.open(Path("/run/netns") / name, os.O_RDONLY | os.O_CLOEXEC)


@contextmanager
def inside(namespace: int) -> Iterator[None]:
    """This thread is in that network meanwhile. Nothing may be awaited in there.

    Raises: OSError without the right to do so.
    """
    home = os.open(_HERE, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _checked(_libc().setns(namespace, _CLONE_NEWNET))
        try:
            yield
        finally:
            _checked(_libc().setns(home, _CLONE_NEWNET))
    finally:
        os.close(home)


def new_namespace() -> int:
    """An empty network; it ends when its last descriptor, socket and process have gone.

    Raises: OSError without the right to do so.
    """
    home = os.open(_HERE, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _checked(_libc().unshare(_CLONE_NEWNET))
        try:
            return os.open(_HERE, os.O_RDONLY | os.O_CLOEXEC)
        finally:
            _checked(_libc().setns(home, _CLONE_NEWNET))
    finally:
        os.close(home)


def link_up(namespace: int, interface: str = "eth0") -> None:
    """Switches an interface on, without a program to do it."""
    with inside(namespace), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        fcntl.ioctl(asking, _SET_FLAGS, struct.pack("16sH22x", interface.encode(), _UP | _RUNNING))
