"""The same crowd on Mosquitto: raw WebSocket subscribers of MQTT 3.1.1 at QoS 0, published to over TCP.

Runs in a process of its own. Owns the few MQTT and WebSocket bytes this needs, built by hand, and Mosquitto's
configuration. Must not touch the box.
"""

import re
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.audience import Crowd, FanOut, measure, rss_growth
from tests.bench.process import Program
from tests.bench.sockets import HOST, Step, connect, connects, joined
from tests.bench.target import EVENT_BYTES
from tests.support.ports import free_port

_TOPIC = b"pika/v1/stage/main-floor/now"
# RFC 6455's own example key: a client that does not check the answer may send any.
_UPGRADE = (
    f"GET /mqtt HTTP/1.1\r\nHost: {HOST}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: mqtt\r\n\r\n"
).encode("ascii")
_CONNECTED = b"\x20\x02\x00\x00"
_SETTLE_S = 0.3
_SUBSCRIBED = b"\x90\x03\x00\x01\x00"


@dataclass(frozen=True, slots=True)
class Broker:
    """A running Mosquitto."""

    #: its process
    pid: int
    #: where phones connect
    websocket_port: int
    #: where the publisher connects
    tcp_port: int


def mosquitto_path() -> str | None:
    """Where Mosquitto is installed; Debian keeps it off a user's PATH."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def mosquitto_version() -> str:
    """Such as `2.0.11`; "none" when it is not installed."""
    path = mosquitto_path()
    if path is None:
        return "none"
    help_text = subprocess.run([path, "-h"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"mosquitto version (\S+)", help_text)
    return found[1] if found else "unknown"


@contextmanager
def mosquitto(folder: Path, *, cpus: frozenset[int]) -> Iterator[Broker]:
    """A fresh Mosquitto with a WebSocket and a TCP listener on loopback, open to all."""
    websocket_port, tcp_port = free_port(), free_port()
    config = folder / "mosquitto.conf"
    config.write_text(
        "per_listener_settings false\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\n"
        f"log_dest stderr\nlog_type error\nuser root\n"
        f"listener {websocket_port} {HOST}\nprotocol websockets\nlistener {tcp_port} {HOST}\n",
        encoding="utf-8",
    )
    command = [mosquitto_path() or "mosquitto", "-c", str(config)]
    with Program(command, cpus=cpus, log=folder / "mosquitto.log", environment={}) as program:
        program.wait_until(lambda: connects(tcp_port) and connects(websocket_port))
        yield Broker(pid=program.pid, websocket_port=websocket_port, tcp_port=tcp_port)


def _text(value: bytes) -> bytes:
    return struct.pack(">H", len(value)) + value


def _packet(kind: int, body: bytes) -> bytes:
    """An MQTT packet; the length is 7 bits a byte, lowest first."""
    length, left = bytearray(), len(body)
    while True:
        left, seven = divmod(left, 128)
        length.append(seven | (0x80 if left else 0))
        if not left:
            return bytes([kind]) + bytes(length) + body


def _frame(payload: bytes) -> bytes:
    """A short binary WebSocket frame from a client; the mask is zero, so masking changes nothing."""
    return bytes([0x82, 0x80 | len(payload)]) + b"\0\0\0\0" + payload


def _connect(client_id: bytes) -> bytes:
    clean_session_no_keep_alive = b"\x04\x02\x00\x00"
    return _packet(0x10, _text(b"MQTT") + clean_session_no_keep_alive + _text(client_id))


class _Publisher:
    """The DJ's place, over TCP. QoS 0: there is no answer to wait for."""

    def __init__(self, port: int, *, count: int) -> None:
        self._link = connect(port)
        self._link.sendall(_connect(b"bench-publisher"))
        self._link.recv(len(_CONNECTED))
        self._packets = [_packet(0x30, _text(_TOPIC) + self._payload(number)) for number in range(count)]

    def _payload(self, number: int) -> bytes:
        return b'{"play":"%s","title":"%s"}' % (self.marker(number), b"t" * (EVENT_BYTES - 31))

    def marker(self, number: int) -> bytes:
        return b"fan-%05d" % number

    def publish(self, number: int) -> None:
        self._link.sendall(self._packets[number])

    def confirm(self) -> None:
        return

    def close(self) -> None:
        self._link.close()


def _join() -> list[Step]:
    # An empty client id with a clean session: the broker gives every phone one of its own.
    subscribe = _packet(0x82, b"\x00\x01" + _text(_TOPIC) + b"\x00")
    return [
        Step(send=_UPGRADE, until=b" 101 "),
        Step(send=_frame(_connect(b"")), until=_CONNECTED),
        Step(send=_frame(subscribe), until=_SUBSCRIBED),
    ]


def fan_out(broker: Broker, crowd: Crowd) -> FanOut:
    """Joins the crowd and measures."""
    publisher = _Publisher(broker.tcp_port, count=crowd.events)
    with joined(broker.websocket_port, count=crowd.phones, steps=_join()) as links:
        result = measure(links, publisher, crowd=crowd, pid=broker.pid, settle_s=_SETTLE_S)
    publisher.close()
    return result


def bytes_per_phone(broker: Broker, *, phones: int) -> float:
    """How much the broker grows for one subscriber."""
    return rss_growth(port=broker.websocket_port, pid=broker.pid, phones=phones, join=_join())
