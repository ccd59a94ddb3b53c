"""The live stream over TLS: the hub writes to transports that encrypt, and cuts a phone there that stops reading."""

import socket
import ssl
import time
from functools import partial

from appliance.domain.topics import of_stage
from appliance.live.channel import BEHIND_MOST
from appliance.web.protocol import EncryptedWire
from tests.support.authority import NAME
from tests.tls.client import connected, eventually, is_open, reach, trusting
from tests.tls.conftest import EncryptedBox, NewBox

STAGE = "main-floor"
FRAME = b"x" * 4000


def open_stream(box: EncryptedBox, *, receive_buffer: int | None = None) -> ssl.SSLSocket:
    """A phone that has opened a stage's stream and read its beginning."""
    if receive_buffer is None:
        stream = connected(box.tls_port, trusting(box.roots))
    else:
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        raw.settimeout(10)
        raw.connect(("127.0.0.1", box.tls_port))
        stream = trusting(box.roots).wrap_socket(raw, server_hostname=NAME)
    stream.sendall(f"GET /api/v1/stages/{STAGE}/stream HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
    until(stream, b"event: listeners")
    return stream


def until(stream: ssl.SSLSocket, mark: bytes) -> bytes:
    got = b""
    while mark not in got:
        more = stream.recv(65536)
        assert more, got[-200:]
        got += more
    return got


def test_a_track_is_on_encrypted_phones_and_plain_ones_alike(encrypted_box: NewBox) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        with open_stream(box) as stream:
            dj = box.served.dj()
            session = dj.post(f"/api/v1/stages/{STAGE}/sessions").json["session"]["id"]
            track = {"title": "So What", "artist": "Miles Davis"}
            assert dj.post(f"/api/v1/sessions/{session}/plays", json_body=track).status == 201
            assert b"Miles Davis" in until(stream, b"Miles Davis")
            assert box.served.hub.streams() == 1
        eventually(lambda: box.served.hub.streams() == 0)


def test_a_phone_that_stops_reading_is_cut_at_the_same_mark_and_delays_nobody(encrypted_box: NewBox) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        hub, loop = box.served.hub, box.served.loop
        with open_stream(box, receive_buffer=4096) as stopped:
            eventually(lambda: hub.streams() == 1)
            [subscriber] = hub._channels[of_stage(STAGE)].subscribers
            assert isinstance(subscriber.wire, EncryptedWire)
            with open_stream(box) as reading:
                sent = 0
                while hub.cut() == 0:
                    loop.call_soon_threadsafe(
                        partial(hub._channels[of_stage(STAGE)].send, "big", FRAME, numbered=False)
                    )
                    until(reading, b"x\n\n")
                    sent += len(FRAME)
                    assert sent < 4 * BEHIND_MOST, "it was never cut"
                assert BEHIND_MOST / 2 < sent < 2 * BEHIND_MOST
                assert hub.streams() == 1
            assert is_ended(stopped)
        assert box.served.visitor().get("/health").status == 200


def is_ended(stream: ssl.SSLSocket) -> bool:
    """Whether the connection ends, after what still comes."""
    try:
        while stream.recv(65536):
            pass
    except (ConnectionError, ssl.SSLError):
        return True
    return True


def test_a_large_page_for_a_slow_phone_waits_in_bounds(encrypted_box: NewBox) -> None:
    """Half a megabyte is what the event loop would take by default."""
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        with open_stream(box):
            [subscriber] = box.served.hub._channels[of_stage(STAGE)].subscribers
            assert isinstance(subscriber.wire, EncryptedWire)
            _, high = subscriber.wire._transport.get_write_buffer_limits()
            assert high == BEHIND_MOST


def test_a_phone_that_left_without_a_word_is_given_up_within_a_minute(encrypted_box: NewBox) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        with open_stream(box):
            [subscriber] = box.served.hub._channels[of_stage(STAGE)].subscribers
            assert isinstance(subscriber.wire, EncryptedWire)
            link = subscriber.wire._transport.get_extra_info("socket")
            assert 20_000 <= link.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) <= 60_000
            assert link.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_the_box_ends_in_time_with_encrypted_streams_open(encrypted_box: NewBox) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        with open_stream(box) as stream:
            began = time.monotonic()
            box.served.stop()
            assert time.monotonic() - began < 2
            assert b"retry:" in until(stream, b"0\r\n\r\n")
        assert reach(box.tls_port)[0] == "refused"
