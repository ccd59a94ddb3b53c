"""Everybody arrives within a second: each phone opens the stage's page, then its stream, on one connection.

Runs in a process of its own. Owns the arrivals, each phone's two steps and the count of bytes. A phone opens the stream
that its page names, as the page's script does, and has the track when the stream said so; or, where its page had the
track already, when the stream has begun.
"""

import html
import os
import re
import select
import socket
import time
import zlib
from dataclasses import dataclass

from tests.bench.process import Broken, cpu_ms
from tests.bench.sockets import HOST, cookies_in, status_of, whole_answer
from tests.bench.sse_load import Announcer
from tests.bench.target import Target

_WITHIN_S = 1.0
_PATIENCE_S = 15.0
_READ = 65536
_STREAM = re.compile(rb'data-stream="([^"]+)"')
#: the first line of a stream of the box, whatever else it has to say
_BEGUN = b"retry: "


@dataclass(frozen=True, slots=True)
class Herd:
    """How one herd came in."""

    #: from the first arrival until the last phone had the track, seconds
    took_s: float
    #: from a phone's own arrival until it had the track, milliseconds, sorted
    each_ms: list[float]
    #: bytes that the server sent to all of them until what they are told because of each other has come too
    bytes_sent: int
    #: of these, what came by their streams: the state at first, and the counts that others who join make them hear
    stream_bytes: int
    #: of these, one phone's page, compressed as browsers ask for it
    page_bytes: int
    #: server CPU for all of it, milliseconds
    cpu_ms: float


def _page_in(answer: bytearray) -> bytes:
    """The page of an answer, as it was before it was compressed."""
    head, _, body = bytes(answer).partition(b"\r\n\r\n")
    return zlib.decompress(body, wbits=31) if b"\r\ncontent-encoding: gzip" in head.lower() else body


class _Phone:
    __slots__ = ("arrived_ns", "heard", "link", "listening", "waits_for")

    def __init__(self, port: int) -> None:
        self.arrived_ns = time.monotonic_ns()
        self.heard = bytearray()
        self.listening = False
        self.waits_for = b""
        self.link = socket.socket()
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.link.setblocking(False)
        # Not blocking: a server slow to accept must not delay those who come after.
        self.link.connect_ex((HOST, port))


class _Arrivals:
    """All phones of a herd, those that are still to come and those that came."""

    def __init__(self, target: Target, *, count: int, marker: bytes) -> None:
        self._target = target
        self._count = count
        self._marker = marker
        self._page = target.get(target.page)
        self._poll = select.epoll()
        self._phones: dict[int, _Phone] = {}
        self.each_ms: list[float] = []
        self.bytes_sent = 0
        self.page_bytes = 0
        self.stream_bytes = 0

    def run(self) -> float:
        """Lets them come, and returns when the last had the track, in seconds from the first arrival."""
        began = time.monotonic()
        gap = _WITHIN_S / self._count
        while len(self.each_ms) < self._count:
            since = time.monotonic() - began
            if since > _PATIENCE_S:
                raise Broken(f"Only {len(self.each_ms)} of {self._count} phones had the track after {since:.0f} s.")
            while len(self._phones) < self._count and len(self._phones) * gap <= since:
                self._arrive()
            self._serve(max(0.0005, len(self._phones) * gap - since))
        return time.monotonic() - began

    def drain(self, seconds: float) -> None:
        """Counts what still comes."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._serve(left)

    def close(self) -> None:
        """Everybody leaves."""
        self._poll.close()
        for phone in self._phones.values():
            phone.link.close()

    def _arrive(self) -> None:
        phone = _Phone(self._target.port)
        self._phones[phone.link.fileno()] = phone
        self._poll.register(phone.link.fileno(), select.EPOLLOUT)

    def _serve(self, seconds: float) -> None:
        for fd, what in self._poll.poll(seconds):
            if what & select.EPOLLOUT:
                self._poll.modify(fd, select.EPOLLIN)
                os.write(fd, self._page)
            else:
                self._hear(fd, self._phones[fd])

    def _hear(self, fd: int, phone: _Phone) -> None:
        data = os.read(fd, _READ)
        if not data:
            raise Broken(f"The server closed a phone of the herd after {bytes(phone.heard[-300:])!r}")
        self.bytes_sent += len(data)
        phone.heard += data
        if not phone.listening:
            if whole_answer(phone.heard):
                self._open_stream(fd, phone)
            return
        self.stream_bytes += len(data)
        if phone.arrived_ns and phone.waits_for in phone.heard:
            self.each_ms.append((time.monotonic_ns() - phone.arrived_ns) / 1e6)
            phone.arrived_ns = 0

    def _open_stream(self, fd: int, phone: _Phone) -> None:
        if status_of(bytes(phone.heard[:12])) != 200:
            raise Broken(f"The page was answered with {bytes(phone.heard[:600])!r}")
        self.page_bytes = len(phone.heard)
        page = _page_in(phone.heard)
        named = _STREAM.search(page)
        stream = f"{html.unescape(named[1].decode())}&now={time.time_ns() // 1_000_000}" if named else ""
        request = self._target.listen(stream, cookies=cookies_in(phone.heard))
        phone.waits_for = _BEGUN if self._marker in page else self._marker
        phone.heard.clear()
        phone.listening = True
        os.write(fd, request)


def herd(target: Target, *, phones: int) -> Herd:
    """Announces a track and lets everybody in."""
    announcer = Announcer(target, name="herd", count=1)
    announcer.announce(0)
    arrivals = _Arrivals(target, count=phones, marker=announcer.marker(0))
    cpu = cpu_ms(target.pid)
    took_s = arrivals.run()
    used = cpu_ms(target.pid) - cpu
    arrivals.drain(target.settles_s)
    arrivals.close()
    announcer.close()
    return Herd(
        took_s=took_s,
        each_ms=sorted(arrivals.each_ms),
        bytes_sent=arrivals.bytes_sent,
        stream_bytes=arrivals.stream_bytes,
        page_bytes=arrivals.page_bytes,
        cpu_ms=used,
    )
