"""A connection that sends just the bytes it is given, for what no well-meaning client sends."""

import re
import socket
from typing import Self

from tests.support.visitors import Answer

HOST = "127.0.0.1"
#: a wait that passes at once when all is well, and ends a test that hangs
SOON_S = 10.0


class Raw:
    """One TCP connection to a box."""

    def __init__(self, port: int, *, receive_buffer: int | None = None) -> None:
        self.sock = socket.socket()
        if receive_buffer is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.settimeout(SOON_S)
        self.sock.connect((HOST, port))
        self.received = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def ask(self, method: str, path: str, *lines: str, body: bytes = b"", version: str = "1.1") -> None:
        """Sends a request with these header lines, and says nothing of its length."""
        head = "".join(f"{line}\r\n" for line in (f"{method} {path} HTTP/{version}", f"Host: {HOST}", *lines))
        self.send(head.encode("latin-1") + b"\r\n" + body)

    def _more(self) -> bool:
        """Reads on; False at the end of the connection, however it ended."""
        try:
            data = self.sock.recv(65536)
        except ConnectionError:
            return False
        self.received += data
        return bool(data)

    def until(self, mark: bytes) -> bytes:
        """Everything up to and with the mark, taken off what was received."""
        while mark not in self.received:
            assert self._more(), f"the connection ended before {mark!r}: {self.received!r}"
        end = self.received.index(mark) + len(mark)
        taken, self.received = self.received[:end], self.received[end:]
        return taken

    def take(self, length: int) -> bytes:
        """So many bytes."""
        while len(self.received) < length:
            assert self._more(), f"the connection ended early: {self.received!r}"
        taken, self.received = self.received[:length], self.received[length:]
        return taken

    def rest(self) -> bytes:
        """Everything until the server closes."""
        while self._more():
            pass
        taken, self.received = self.received, b""
        return taken

    def head(self) -> Answer:
        """The next answer's status and headers; the body stays unread."""
        first, *lines = self.until(b"\r\n\r\n").decode("latin-1").strip().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        found = re.fullmatch(r"HTTP/1\.1 (\d{3}) .*", first)
        assert found is not None, first
        return Answer(status=int(found[1]), headers=headers, body=b"")

    def answer(self) -> Answer:
        """The next answer, which says how long it is."""
        head = self.head()
        length = int(head.headers.get("content-length", "0"))
        return Answer(status=head.status, headers=head.headers, body=self.take(length))

    def is_closed(self, *, within_s: float = SOON_S) -> bool:
        """Whether the server ends the connection in this time; what it still sends is kept in `received`."""
        self.sock.settimeout(within_s)
        try:
            while self._more():
                pass
        except TimeoutError:
            return False
        finally:
            self.sock.settimeout(SOON_S)
        return True
