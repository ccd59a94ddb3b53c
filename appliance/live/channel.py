"""One topic's stream: its subscribers, what it told last, and the pump that writes to all.

Nobody is awaited. A frame is bytes made once and written to each transport; a phone that falls too far behind is cut
and comes back by itself with `Last-Event-ID`. The pump yields between slices so that likes are not delayed.
"""

import asyncio
import secrets
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from appliance.live import radio

BEHIND_MOST = 64 * 1024
SLICE = 200
REPLAY_MOST = 128
#: more than this is not told one by one again: the whole state is shorter, and the newest comes first
REPLAY_BYTES_MOST = 16 * 1024


class Wire(radio.Wire, Protocol):
    """What the hub needs of a connection; an `asyncio.Transport` has it."""

    def write(self, data: bytes) -> None: ...
    def get_write_buffer_size(self) -> int: ...
    def is_closing(self) -> bool: ...
    def close(self) -> None: ...


@dataclass(eq=False, slots=True)
class Subscriber:
    """One open stream."""

    wire: Wire
    #: what it is told: the stage's topic, then the event's
    topics: tuple[str, ...]
    #: who listens, for counting people rather than connections; None while unknown
    guest_id: str | None
    #: HTTP/1.1 carries the stream in chunks, HTTP/1.0 as it is
    chunked: bool
    #: counts among those who listen; a DJ's own console does not
    listens: bool = True
    #: where it comes from, for the limits only: kept while the stream is open and nowhere else
    address: str = ""


def sse(event: str, data: bytes, *, event_id: str | None = None) -> bytes:
    """One event of a text/event-stream (WHATWG HTML, section 9.2). `data` is JSON, so it has no line break."""
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {event}\ndata: ".encode() + data + b"\n\n"


def chunk(frame: bytes) -> bytes:
    """A frame as one HTTP/1.1 chunk (RFC 9112, section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(frame), frame)


class Channel:
    """All open streams of one topic. A stream may be in several; each writes to it by itself."""

    def __init__(self, *, run: str) -> None:
        """`run` marks ids of this start of the program: an id from before a restart is not ours to resume."""
        self._run = run
        self._number = 0
        self._replay: deque[tuple[int, bytes]] = deque(maxlen=REPLAY_MOST)
        self._pending: list[bytes] = []
        self._pump: asyncio.Task[None] | None = None
        self.subscribers: set[Subscriber] = set()
        #: writes to one subscriber, for /metrics
        self.delivered = 0
        #: subscribers that were cut because they fell behind
        self.cut = 0

    @property
    def last_id(self) -> str:
        """The id of the newest numbered event."""
        return f"{self._run}-{self._number}"

    def send(self, event: str, data: bytes, *, numbered: bool) -> None:
        """Tells all subscribers. A numbered event can be asked for again; the others are states that follow anyway."""
        if numbered:
            self._number += 1
            frame = sse(event, data, event_id=self.last_id)
            self._replay.append((self._number, frame))
        else:
            frame = sse(event, data)
        self._pending.append(frame)
        if self._pump is None and self.subscribers:
            self._pump = asyncio.get_running_loop().create_task(self._write_all(), name="live-pump")
        elif self._pump is None:
            self._pending.clear()

    def missed_since(self, last_id: str | None) -> list[bytes] | None:
        """The numbered frames after `last_id`; None when these are not known or too many, and the state is needed."""
        if last_id is None:
            return None
        run, _, number = last_id.partition("-")
        if run != self._run or not number.isascii() or not number.isdecimal() or len(number) > 12:
            return None
        have = int(number)
        oldest = self._replay[0][0] if self._replay else self._number + 1
        if not oldest - 1 <= have <= self._number:
            return None
        missed = [frame for sequence, frame in self._replay if sequence > have]
        return missed if sum(map(len, missed)) <= REPLAY_BYTES_MOST else None

    def forget(self) -> None:
        """Nothing that was told so far can be asked for again: whoever missed some of it gets the whole state."""
        self._replay.clear()

    def empty(self) -> list[Subscriber]:
        """Everybody leaves; nothing that was on its way is written any more."""
        left = list(self.subscribers)
        self.subscribers.clear()
        self._pending.clear()
        return left

    async def _write_all(self) -> None:
        while self._pending:
            frame = b"".join(self._pending)
            self._pending.clear()
            chunked = chunk(frame)
            for position, subscriber in enumerate(list(self.subscribers), start=1):
                wire = subscriber.wire
                if wire.is_closing():
                    continue
                if wire.get_write_buffer_size() > BEHIND_MOST:
                    self._cut(subscriber)
                    continue
                wire.write(chunked if subscriber.chunked else frame)
                self.delivered += 1
                if position % SLICE == 0:
                    await asyncio.sleep(0)
                    if not self.subscribers:
                        break  # they were taken elsewhere meanwhile, and this is not for there
        self._pump = None

    def _cut(self, subscriber: Subscriber) -> None:
        self.cut += 1
        self.subscribers.discard(subscriber)
        radio.cut(subscriber.wire)

    def close(self) -> None:
        """Ends every stream; each phone is told a wait of its own, so that they don't all come back at once."""
        for subscriber in list(self.subscribers):
            if subscriber.wire.is_closing():
                continue
            farewell = b"retry: %d\n\n" % (1000 + secrets.randbelow(4000))
            subscriber.wire.write(chunk(farewell) + b"0\r\n\r\n" if subscriber.chunked else farewell)
            subscriber.wire.close()
        self.subscribers.clear()
