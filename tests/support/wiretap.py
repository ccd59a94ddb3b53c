"""A line to a server on this machine that counts what comes back, and can be cut, for whoever goes on after that."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.support.ports import free_port


@dataclass
class Wiretap:
    """One line; every connection goes over it."""

    #: of the server
    to: int
    port: int = field(default_factory=free_port)
    #: bytes that came back
    came: int = 0
    #: everything is cut once so many bytes came back; None for never
    cut_at: int | None = None
    #: whoever asks is sent away
    is_down: bool = False
    _ends: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._door.accept()
                try:
                    far = None if self.is_down else socket.create_connection(("127.0.0.1", self.to), 5)
                except OSError:
                    far = None
                if far is None:
                    near.close()
                    continue
                self._ends += [near, far]
                threading.Thread(target=self._carry, args=(near, far, False), daemon=True).start()
                threading.Thread(target=self._carry, args=(far, near, True), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, is_back: bool) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(16 * 1024):
                self.came += len(block) if is_back else 0
                if self.cut_at is not None and self.came >= self.cut_at:
                    self.cut()
                    return
                target.sendall(block)
        self._end(source, target)

    def _end(self, *ends: socket.socket) -> None:
        for one in ends:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        """Nothing that was said on it goes on, and nobody can speak on it until `mend`."""
        self.is_down = True
        self._end(*self._ends)

    def mend(self) -> None:
        """The line is there again."""
        self.cut_at, self.is_down = None, False

    def close(self) -> None:
        """It is gone."""
        self.cut()
        self._end(self._door)
        for one in [self._door, *self._ends]:
            one.close()


@contextlib.contextmanager
def tapped(to: int) -> Iterator[Wiretap]:
    """A line to a port until the end of the block."""
    line = Wiretap(to)
    try:
        yield line
    finally:
        line.close()
