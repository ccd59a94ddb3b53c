"""The embedded broker's doorkeeper, packet by packet."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from appliance.bus import gate
from appliance.bus.gate import Packet
from appliance.domain import topics
from appliance.domain.topics import SERVER_USER, Access
from appliance.errors import Invalid, NotAllowed

MOST = 65_536
FIRST_BYTES = st.integers(min_value=0, max_value=255)
BODIES = st.binary(max_size=300)
USERS = st.sampled_from(["alice", SERVER_USER, "+", "a/b"])
TOPICS = ["pika/v1/dj/alice/play", "pika/v1/dj/bob/play", "pika/v1/stage/main/now", "pika/v1/dj/+/play", "#", "", "x"]


def text(value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return len(raw).to_bytes(2, "big") + raw


def connect(
    *,
    user: str = "alice",
    word: str = "right",
    will: str | None = None,
    flags: int = 0,
    level: int = 4,
    client_id: str = "laptop",
) -> Packet:
    flags |= 0xC0 | (0x04 if will is not None else 0)
    body = text("MQTT") + bytes([level, flags]) + b"\0\x3c" + text(client_id)
    if will is not None:
        body += text(will) + text("last words")
    return Packet(0x10, body + text(user) + text(word))


def admit(packet: Packet) -> gate.Admission:
    return gate.admit(packet, check=lambda _user, token: token == "right", client_id="fresh")


def publish(topic: str, *, qos: int = 0, retain: bool = False, payload: bytes = b"p") -> Packet:
    return Packet(0x30 | (qos << 1) | retain, text(topic) + (b"\0\x07" if qos else b"") + payload)


@given(first=FIRST_BYTES, body=st.binary(max_size=20_000))
def test_a_packet_is_read_back_as_it_was_written(first: int, body: bytes) -> None:
    packet = Packet(first, body)
    raw = packet.encode()
    assert gate.split(raw, most=MOST) == (packet, len(raw))
    assert gate.split(raw + b"more", most=MOST) == (packet, len(raw))
    assert gate.split(raw[:-1], most=MOST) is None


@pytest.mark.parametrize("length", [0, 127, 128, 16_383, 16_384, 60_000])
def test_every_size_of_length_field_works(length: int) -> None:
    packet = Packet(0x30, b"x" * length)
    raw = packet.encode()
    for cut in range(1, 5):
        assert length == 0 or gate.split(raw[:cut], most=MOST) is None
    assert gate.split(raw, most=MOST) == (packet, len(raw))


def test_a_packet_that_will_be_too_large_is_refused_before_it_arrives() -> None:
    raw = Packet(0x30, b"x" * MOST).encode()
    with pytest.raises(Invalid) as raised:
        gate.split(raw[:4], most=MOST)
    assert raised.value.code == "mqtt_too_big"


def test_a_length_without_an_end_is_refused() -> None:
    with pytest.raises(Invalid):
        gate.split(b"\x30\x80\x80\x80\x80\x01", most=MOST)


@pytest.mark.parametrize("kept", [0x00, 0x02])
def test_who_is_let_in_gets_a_fresh_id_and_a_clean_session(kept: int) -> None:
    admission = admit(connect(flags=kept))
    assert admission.user == "alice"
    expected = connect(client_id="fresh", flags=0x02)
    assert admission.connect == expected


def test_a_will_at_the_own_door_is_kept_but_never_retained() -> None:
    admission = admit(connect(will="pika/v1/dj/alice/end", flags=0x28))
    assert admission.connect == connect(will="pika/v1/dj/alice/end", client_id="fresh", flags=0x0A)


@pytest.mark.parametrize("will", [one for one in TOPICS if one != "pika/v1/dj/alice/play"])
def test_a_will_elsewhere_is_refused(will: str) -> None:
    with pytest.raises(NotAllowed) as raised:
        admit(connect(will=will))
    assert raised.value.code == "broker_will_refused"


def test_a_wrong_token_is_refused_before_the_will_is_looked_at() -> None:
    with pytest.raises(NotAllowed) as raised:
        admit(connect(word="wrong", will="pika/v1/dj/bob/play"))
    assert raised.value.code == "broker_login_refused"


def test_a_client_without_a_name_is_checked_like_any_other() -> None:
    asked: list[tuple[str, str]] = []

    def check(user: str, token: str) -> bool:
        asked.append((user, token))
        return False

    with pytest.raises(NotAllowed):
        gate.admit(Packet(0x10, text("MQTT") + b"\x04\x02\0\x3c" + text("id")), check=check, client_id="fresh")
    assert asked == [("", "")]


@pytest.mark.parametrize("level", [3, 5])
def test_another_version_of_mqtt_is_named(level: int) -> None:
    with pytest.raises(Invalid) as raised:
        admit(connect(level=level))
    assert raised.value.code == "mqtt_version"


@given(first=FIRST_BYTES, body=BODIES)
def test_no_first_packet_breaks_the_door(first: int, body: bytes) -> None:
    for packet in (Packet(first, body), Packet(0x10, text("MQTT") + b"\x04" + body)):
        try:
            admission = gate.admit(packet, check=lambda _user, _token: True, client_id="fresh")
        except (Invalid, NotAllowed):
            continue
        assert packet.kind == 1
        assert admission.connect.body.startswith(text("MQTT") + b"\x04")


@given(user=USERS, topic=st.sampled_from(TOPICS), qos=st.integers(0, 2), retain=st.booleans(), payload=BODIES)
def test_a_publish_goes_where_it_may_or_nowhere(user: str, topic: str, qos: int, retain: bool, payload: bytes) -> None:
    passed = gate.passed(publish(topic, qos=qos, retain=retain, payload=payload), user=user)
    allowed = "+" not in topic and "#" not in topic and topics.may(user, Access.WRITE, topic)
    if allowed:
        assert passed == publish(topic, qos=qos, retain=retain and user == SERVER_USER, payload=payload)
    else:
        assert passed == publish("nowhere", qos=qos, payload=b"")


@pytest.mark.parametrize("user", ["alice", SERVER_USER, "nowhere"])
def test_nobody_reads_nowhere(user: str) -> None:
    assert not topics.may(user, Access.READ, "nowhere")
    assert not topics.may(user, Access.READ, "#")


def test_filters_that_are_not_allowed_are_made_impossible_one_by_one() -> None:
    allowed, forbidden = text("pika/v1/stage/#") + b"\x01", text("pika/v1/dj/bob/reply") + b"\x01"
    passed = gate.passed(Packet(0x82, b"\0\x05" + allowed + forbidden), user="alice")
    assert passed == Packet(0x82, b"\0\x05" + allowed + text("#/nowhere") + b"\x01")


@pytest.mark.parametrize(
    "packet",
    [
        connect(),
        Packet(0x36, text("pika/v1/dj/alice/play") + b"\0\x07p"),
        Packet(0x30, b"\0\x20short"),
        Packet(0x32, text("pika/v1/dj/alice/play")),
        Packet(0x30, text(b"pika/\xff")),
        Packet(0x30, text("pika/\0")),
        Packet(0x82, b"\0\x05" + text("a")),
        Packet(0x82, b"\0\x05" + text("a") + b"\x03"),
        Packet(0x82, b"\0"),
    ],
)
def test_what_is_not_mqtt_ends_the_connection(packet: Packet) -> None:
    with pytest.raises(Invalid) as raised:
        gate.passed(packet, user=SERVER_USER)
    assert raised.value.code == "mqtt_malformed"


@given(first=FIRST_BYTES, body=BODIES)
def test_other_packets_pass_as_they_are(first: int, body: bytes) -> None:
    packet = Packet(first, body)
    assume(packet.kind not in {1, 3, 8})
    assert gate.passed(packet, user="alice") == packet


@given(user=USERS, first=FIRST_BYTES, body=BODIES)
def test_no_packet_breaks_the_gate(user: str, first: int, body: bytes) -> None:
    packet = Packet(first, body)
    try:
        passed = gate.passed(packet, user=user)
    except Invalid:
        return
    assert passed.kind == packet.kind
