"""A crowd of open connections that all wait for the same event: when does the first have it, when the last.

Owns the measured loop of the fan-out, the same for the box and its peers. Must not know their protocols: an event is
recognised by bytes that occur in nothing else.
"""

import os
import select
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tests.bench.process import Broken, cpu_ms, rss_bytes
from tests.bench.sockets import Step, joined

_READ = 4096
# Longer than any marker, so that one cut in two by TCP is still found.
_TAIL = 64
_LOST_AFTER_S = 5.0
_SPACING_S = 0.1
_ROOM_SETTLE_S = 1.0
# Events before the measured ones: number 0 is what everybody finds on joining, the others are not timed.
_WARM = 6


class Publisher(Protocol):
    """Sends numbered events."""

    def marker(self, number: int) -> bytes:
        """Bytes that only this event carries."""
        ...

    def publish(self, number: int) -> None:
        """Sends the event and does not wait."""
        ...

    def confirm(self) -> None:
        """Waits for the answer, where the protocol has one; raises when it is not a success."""
        ...


@dataclass(slots=True)
class Spread:
    """How some events reached everybody. One number for each event that reached all."""

    #: from sending the publication until the last phone had it, milliseconds
    to_last_ms: list[float] = field(default_factory=list)
    #: from the first phone having it until the last had it, milliseconds
    first_to_last_ms: list[float] = field(default_factory=list)
    #: deliveries that did not come within 5 s, or to a phone that was cut off
    lost: int = 0
    #: deliveries that came
    delivered: int = 0
    #: server CPU for 1,000 deliveries, milliseconds
    cpu_ms: float = 0.0
    #: events a second, publications included
    events_s: float = 0.0
    #: how much of its CPU the generator used meanwhile, 0 to 1
    generator: float = 0.0


@dataclass(frozen=True, slots=True)
class Crowd:
    """How large a fan-out is."""

    #: open streams
    phones: int
    #: events 100 ms apart
    paced: int
    #: events back to back
    burst: int

    @property
    def events(self) -> int:
        """All events that are published, the unmeasured first ones too."""
        return _WARM + self.paced + self.burst


@dataclass(frozen=True, slots=True)
class FanOut:
    """What one server did for one crowd."""

    paced: Spread
    burst: Spread
    #: bytes that a phone read for one event
    event_bytes: int


def _read(fd: int) -> bytes:
    """What has come; nothing once the server has hung up, in whatever way."""
    try:
        return os.read(fd, _READ)
    except ConnectionError:
        return b""


class Audience:
    """Everybody who listens, behind one epoll."""

    def __init__(self, links: Sequence[socket.socket]) -> None:
        self._poll = select.epoll()
        self._open = {link.fileno() for link in links}
        self._tails: dict[int, bytes] = {}
        #: bytes that the last phone read for the latest event
        self.event_bytes = 0
        for link in links:
            link.setblocking(False)
            self._poll.register(link.fileno(), select.EPOLLIN)

    def close(self) -> None:
        """Lets go of the epoll; the connections are the caller's."""
        self._poll.close()

    def drain(self, seconds: float) -> None:
        """Reads and forgets what comes in the meantime."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            for fd, _ in self._poll.poll(left):
                if not _read(fd):
                    self._leave(fd)

    def gather(self, marker: bytes) -> list[int]:
        """When each phone had the bytes of `marker`, in order, on the monotonic clock in nanoseconds."""
        waiting = set(self._open)
        arrived: list[int] = []
        until = time.monotonic() + _LOST_AFTER_S
        poll, read, clock, had = self._poll.poll, _read, time.monotonic_ns, arrived.append
        while waiting and time.monotonic() < until:
            for fd, _ in poll(0.1):
                data = read(fd)
                if (marker in data or self._straddles(fd, data, marker)) and fd in waiting:
                    had(clock())
                    waiting.remove(fd)
                    self.event_bytes = len(data)
                elif not data:
                    waiting.discard(fd)
        return arrived

    def _straddles(self, fd: int, data: bytes, marker: bytes) -> bool:
        """The slow path: something else came, a part of the event, or the end of the connection."""
        if not data:
            self._leave(fd)
            return False
        both = self._tails.get(fd, b"") + data
        self._tails[fd] = both[-_TAIL:]
        return marker in both

    def _leave(self, fd: int) -> None:
        self._open.discard(fd)
        self._poll.unregister(fd)


def _measured(
    audience: Audience, *, size: int, pid: int, events: Sequence[int], one: Callable[[int, Spread], None]
) -> Spread:
    spread = Spread()
    cpu, own, began = cpu_ms(pid), time.process_time(), time.monotonic()
    for number in events:
        one(number, spread)
    took = time.monotonic() - began
    spread.generator = (time.process_time() - own) / took
    spread.events_s = len(events) / took
    # The last thing a server does for an event may come after its last delivery.
    audience.drain(0.05)
    spread.lost = len(events) * size - spread.delivered
    if not spread.to_last_ms:
        raise Broken(f"None of {len(events)} events reached all {size} phones; {spread.lost} deliveries were lost.")
    spread.cpu_ms = (cpu_ms(pid) - cpu) * 1000 / spread.delivered
    return spread


def _one_event(audience: Audience, publisher: Publisher, *, size: int) -> Callable[[int, Spread], None]:
    def one(number: int, spread: Spread) -> None:
        sent = time.monotonic_ns()
        publisher.publish(number)
        arrived = audience.gather(publisher.marker(number))
        publisher.confirm()
        spread.delivered += len(arrived)
        if len(arrived) == size:
            spread.to_last_ms.append((arrived[-1] - sent) / 1e6)
            spread.first_to_last_ms.append((arrived[-1] - arrived[0]) / 1e6)

    return one


def measure(links: Sequence[socket.socket], publisher: Publisher, *, crowd: Crowd, pid: int, settle_s: float) -> FanOut:
    """Events 100 ms apart, as on a calm evening; then each as soon as everybody has the one before.

    `settle_s` lets pass what the server tells everybody because they joined.
    """
    audience = Audience(links)
    audience.drain(settle_s)
    one = _one_event(audience, publisher, size=crowd.phones)

    def then_wait(number: int, spread: Spread) -> None:
        began = time.monotonic()
        one(number, spread)
        audience.drain(_SPACING_S - (time.monotonic() - began))

    last = _WARM + crowd.paced
    for number in range(1, _WARM):
        then_wait(number, Spread())
    calm = _measured(audience, size=crowd.phones, pid=pid, events=range(_WARM, last), one=then_wait)
    dense = _measured(audience, size=crowd.phones, pid=pid, events=range(last, crowd.events), one=one)
    audience.close()
    return FanOut(paced=calm, burst=dense, event_bytes=audience.event_bytes)


def rss_growth(*, port: int, pid: int, phones: int, join: Sequence[Step]) -> float:
    """Memory that a server takes for one open connection, bytes."""
    before = rss_bytes(pid)
    with joined(port, count=phones, steps=join) as links:
        audience = Audience(links)
        audience.drain(_ROOM_SETTLE_S)
        after = rss_bytes(pid)
        audience.close()
    return (after - before) / phones
