"""A bad link between this machine and a network namespace: so slow, so far, and so many packets lost on the way.

The kernel has no netem here, so a program stands between two TUN devices: each direction has a rate, a delay, a share
of losses and a queue that drops what does not fit. Run as `python -m tests.bench.bad_link NAME` it is that program.
"""

import contextlib
import fcntl
import os
import random
import select
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_MTU = 1500
#: of the time that the queue takes to empty: what a home router has
_QUEUE_S = 0.5


@dataclass(frozen=True, slots=True)
class Conditions:
    """One direction."""

    bits_per_s: float = 1e6
    #: one way
    delay_s: float = 0.15
    #: share of packets that are lost, 0 to 1
    loss: float = 0.05

    def words(self) -> bytes:
        """For the program's standard input."""
        return f"{self.bits_per_s} {self.delay_s} {self.loss}\n".encode()


def _run(*command: str) -> None:
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": path})
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"


def _tun(name: str) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return device


class _Direction:
    """From one device to the other."""

    def __init__(self, source: int, target: int, *, chance: random.Random) -> None:
        self.source, self._target, self._chance = source, target, chance
        self._free_s = 0.0
        self._way: deque[tuple[float, bytes]] = deque()

    def take(self, now: float, link: Conditions) -> None:
        """Packets that came."""
        while True:
            try:
                packet = os.read(self.source, _MTU + 100)
            except BlockingIOError:
                return
            begins = max(now, self._free_s)
            if begins - now > _QUEUE_S:
                continue
            self._free_s = begins + len(packet) * 8 / link.bits_per_s
            if self._chance.random() >= link.loss:
                self._way.append((self._free_s + link.delay_s, packet))

    def give(self, now: float) -> float:
        """Packets that have arrived; seconds until the next one does."""
        while self._way and self._way[0][0] <= now:
            _, packet = self._way.popleft()
            with contextlib.suppress(OSError):
                os.write(self._target, packet)
        return self._way[0][0] - now if self._way else 60.0


def _relay(here: int, there: int) -> None:
    chance = random.Random(5)
    ways = (_Direction(here, there, chance=chance), _Direction(there, here, chance=chance))
    link, poll = Conditions(), select.poll()
    for descriptor in (here, there, 0):
        poll.register(descriptor, select.POLLIN)
    heard = b""
    while True:
        wait_s = min(way.give(time.monotonic()) for way in ways)
        for descriptor, _ in poll.poll(max(0.0, wait_s) * 1000):
            if descriptor == 0:
                more = os.read(0, 4096)
                if not more:
                    return
                *lines, heard = (heard + more).split(b"\n")
                for line in lines:
                    link = Conditions(*(float(word) for word in line.split()))
            else:
                ways[descriptor == there].take(time.monotonic(), link)


def main(arguments: Sequence[str]) -> None:
    """Makes both devices, gives one to the namespace, and relays until its standard input ends."""
    name, net = arguments
    here, there = _tun(f"{name}a"), _tun(f"{name}b")
    _run("ip", "link", "set", f"{name}b", "netns", name)
    for inside, device, own, other in ((False, "a", 1, 2), (True, "b", 2, 1)):
        before = ("ip", "-n", name) if inside else ("ip",)
        _run(*before, "addr", "add", f"{net}.{own}", "peer", f"{net}.{other}", "dev", f"{name}{device}")
        _run(*before, "link", "set", f"{name}{device}", "mtu", str(_MTU), "up")
    _run("ip", "-n", name, "link", "set", "lo", "up")
    print("ready", flush=True)
    _relay(here, there)


@dataclass
class BadLink:
    """A namespace at the other end."""

    name: str
    #: this machine's address on it
    address: str
    process: "subprocess.Popen[bytes]"

    @property
    def inside(self) -> tuple[str, ...]:
        """What runs a command at the other end."""
        return ("ip", "netns", "exec", self.name)

    def become(self, conditions: Conditions) -> None:
        """From now on it is like this, in both directions."""
        assert self.process.stdin is not None
        self.process.stdin.write(conditions.words())
        self.process.stdin.flush()


@contextmanager
def bad_link(conditions: Conditions, *, host: str) -> Iterator[BadLink]:
    """A namespace behind such a link, in which `host` is this machine."""
    assert os.geteuid() == 0, "a namespace needs root"
    tag = random.SystemRandom().randrange(1 << 16)
    name, net = f"pkl{tag:04x}", f"10.231.{tag % 250 + 1}"
    names = Path("/etc/netns") / name
    _run("ip", "netns", "add", name)
    try:
        names.mkdir(parents=True)
        (names / "hosts").write_text(f"127.0.0.1 localhost\n{net}.1 {host}\n", encoding="ascii")
        command = [sys.executable, "-m", "tests.bench.bad_link", name, net]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline() == b"ready\n", "the link does not come up"
                link = BadLink(name, f"{net}.1", process)
                link.become(conditions)
                yield link
            finally:
                # Its devices go with it.
                process.kill()
    finally:
        _run("ip", "netns", "del", name)
        (names / "hosts").unlink(missing_ok=True)
        names.rmdir()


if __name__ == "__main__":
    main(sys.argv[1:])
