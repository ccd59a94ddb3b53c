"""The MQTT broker for boxes without mosquitto: amqtt in a process of its own, on loopback only.

Owns the listening socket, the logins (the same password file that mosquitto reads) and the end of the process. Who may
do what is decided in `gate`, packet by packet; amqtt behind it only routes.

Known of amqtt 0.12.1, and left as it is:

- A client is sent, when it connects, the retained messages of every filter that anybody has subscribed, asked for or
  not. Only the server can leave retained messages, and all of its are the public state of stages, so this tells nobody
  anything new. Nothing private may ever be retained.
- Messages arrive with the subscription's quality of service, not the lower of the two.
- A client that stays silent beyond its keep-alive is not cut off. On loopback its process would have to hang.
- A session does not outlive its connection: what was sent while a client was away is not kept for it.
- A login that was let in stays in after its token is taken back, until it disconnects; mosquitto cuts it off. The
  server looks at the token again for each request.
"""

import asyncio
import contextlib
import ipaddress
import logging
import secrets
import signal
from pathlib import Path

from amqtt.adapters import ReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker

from appliance.bus import credentials, gate
from appliance.errors import BadConfig, Invalid, NotAllowed, Unavailable

log = logging.getLogger(__name__)

_LISTENER = "default"
_LOGIN_WITHIN_S = 10.0
_SHUTDOWN_WITHIN_S = 0.4
#: CONNACK return codes (MQTT 3.1.1 section 3.2.2.3); what is not named is closed without an answer
_CONNACK = {"mqtt_version": 1, "broker_login_refused": 5, "broker_will_refused": 5}


def run(*, host: str = "127.0.0.1", port: int, password_file: Path) -> None:
    """Is the broker until SIGTERM or SIGINT.

    Raises: BadConfig with the code `broker_not_loopback`; Unavailable with the code `broker_port_taken`.
    """
    if not _is_loopback(host):
        raise BadConfig(
            "broker_not_loopback",
            f"The embedded broker is for programs on the box itself and does not listen on {host}.",
            advice="Install mosquitto to let other machines use the broker.",
        )
    # Its errors are about single clients, each with a traceback; its own failures are raised.
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    logging.getLogger("transitions").setLevel(logging.WARNING)
    asyncio.run(_serve_until_told(host, port, password_file))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _serve_until_told(host: str, port: int, password_file: Path) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    # An external listener opens no socket: clients are handed over by `_Door`. The plugin lets in whoever has a name,
    # and without one nobody comes through the door.
    broker = Broker(
        {
            "listeners": {_LISTENER: {"type": "external"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": False}},
        }
    )
    await broker.start()
    door = _Door(broker, Logins(password_file))
    try:
        server = await asyncio.start_server(door.client_connected, host, port)
    except OSError as error:
        raise Unavailable(
            "broker_port_taken", f"The embedded broker can't listen on {host} port {port}: {error.strerror}."
        ) from error
    log.info("the embedded broker listens on %s port %d", host, port)
    await told.wait()
    server.close()
    # Its own waits are up to five seconds; nothing here is worth them, because nothing is kept.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_SHUTDOWN_WITHIN_S):
            await broker.shutdown()


class Logins:
    """The password file, read again whenever it has been replaced. While it can't be read nobody is let in."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._verifiers: dict[str, str] = {}

    def check(self, name: str, token: str) -> bool:
        """Whether this is one of the names and its token."""
        try:
            self._refresh()
        except (OSError, UnicodeDecodeError) as error:
            log.warning("the broker's password file can't be read, nobody is let in: %s", error)
            return False
        verifier = self._verifiers.get(name)
        return verifier is not None and credentials.check_verifier(token, verifier)

    def _refresh(self) -> None:
        # Looked at before it is read: if it is replaced in between, the next login reads it again.
        state = self._path.stat()
        seen = (state.st_mtime_ns, state.st_ino, state.st_size)
        if seen != self._seen:
            self._verifiers = credentials.parse_password_file(self._path.read_text(encoding="utf-8"))
            self._seen = seen


class _Packets:
    """Whole packets off a stream. Being cancelled while it waits loses nothing."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream
        self._raw = bytearray()

    async def next(self) -> gate.Packet | None:
        """The next one, or None when the client has gone. Raises: Invalid, as `gate.split` does."""
        while (found := gate.split(self._raw, most=credentials.MAX_PACKET_BYTES)) is None:
            arrived = await self._stream.read(credentials.MAX_PACKET_BYTES)
            if not arrived:
                return None
            self._raw += arrived
        packet, length = found
        del self._raw[:length]
        return packet


class _GatedReader(ReaderAdapter):  # type: ignore[misc]  # amqtt has no types
    """What amqtt reads of a client: the CONNECT as admitted, then what the gate passes. After a fault: the end."""

    def __init__(self, packets: _Packets, admission: gate.Admission) -> None:
        self._packets = packets
        self._user = admission.user
        self._ready = bytearray(admission.connect.encode())
        self._ended = False

    async def read(self, n: int = -1) -> bytes:
        """Up to `n` bytes of one packet; none at the end."""
        if n != 0 and not self._ready and not self._ended:
            await self._fill()
        count = len(self._ready) if n < 0 else n
        part = bytes(self._ready[:count])
        del self._ready[:count]
        return part

    async def _fill(self) -> None:
        try:
            packet = await self._packets.next()
            if packet is not None:
                self._ready += gate.passed(packet, user=self._user).encode()
                return
        except Invalid as error:
            log.warning("%r is cut off: %s", self._user, error)
        except OSError:
            pass  # the connection broke, which is an end like any other
        self._ended = True

    def feed_eof(self) -> None:
        self._ended = True


class _Door:
    """Takes connections, looks at who knocks, and hands them to amqtt."""

    def __init__(self, broker: Broker, logins: Logins) -> None:
        self._broker = broker
        self._logins = logins
        self._inside = 0

    async def client_connected(self, stream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Stays with one client until it has gone."""
        if self._inside >= credentials.MAX_CONNECTIONS:
            writer.close()
            return
        self._inside += 1
        try:
            packets = _Packets(stream)
            admission = await self._admitted(packets, writer)
            if admission is not None:
                reader = _GatedReader(packets, admission)
                await self._broker.external_connected(reader, StreamWriterAdapter(writer), _LISTENER)
        finally:
            self._inside -= 1
            writer.close()

    async def _admitted(self, packets: _Packets, writer: asyncio.StreamWriter) -> gate.Admission | None:
        try:
            async with asyncio.timeout(_LOGIN_WITHIN_S):
                first = await packets.next()
            if first is None:
                return None
            return gate.admit(first, check=self._logins.check, client_id=secrets.token_hex(16))
        except (Invalid, NotAllowed) as error:
            log.warning("a client is turned away: %s", error)
            if error.code in _CONNACK:
                writer.write(bytes([0x20, 2, 0, _CONNACK[error.code]]))
        except (TimeoutError, OSError):
            pass  # it said nothing, or left
        return None
