"""100 phones that like as fast as they are answered.

Runs in a process of its own. Owns the closed loop and the guests it needs, each let in at the real door. What was
answered is compared with the database by `stored`.
"""

import contextlib
import os
import select
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.process import Broken, cpu_ms
from tests.bench.sockets import ask, connect, cookies_in, status_of, whole_answer
from tests.bench.sse_load import Announcer
from tests.bench.target import Target

_ANSWER_WITHIN_S = 10.0
_READ = 8192


@dataclass(frozen=True, slots=True)
class Likes:
    """What one closed loop did."""

    #: the (play, guest's cookies) pairs that were answered "liked"
    answered: list[tuple[str, bytes]]
    #: time from sending a like to its answer, milliseconds, in order of arrival
    took_ms: list[float]
    #: answered likes a second
    rate: float
    #: server CPU for 1,000 likes, milliseconds
    cpu_ms: float
    #: how much of its CPU the generator used, 0 to 1
    generator: float


def let_in(target: Target, *, count: int) -> list[bytes]:
    """The cookies of `count` new guests: each opens the stage's page without any, and for a moment its stream.

    As pages do: what is said by guests whom the box has not seen is kept, and counts for nobody.
    """
    link = connect(target.port)
    page = target.get(target.page)
    guests: list[bytes] = []
    for _ in range(count):
        answer = ask(link, page)
        if status_of(answer) != 200:
            raise Broken(f"The page was answered with {answer[:600]!r}")
        guests.append(cookies_in(answer))
        _look_on(target, guests[-1])
    link.close()
    return guests


def _look_on(target: Target, cookies: bytes) -> None:
    with contextlib.closing(connect(target.port)) as stream:
        stream.sendall(target.listen(cookies=cookies))
        head = stream.recv(_READ)
        if status_of(head) != 200:
            raise Broken(f"The stream was answered with {head[:600]!r}")


def announce_plays(target: Target, *, name: str, count: int) -> list[str]:
    """The ids of plays that were just announced, so that every guest has something new to like."""
    announcer = Announcer(target, name=name, count=count)
    for number in range(count):
        announcer.announce(number)
    announcer.close()
    return [announcer.play(number) for number in range(count)]


class _Loop:
    """Some connections, each with one like under way."""

    def __init__(self, target: Target, pairs: Sequence[tuple[str, bytes]], *, clients: int) -> None:
        self._pairs = pairs
        self._requests = [target.like(play, cookies=cookies) for play, cookies in pairs]
        self._links = [connect(target.port) for _ in range(clients)]
        self._under_way: dict[int, tuple[int, int]] = {}
        # The head and the body of an answer may come apart.
        self._heard: dict[int, bytes] = {}
        self._next = 0
        self.took_ms: list[float] = []
        self.answered: list[tuple[str, bytes]] = []
        self.refused: Counter[bytes] = Counter()

    def run(self, seconds: float) -> None:
        """Likes for so long, or until there is nothing left to like; then waits for the answers under way."""
        poll = select.epoll()
        stop = time.monotonic_ns() + int(seconds * 1e9)
        for link in self._links:
            poll.register(link.fileno(), select.EPOLLIN)
            self._send(link.fileno())
        while self._under_way:
            ready = poll.poll(_ANSWER_WITHIN_S)
            if not ready:
                raise Broken(f"{len(self._under_way)} likes had no answer within {_ANSWER_WITHIN_S:g} s.")
            for fd, _ in ready:
                if self._take(fd) and self._next < len(self._requests) and time.monotonic_ns() < stop:
                    self._send(fd)
        poll.close()
        for link in self._links:
            link.close()

    def _send(self, fd: int) -> None:
        self._under_way[fd] = (self._next, time.monotonic_ns())
        os.write(fd, self._requests[self._next])
        self._next += 1

    def _take(self, fd: int) -> bool:
        """Reads what came; whether that was the end of an answer."""
        data = os.read(fd, _READ)
        answer = self._heard.pop(fd, b"") + data
        if not data:
            raise Broken(f"The server closed a connection after {answer[:200]!r}")
        if not whole_answer(answer):
            self._heard[fd] = answer
            return False
        number, sent = self._under_way.pop(fd)
        self.took_ms.append((time.monotonic_ns() - sent) / 1e6)
        if answer.startswith(b"HTTP/1.1 200 ") and b'"liked":true' in answer:
            self.answered.append(self._pairs[number])
        else:
            self.refused[answer[:400]] += 1
        return True


def like(target: Target, pairs: Sequence[tuple[str, bytes]], *, clients: int, seconds: float) -> Likes:
    """Runs the closed loop over fresh pairs of a play and a guest."""
    loop = _Loop(target, pairs, clients=clients)
    cpu, own, began = cpu_ms(target.pid), time.process_time(), time.monotonic()
    loop.run(seconds)
    took = time.monotonic() - began
    if loop.refused:
        raise Broken(f"{loop.refused.total()} likes were refused, most often so: {loop.refused.most_common(1)[0][0]!r}")
    count = len(loop.answered)
    return Likes(
        answered=loop.answered,
        took_ms=loop.took_ms,
        rate=count / took,
        cpu_ms=(cpu_ms(target.pid) - cpu) * 1000 / count,
        generator=(time.process_time() - own) / took,
    )
