"""A phone on a stage's event stream, reading it as browsers do but over a raw connection."""

import json
from dataclasses import dataclass
from typing import Any

from tests.support.visitors import Answer
from tests.web.raw import Raw


@dataclass(frozen=True)
class Event:
    """One event of the stream."""

    name: str
    data: Any
    #: its number, for events that can be asked for again
    id: str | None = None


class Phone(Raw):
    """One open stream."""

    def __init__(
        self,
        port: int,
        stage: str,
        *,
        query: str = "",
        last_event_id: str | None = None,
        cookie: str | None = None,
        version: str = "1.1",
        receive_buffer: int | None = None,
    ) -> None:
        super().__init__(port, receive_buffer=receive_buffer)
        lines = ["Accept: text/event-stream"]
        lines += [f"Last-Event-ID: {last_event_id}"] if last_event_id is not None else []
        lines += [f"Cookie: pika_guest={cookie}"] if cookie is not None else []
        self.ask("GET", f"/api/v1/stages/{stage}/stream?{query}", *lines, version=version)
        #: the answer's head; the whole answer when the stream was refused
        self.opened: Answer = self.head()
        if self.opened.status != 200:
            self.opened = Answer(
                self.opened.status, self.opened.headers, self.take(int(self.opened.headers["content-length"]))
            )
        self.chunked = self.opened.headers.get("transfer-encoding") == "chunked"
        self._text = b""
        #: the wait that the server asked for, milliseconds
        self.retry: int | None = None
        #: the newest number seen, as the browser would send it when it comes back
        self.last_id: str | None = None
        #: whether the stream came to its proper end
        self.ended = False

    def _read(self) -> None:
        """One more chunk of the stream's text."""
        if not self.chunked:
            if not self.received:
                self.received = self.sock.recv(65536)
            self.ended = not self.received
            self._text, self.received = self._text + self.received, b""
            return
        length = int(self.until(b"\r\n"), 16)
        self._text += self.take(length)
        assert self.take(2) == b"\r\n"
        self.ended = length == 0

    def _block(self) -> bytes | None:
        """The next block of lines, or None at the stream's end."""
        while b"\n\n" not in self._text:
            if self.ended:
                assert self._text == b""
                return None
            self._read()
        block, _, self._text = self._text.partition(b"\n\n")
        return block

    def next(self, *names: str) -> Event:
        """The next event, or the next with one of these names."""
        while (event := self.next_or_end()) is not None:
            if not names or event.name in names:
                return event
        raise AssertionError("the stream ended")

    def next_or_end(self) -> Event | None:
        """The next event of any name; None when the stream ends properly."""
        while (block := self._block()) is not None:
            fields = dict(line.split(": ", 1) for line in block.decode().split("\n"))
            if "retry" in fields:
                self.retry = int(fields.pop("retry"))
            if fields:
                assert fields.keys() <= {"event", "data", "id"}, block
                self.last_id = fields.get("id", self.last_id)
                return Event(name=fields["event"], data=json.loads(fields["data"]), id=fields.get("id"))
        return None

    def until_title(self, title: str) -> list[Event]:
        """Every event up to the `now` with this title, which is the last."""
        seen = [self.next()]
        while not (seen[-1].name == "now" and seen[-1].data.get("now", {}).get("title") == title):
            seen.append(self.next())
        return seen
