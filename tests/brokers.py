"""Real brokers and plain clients for tests: mosquitto and the embedded broker as processes, on free ports of loopback.

Made from the same files the box writes, so that a fault in those shows too.
"""

import os
import pwd
import queue
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from appliance.bus import credentials
from appliance.bus.gate import Packet
from appliance.domain.topics import SERVER_USER
from tests.support.ports import free_port

KINDS = ("mosquitto", "embedded")
HOST = "127.0.0.1"
#: a wait that passes at once when all is well, and ends a test that hangs
SOON_S = 10.0
TOKENS = {SERVER_USER: "server-token", "alice": "alice-token", "bob": "bob-token"}

_EMBEDDED = (
    "import sys; from pathlib import Path; from appliance.bus import embedded; "
    "embedded.run(port=int(sys.argv[1]), password_file=Path(sys.argv[2]))"
)


class BrokerProcess:
    """One of the two brokers. `tokens` is who may log in."""

    def __init__(self, kind: str, folder: Path, *, tokens: dict[str, str] | None = None) -> None:
        self.kind = kind
        self.port = free_port()
        self.folder = folder
        self.password_file = folder / "passwords"
        self.process: subprocess.Popen[bytes] | None = None
        self.set_tokens(TOKENS if tokens is None else tokens)

    def set_tokens(self, tokens: dict[str, str]) -> None:
        """Writes the password file as the box does; `reload` makes mosquitto read it."""
        credentials.write_password_file(
            self.password_file, [(name, credentials.make_verifier(token)) for name, token in tokens.items()]
        )

    def _arguments(self) -> list[str]:
        if self.kind == "embedded":
            return [sys.executable, "-c", _EMBEDDED, str(self.port), str(self.password_file)]
        acl_file, conf_file = self.folder / "acl", self.folder / "mosquitto.conf"
        acl_file.touch(mode=0o600)
        acl_file.write_text(credentials.acl_file_text(), encoding="utf-8")
        conf = credentials.mosquitto_conf(
            host=HOST,
            port=self.port,
            password_file=self.password_file,
            acl_file=acl_file,
            pid_file=self.folder / "pid",
            user=pwd.getpwuid(os.geteuid()).pw_name,
        )
        conf_file.write_text(conf, encoding="utf-8")
        return ["/usr/sbin/mosquitto", "-c", str(conf_file)]

    def start(self) -> None:
        """Returns when it takes connections."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self._arguments(), stdout=log, stderr=log)
        deadline = time.monotonic() + SOON_S
        while True:
            assert self.process.poll() is None, self.log()
            try:
                socket.create_connection((HOST, self.port)).close()
            except ConnectionRefusedError:
                assert time.monotonic() < deadline, self.log()
                time.sleep(0.01)
            else:
                return

    def send_signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ends it and returns its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(SOON_S)

    def reload(self) -> None:
        """Makes mosquitto look at the password file again; the embedded broker does so by itself."""
        if self.kind == "mosquitto":
            os.kill(int((self.folder / "pid").read_text(encoding="ascii")), signal.SIGHUP)

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Heard:
    """A message as a client got it."""

    topic: str
    payload: bytes
    retain: bool


class MqttClient:
    """A plain client that waits for each answer."""

    def __init__(
        self, broker: BrokerProcess, user: str | None, token: str | None = None, *, client_id: str = ""
    ) -> None:
        self._broker = broker
        self._heard: queue.SimpleQueue[Heard] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.paho = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, reconnect_on_failure=False)
        if user is not None:
            self.paho.username_pw_set(user, TOKENS.get(user) if token is None else token)
        self.paho.on_connect = lambda _c, _d, _f, code, _p: self._answers.put(code)
        self.paho.on_subscribe = lambda _c, _d, _mid, codes, _p: self._answers.put(codes)
        self.paho.on_disconnect = lambda *_: self._answers.put("gone")
        self.paho.on_message = lambda _c, _d, message: self._heard.put(
            Heard(message.topic, bytes(message.payload), message.retain)
        )

    def connect(self) -> ReasonCode:
        """The broker's answer."""
        self.paho.connect(HOST, self._broker.port)
        self.paho.loop_start()
        code = self._answers.get(timeout=SOON_S)
        assert isinstance(code, ReasonCode)
        return code

    def __enter__(self) -> Self:
        code = self.connect()
        assert not code.is_failure, code
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.paho.disconnect()
        self.paho.loop_stop()

    def subscribe(self, *filters: str, qos: int = 1) -> None:
        """Returns when the broker has answered, whatever it answered."""
        self.paho.subscribe([(one, qos) for one in filters])
        assert self._answers.get(timeout=SOON_S) != "gone"

    def publish(self, topic: str, payload: bytes = b"x", *, qos: int = 1, retain: bool = False) -> None:
        """Returns when the broker has taken it."""
        self.paho.publish(topic, payload, qos=qos, retain=retain).wait_for_publish(SOON_S)

    def was_cut_off(self) -> bool:
        return self._answers.get(timeout=SOON_S) == "gone"

    def next(self) -> Heard:
        return self._heard.get(timeout=SOON_S)

    def heard(self) -> list[Heard]:
        """All that has come and was not looked at yet."""
        found: list[Heard] = []
        while not self._heard.empty():
            found.append(self._heard.get())
        return found

    def until(self, payload: bytes) -> list[Heard]:
        """All that came before the message with this payload, which is left out."""
        before: list[Heard] = []
        while (one := self.next()).payload != payload:
            before.append(one)
        return before


@dataclass
class RawClient:
    """A client that sends just these bytes, for what no well-meaning library sends."""

    broker: BrokerProcess
    sock: socket.socket = field(init=False)

    def __enter__(self) -> Self:
        self.sock = socket.create_connection((HOST, self.broker.port), timeout=SOON_S)
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def connect(
        self,
        user: str,
        token: str,
        *,
        client_id: str = "raw",
        clean: bool = True,
        will: tuple[str, bytes] | None = None,
        retain_will: bool = False,
    ) -> int:
        """CONNACK's return code."""
        flags = 0xC0 | (0x02 if clean else 0) | (0x04 if will else 0) | (0x20 if retain_will else 0)
        fields: Iterable[bytes] = (
            client_id.encode(),
            *((will[0].encode(), will[1]) if will else ()),
            user.encode(),
            token.encode(),
        )
        body = b"\0\x04MQTT\x04" + bytes([flags]) + b"\0\x3c"
        self.send(Packet(0x10, body + b"".join(len(one).to_bytes(2, "big") + one for one in fields)))
        answer = self.sock.recv(4)
        if not answer:
            raise ConnectionResetError
        assert answer[:2] == b"\x20\x02", answer
        return answer[3]

    def is_answered(self, *, client_id: str) -> bool:
        """Whether the broker answers Alice's login at all; it does not when it has too many clients."""
        try:
            return self.connect("alice", TOKENS["alice"], client_id=client_id) == 0
        except ConnectionError:
            return False

    def publish(self, topic: str, payload: bytes = b"x") -> None:
        name = topic.encode()
        self.send(Packet(0x30, len(name).to_bytes(2, "big") + name + payload))

    def subscribe(self, topic: str) -> bool:
        """Whether the broker has answered; it has not when it has closed the connection."""
        name = topic.encode()
        try:
            self.send(Packet(0x82, b"\0\x01" + len(name).to_bytes(2, "big") + name + b"\x01"))
            return self.sock.recv(5)[:2] == b"\x90\x03"
        except ConnectionError:
            return False

    def send(self, packet: Packet) -> None:
        self.sock.sendall(packet.encode())
