"""A name server that is right, silent or lying, and a view of the file system in which it is the only one."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: where somebody else answers
LIAR = "127.0.0.77"
_ADDRESS = "127.53.53.53"
#: binds the files that the resolver reads, for whoever is started so and nobody else
_BIND = 'mount --bind "$1" /etc/resolv.conf && mount --bind "$2" /etc/nsswitch.conf && shift 2 && exec "$@"'
_HEADER, _FLAGS, _NOTHING = 12, b"\x81\x80", b"\0\0"
_A = b"\0\1"
#: a pointer to the question's name, an address, of the internet, good for no time, four bytes
_ANSWER = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4"


@dataclass
class Names:
    """What is said for every name."""

    folder: Path
    #: an address; None: nothing at all
    answer: str | None = "127.0.0.1"
    asked: int = 0

    @property
    def inside(self) -> tuple[str, ...]:
        """What runs a command that asks here."""
        files = (str(self.folder / "resolv.conf"), str(self.folder / "nsswitch.conf"))
        return ("unshare", "--mount", "--propagation", "private", "sh", "-c", _BIND, "sh", *files)

    def reply(self, question: bytes) -> bytes | None:
        """To one packet."""
        self.asked += 1
        if self.answer is None:
            return None
        end = question.index(b"\0", _HEADER) + 5
        is_address = question[end - 4 : end - 2] == _A
        head = question[:2] + _FLAGS + b"\0\1" + (b"\0\1" if is_address else _NOTHING) + _NOTHING * 2
        return head + question[_HEADER:end] + (_ANSWER + socket.inet_aton(self.answer) if is_address else b"")


@contextmanager
def looking_up(folder: Path) -> Iterator[Names]:
    """Answers until the end of the block."""
    folder.mkdir()
    names = Names(folder)
    (folder / "resolv.conf").write_text(f"nameserver {_ADDRESS}\noptions timeout:1 attempts:1\n", encoding="ascii")
    (folder / "nsswitch.conf").write_text("hosts: dns\n", encoding="ascii")
    over = threading.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind((_ADDRESS, 53))
        door.settimeout(0.2)

        def answer() -> None:
            while not over.is_set():
                try:
                    question, who = door.recvfrom(512)
                except TimeoutError:
                    continue
                said = names.reply(question)
                if said is not None:
                    door.sendto(said, who)

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield names
        finally:
            over.set()
            thread.join(5)
