"""The door for encrypted pages: open exactly while the certificate is in use, and closed at once when it is not.

Owns the listening socket and the first moments of each connection; the pages behind it are somebody else's. While it
is closed nobody listens, so phones are refused at once. Plain HTTP knows nothing of it.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from appliance.domain.certificate import Certificate
from appliance.tls import hello
from appliance.tls.hello import Verdict

log = logging.getLogger(__name__)

LOOK_EVERY_S = 3.0
#: from the connection's first packet to its keys; a phone at the edge of the Wi-Fi needs about one
HANDSHAKE_WITHIN_S = 6.0
#: beginnings at one time: in all, and from one address. Each costs memory, and the key costs time
BEGINNINGS_MOST = 256
BEGINNINGS_OF_ONE_MOST = 32
_BACKLOG = 512
_LOOK_AGAIN_S = (0.02, 0.25)
#: after the system has no more room for open files
_PAUSE_S = 0.5

Connect = Callable[[], asyncio.Protocol]


@dataclass(frozen=True, slots=True)
class Sign:
    """What a door is called, in the log and for staff."""

    #: what comes in here
    what: str = "encrypted pages"
    #: the setting with its port
    setting: str = "tls.port"
    #: what happens to others when it closes
    closed: str = "phones go on over plain HTTP"


PAGES = Sign()
LINKS = Sign("DJs' links", "links.port", "links keep their plays")


class Encryption(Protocol):
    """What the door needs to know of the certificate."""

    host_name: str

    def look(self) -> Certificate | None: ...
    def context(self) -> ssl.SSLContext | None: ...
    def ends_in_s(self) -> float | None: ...
    def trouble(self) -> str | None: ...


def _end_at_once(connection: socket.socket) -> None:
    """With a reset, so that whoever is at the other end does not wait."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Door:
    """One box's door."""

    def __init__(
        self,
        encryption: Encryption,
        *,
        host: str,
        port: int,
        tell: Callable[[bool], None] = lambda is_open: None,  # noqa: ARG005 - nobody listens
        sign: Sign = PAGES,
    ) -> None:
        """`tell` hears whether phones may come, at first and whenever that changes."""
        #: where it listens
        self.port = port
        self._sign = sign
        self._encryption = encryption
        self._host, self._tell = host, tell
        self._hello = hello.Listener(encryption.host_name)
        self._watching: asyncio.Task[None] | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._listening: socket.socket | None = None
        self._beginnings: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._problem: str | None = None
        self._told: bool | None = None

    def problem(self) -> str | None:
        """What is wrong, in words for staff, or None."""
        if self._watching is not None and self._watching.done():
            return f"Nobody watches the door for {self._sign.what} any more. Restart the box."
        return self._encryption.trouble() or self._problem

    def start(self, *, connect: Connect, end_all: Callable[[], None], user_timeout_ms: int) -> None:
        """Opens now or whenever the certificate allows it. `connect` makes the protocol of a new connection.

        `end_all` ends every connection that came in here.
        """
        self._connect, self._end_all, self._user_timeout_ms = connect, end_all, user_timeout_ms
        self._watching = asyncio.get_running_loop().create_task(self._watch(), name="tls-watch")

    async def stop(self) -> None:
        """Closes for good; connections go on until whoever serves them ends them."""
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
            self._watching = None
        self._close_socket()

    async def _watch(self) -> None:
        while True:
            await asyncio.to_thread(self._encryption.look)
            self._follow()
            left = self._encryption.ends_in_s()
            await asyncio.sleep(LOOK_EVERY_S if left is None else max(0.0, min(LOOK_EVERY_S, left)))

    def _follow(self) -> None:
        wanted = self._encryption.context() is not None
        if wanted and self._listening is None:
            self._open()
        elif not wanted and self._listening is not None:
            self._close_socket()
            self._end_all()
            log.info("The door for %s is closed; %s.", self._sign.what, self._sign.closed)
        is_open = self._listening is not None
        if is_open is not self._told:
            self._told = is_open
            self._tell(is_open)

    def _open(self) -> None:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            listening = socket.create_server((self._host, self.port), family=family, backlog=_BACKLOG)
        except OSError as error:
            what, setting = self._sign.what, self._sign.setting
            words = f"Port {self.port} for {what} can't be opened ({error.strerror}). Change {setting}."
            if words != self._problem:
                log.warning("%s", words)
            self._problem = words
            return
        self._problem = None
        listening.setblocking(False)
        # Connections inherit it.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, self._user_timeout_ms)
        self._listening = listening
        self._accepting = asyncio.get_running_loop().create_task(self._accept(listening), name="tls-accept")
        log.info("The door for %s is open on port %d.", self._sign.what, self.port)

    def _close_socket(self) -> None:
        if self._accepting is not None:
            self._accepting.cancel()
            self._accepting = None
        for task in list(self._tasks):
            task.cancel()
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, address = await loop.sock_accept(listening)
            except OSError as error:
                log.warning("An encrypted connection could not be taken (%s).", error.strerror)
                await asyncio.sleep(_PAUSE_S)
                continue
            who = str(address[0])
            if self._beginnings.total() >= BEGINNINGS_MOST or self._beginnings[who] >= BEGINNINGS_OF_ONE_MOST:
                _end_at_once(connection)
                continue
            self._beginnings[who] += 1
            task = loop.create_task(self._begin(connection, who))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _begin(self, connection: socket.socket, who: str) -> None:
        """Takes a connection to where the pages take over, or ends it."""
        try:
            async with asyncio.timeout(HANDSHAKE_WITHIN_S):
                said = await self._listen_to(connection)
                context = self._encryption.context()
                if said.verdict is not Verdict.OURS or context is None:
                    # What it said is taken first: to close over unread words is a reset, which outruns the answer.
                    connection.recv(hello.BYTES_MOST)
                    connection.send(said.answer)
                    connection.close()
                    return
                await asyncio.get_running_loop().connect_accepted_socket(
                    self._connect, connection, ssl=context, ssl_handshake_timeout=HANDSHAKE_WITHIN_S
                )
        except (OSError, TimeoutError):
            # Strangers, bad radio, phones that left: nothing to tell anybody.
            _end_at_once(connection)
        except asyncio.CancelledError:
            _end_at_once(connection)
            raise
        finally:
            self._beginnings[who] -= 1
            if self._beginnings[who] <= 0:
                del self._beginnings[who]

    async def _listen_to(self, connection: socket.socket) -> hello.Hello:
        """Whom it wants. What it said stays where it is, for the handshake."""
        connection.setblocking(False)
        await _readable(connection)
        pause, longest = _LOOK_AGAIN_S
        while True:
            words = connection.recv(hello.BYTES_MOST, socket.MSG_PEEK)
            said = self._hello.understand(words)
            if said.verdict is not Verdict.INCOMPLETE or not words:
                return said
            await asyncio.sleep(pause)
            pause = min(longest, pause * 2)


async def _readable(connection: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    came = loop.create_future()

    def arrived() -> None:
        if not came.done():
            came.set_result(None)

    loop.add_reader(connection, arrived)
    try:
        await came
    finally:
        loop.remove_reader(connection)
