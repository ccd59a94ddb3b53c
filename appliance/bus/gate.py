"""The embedded broker's doorkeeper: which MQTT 3.1.1 packets of a client go in, and in which form. Pure: bytes in,
bytes out.

amqtt 0.12.1 leaves these doors open, so they are shut here, before it sees a packet:

- A CONNECT that is not clean and names a client id in use overwrites that session's username and will *before* the
  password is looked at, and then cuts the old connection, which sends the will. A DJ could so speak as another DJ or
  as the server. Every client therefore gets a fresh client id and a clean session, and never meets another's.
- Wills are not checked against the rules of publishing: here they are, at the login.
- A refused login leaves its session behind for good; here it never becomes one.
- Its check at delivery yields to the event loop in the middle of a table that others change, and messages are lost.
  With the checks made here it needs none: a client that may not subscribe is never subscribed.
- Anybody may leave retained messages; here only the server's stay retained.
- Packets have no largest size.

A publish or subscription that is not allowed is sent nowhere rather than dropped, so that amqtt itself answers it in
the way the protocol wants.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from appliance.domain import topics
from appliance.domain.topics import Access
from appliance.errors import Invalid, NotAllowed

_CONNECT, _PUBLISH, _SUBSCRIBE = 1, 3, 8
_LEVEL_3_1_1 = 4
_USERNAME, _PASSWORD, _WILL_RETAIN, _WILL, _CLEAN, _RESERVED = 0x80, 0x40, 0x20, 0x04, 0x02, 0x01
_RETAIN, _QOS = 0x01, 0x06
_QOS_MOST = 2
#: outside `topics.ROOT`, so nobody may subscribe to it
_NOWHERE_TOPIC = "nowhere"
#: no valid filter, so the broker refuses it in its answer
_NOWHERE_FILTER = "#/nowhere"


@dataclass(frozen=True, slots=True)
class Packet:
    """One MQTT control packet."""

    #: its first byte: the kind in the upper half, flags in the lower
    first: int
    #: everything after the length
    body: bytes

    @property
    def kind(self) -> int:
        return self.first >> 4

    def encode(self) -> bytes:
        """As it goes over the wire."""
        length, digits = len(self.body), bytearray()
        while True:
            length, digit = divmod(length, 128)
            digits.append(digit | (0x80 if length else 0))
            if not length:
                return bytes([self.first]) + bytes(digits) + self.body


@dataclass(frozen=True, slots=True)
class Admission:
    """A client that has shown who it is."""

    #: its name at the broker
    user: str
    #: the CONNECT to hand on
    connect: Packet


@dataclass(slots=True)
class _Fields:
    """Reads a packet's body field by field."""

    data: bytes = field(repr=False)
    at: int = 0

    def take(self, count: int) -> bytes:
        part = self.data[self.at : self.at + count]
        if len(part) < count:
            raise _malformed()
        self.at += count
        return part

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def blob(self) -> bytes:
        return self.take(self.number(2))

    def text(self) -> str:
        try:
            text = self.blob().decode("utf-8")
        except UnicodeDecodeError:
            raise _malformed() from None
        if "\0" in text:
            raise _malformed()
        return text

    def rest(self) -> bytes:
        return self.take(len(self.data) - self.at)


def split(raw: bytes | bytearray, *, most: int) -> tuple[Packet, int] | None:
    """The first packet of what has arrived and how many bytes it took, or None while it is not complete.

    Raises: Invalid with the code `mqtt_too_big` when it will be larger than `most`, before it has arrived.
    """
    length = 0
    for index, byte in enumerate(raw[1:5]):
        length |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            start = index + 2
            break
    else:
        if len(raw) > 4:
            raise _malformed()
        return None
    if start + length > most:
        raise Invalid("mqtt_too_big", f"The packet has {start + length} bytes; {most} is the most.")
    if len(raw) < start + length:
        return None
    return Packet(raw[0], bytes(raw[start : start + length])), start + length


def admit(packet: Packet, *, check: Callable[[str, str], bool], client_id: str) -> Admission:
    """Lets a client in whose first packet is a CONNECT with a right name and password, under `client_id`.

    Raises: Invalid with the code `mqtt_malformed` or `mqtt_version`; NotAllowed with the code `broker_login_refused`
    or `broker_will_refused`.
    """
    if packet.kind != _CONNECT:
        raise _malformed()
    fields = _Fields(packet.body)
    if (fields.text(), fields.number(1)) != ("MQTT", _LEVEL_3_1_1):
        raise Invalid("mqtt_version", "The client speaks another version of MQTT.", advice="Use MQTT 3.1.1.")
    flags, keep_alive = fields.number(1), fields.take(2)
    if flags & _RESERVED:
        raise _malformed()
    fields.blob()  # the client's own id
    will = (fields.text(), fields.blob()) if flags & _WILL else None
    user = fields.text() if flags & _USERNAME else ""
    password = fields.text() if flags & _PASSWORD else ""
    if not check(user, password):
        raise NotAllowed("broker_login_refused", f"{user[:64]!r} is not let in: unknown name or wrong password.")
    if will is not None and not _may_publish(user, will[0]):
        raise NotAllowed("broker_will_refused", f"{user[:64]!r} may not leave a will on {will[0][:128]!r}.")

    kept = flags | _CLEAN
    if user != topics.SERVER_USER:
        kept &= ~_WILL_RETAIN
    body = _text("MQTT") + bytes([_LEVEL_3_1_1, kept]) + keep_alive + _text(client_id)
    if will is not None:
        body += _text(will[0]) + _blob(will[1])
    body += _text(user) + (_text(password) if flags & _PASSWORD else b"")
    return Admission(user, Packet(packet.first, body))


def passed(packet: Packet, *, user: str) -> Packet:
    """The packet as the broker may see it from this client.

    Raises: Invalid with the code `mqtt_malformed`; the connection must then end.
    """
    if packet.kind == _PUBLISH:
        return _passed_publish(packet, user)
    if packet.kind == _SUBSCRIBE:
        return _passed_subscribe(packet, user)
    if packet.kind == _CONNECT:
        raise _malformed()
    return packet


def _passed_publish(packet: Packet, user: str) -> Packet:
    qos = (packet.first & _QOS) >> 1
    if qos > _QOS_MOST:
        raise _malformed()
    fields = _Fields(packet.body)
    topic = fields.text()
    packet_id = fields.take(2) if qos else b""
    first = packet.first if user == topics.SERVER_USER else packet.first & ~_RETAIN
    if _may_publish(user, topic):
        return Packet(first, packet.body)
    return Packet(first & ~_RETAIN, _text(_NOWHERE_TOPIC) + packet_id)


def _passed_subscribe(packet: Packet, user: str) -> Packet:
    fields = _Fields(packet.body)
    body = fields.take(2)
    while fields.at < len(packet.body):
        asked, qos = fields.text(), fields.number(1)
        if qos > _QOS_MOST:
            raise _malformed()
        body += _text(asked if topics.may(user, Access.READ, asked) else _NOWHERE_FILTER) + bytes([qos])
    return Packet(packet.first, body)


def _may_publish(user: str, topic: str) -> bool:
    # A topic with a wildcard is none; amqtt would stop listening to the client without closing the connection.
    return "+" not in topic and "#" not in topic and topics.may(user, Access.WRITE, topic)


def _malformed() -> Invalid:
    return Invalid("mqtt_malformed", "The client sent what is not MQTT 3.1.1.")


def _blob(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def _text(text: str) -> bytes:
    return _blob(text.encode())
