"""Raw connections for the generators: opening many, speaking a scripted join, asking one blocking question.

Owns sockets and epoll outside the measured loops. Must not parse more of a protocol than the step at hand needs.
"""

import contextlib
import os
import re
import select
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.bench.process import Broken

HOST = "127.0.0.1"
#: how many connections are opened at a time: below every listener's backlog, so that none waits for a second SYN
_AT_ONCE = 100
_ANSWER_WITHIN_S = 10.0
_READ = 16384
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: *([^=;\s]+=[^;\r\n]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange of a scripted join."""

    send: bytes
    #: bytes of the answer that say the next step may come
    until: bytes


def connect(port: int) -> socket.socket:
    """A blocking connection without Nagle's delay, as every client that cares about latency has."""
    link = socket.create_connection((HOST, port), timeout=_ANSWER_WITHIN_S)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


def _take_step(links: Sequence[socket.socket], step: Step) -> None:
    poll = select.epoll()
    heard = {link.fileno(): b"" for link in links}
    try:
        for link in links:
            poll.register(link.fileno(), select.EPOLLIN)
            link.sendall(step.send)
        waiting = set(heard)
        until = time.monotonic() + _ANSWER_WITHIN_S
        while waiting:
            if time.monotonic() > until:
                some = heard[waiting.pop()][:200]
                raise Broken(f"{len(waiting) + 1} of {len(links)} phones wait for {step.until!r}; one has {some!r}.")
            for fd, _ in poll.poll(0.2):
                heard[fd] += (data := os.read(fd, _READ))
                if not data:
                    raise Broken(f"The server closed a phone that waited for {step.until!r}: {heard[fd][:200]!r}")
                if step.until in heard[fd]:
                    waiting.discard(fd)
    finally:
        poll.close()


@contextlib.contextmanager
def joined(port: int, *, count: int, steps: Sequence[Step]) -> Iterator[list[socket.socket]]:
    """`count` open connections that have all gone through `steps`; closed with the block."""
    links: list[socket.socket] = []
    try:
        while len(links) < count:
            group = [connect(port) for _ in range(min(_AT_ONCE, count - len(links)))]
            links += group
            for step in steps:
                _take_step(group, step)
        yield links
    finally:
        for link in links:
            link.close()


def whole_answer(data: bytes | bytearray) -> bool:
    """Whether an HTTP answer with a Content-Length is all there."""
    head_end = data.find(b"\r\n\r\n")
    if head_end < 0:
        return False
    length = _LENGTH.search(data, 0, head_end)
    if length is None:
        raise Broken(f"An answer has no Content-Length: {bytes(data[:200])!r}")
    return len(data) - head_end - 4 >= int(length[1])


def cookies_in(answer: bytes | bytearray) -> bytes:
    """The cookies that an answer sets, as the next request sends them."""
    found = _COOKIE.findall(answer)
    if not found:
        raise Broken(f"The page set no cookie: {bytes(answer[:300])!r}")
    return b"; ".join(found)


def ask(link: socket.socket, request: bytes) -> bytes:
    """Sends one request on a blocking connection and returns the whole answer."""
    link.sendall(request)
    return answer_on(link)


def answer_on(link: socket.socket) -> bytes:
    """The whole answer that comes next on a blocking connection."""
    answer = bytearray()
    while not whole_answer(answer):
        data = link.recv(_READ)
        if not data:
            raise Broken(f"The server closed the connection after {bytes(answer[:200])!r}")
        answer += data
    return bytes(answer)


def status_of(answer: bytes) -> int:
    """The status of an HTTP answer."""
    return int(answer[9:12])


def connects(port: int) -> bool:
    """Whether somebody listens."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
