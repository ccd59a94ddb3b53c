"""The box's self-test: is a page answered, does a message pass through the broker, is a write durable?

Owns asking, in a thread of its own, so that a part that hangs can't hold `run`. What follows from the answers is
`keeper.py`'s business. Only a round in which all three worked feeds the watchdog.

- The broker counts although phones do without it: nobody else would ever notice that lights and displays stand still.
  One that can't be brought back ends in the bounded restarts, and then in a start without it.
- A full disk is no fault that a restart could mend. The write is refused, staff are told, and the watchdog is fed: a
  box that starts anew all night would be worse for the dancers than one that forgets likes. A database that hangs, is
  locked or broken, or whose file system went read-only, is a fault.
- Wear: a pulse is one commit of one page. Measured on ext4, 28 to 36 KiB reach the disk, with the file system's own
  journal. Every 10 s that is 310 MB a day. A card of 16 GB that takes 300 rewrites, and writes four bytes for each,
  would last ten years of it. Less often would find a dead card later, and spare nobody anything.
"""

import http.client
import queue
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from appliance.files import replace_file

#: a phone that waits longer thinks that the box has gone
PAGE_WITHIN_S = 2.0
BROKER_WITHIN_S = 3.0
#: the database itself waits up to 5 s for another program that holds it
WRITE_WITHIN_S = 8.0

_OK, _NO_CONTENT, _INSUFFICIENT_STORAGE = 200, 204, 507
_PULSE = "/health/pulse"
_ANSWER_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Round:
    """One self-test."""

    #: what is wrong with each program that failed, in words for staff
    problems: Mapping[str, str] = field(default_factory=dict)
    #: whether the disk is full: no problem in this sense, but staff must know
    is_full: bool = False

    @property
    def is_good(self) -> bool:
        """Whether the watchdog may be fed."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Server:
    """How the server is asked."""

    host: str
    port: int
    #: the file with the key for the pulse
    pulse_key: Path

    def page_problem(self) -> str | None:
        """What is wrong with the pages, or None."""
        began = time.monotonic()
        try:
            status, location = self._ask("GET", "/", within_s=PAGE_WITHIN_S)
            if location.startswith("/"):
                # With one stage only, the front page leads to it.
                status, _ = self._ask("GET", location, within_s=PAGE_WITHIN_S)
        except (OSError, http.client.HTTPException) as error:
            return f"no page is answered ({_words(error)})"
        if status != _OK:
            return f"pages are answered with an error ({status})"
        took = time.monotonic() - began
        return None if took <= PAGE_WITHIN_S else f"a page took {took:.1f} s"

    def write(self) -> tuple[str | None, bool]:
        """What is wrong with the database, or None, and whether the disk is full."""
        try:
            headers = {"authorization": f"Bearer {self.pulse_key.read_text(encoding='ascii')}", "content-length": "0"}
            status, _ = self._ask("POST", _PULSE, within_s=WRITE_WITHIN_S, headers=headers)
        except (OSError, http.client.HTTPException) as error:
            return f"the database takes no write ({_words(error)})", False
        if status == _INSUFFICIENT_STORAGE:
            return None, True
        return (None if status == _NO_CONTENT else f"the database takes no write (the server says {status})"), False

    def _ask(
        self, method: str, path: str, *, within_s: float, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """The status, and where it leads on to, if anywhere."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=within_s)
        try:
            connection.request(method, path, headers={"host": "127.0.0.1", "accept": "text/html", **(headers or {})})
            answer = connection.getresponse()
            answer.read(_ANSWER_BYTES)
        finally:
            connection.close()
        return answer.status, answer.getheader("location") or ""


def _words(error: Exception) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__


def make_pulse_key(path: Path) -> None:
    """The key for the pulse, kept over restarts: a full disk would take no new one. Raises: OSError."""
    if path.is_file() and path.stat().st_size:
        return
    replace_file(path, secrets.token_urlsafe(24).encode("ascii"))


class SelfTest:
    """Rounds, one after the other, until `stop`."""

    def __init__(self, server: Server, *, broker: Callable[[], str | None] | None, every_s: float) -> None:
        """`broker` says what is wrong with the broker, or None; without it the broker is off and does not count."""
        self._server = server
        self._broker = broker
        self._every_s = every_s
        self._rounds: queue.SimpleQueue[Round] = queue.SimpleQueue()
        self._stopped = threading.Event()
        # A daemon: the box ends within three seconds, also while a part does not answer.
        self._thread = threading.Thread(target=self._work, name="self-test", daemon=True)

    def start(self) -> None:
        """Begins with a round at once."""
        self._thread.start()

    def stop(self) -> None:
        """No further round."""
        self._stopped.set()

    def next_round(self) -> Round | None:
        """The oldest round that was not taken yet, or None. Never waits."""
        try:
            return self._rounds.get_nowait()
        except queue.Empty:
            return None

    def _work(self) -> None:
        while not self._stopped.is_set():
            began = time.monotonic()
            self._rounds.put(self.one_round())
            self._stopped.wait(max(0.0, began + self._every_s - time.monotonic()))

    def one_round(self) -> Round:
        """Asks all of them; takes 13 s at most."""
        problems = {}
        words = self._server.page_problem()
        is_full = False
        if words is None:
            words, is_full = self._server.write()
        if words is not None:
            problems["server"] = words
        broken = self._broker() if self._broker is not None else None
        if broken is not None:
            problems["broker"] = broken
        return Round(problems, is_full)
