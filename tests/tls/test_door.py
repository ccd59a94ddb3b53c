"""HTTPS beside HTTP: when it is there, when it goes, and that plain HTTP never hears of either."""

import contextlib
import http.client
import socket
import ssl
import struct
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from appliance.domain.models import ClockTrust
from tests.support.authority import DAY, NAME, Authority
from tests.tls.client import (
    Phone,
    careless,
    connected,
    eventually,
    is_open,
    is_refused,
    reach,
    trusting,
)
from tests.tls.conftest import EncryptedBox, NewBox

API = f"https://{NAME}/api/captive"


def phone_of(box: EncryptedBox) -> Phone:
    return Phone(box.tls_port, box.roots)


def is_healthy_over_http(box: EncryptedBox) -> bool:
    return box.served.visitor().get("/health").status == 200


def test_pages_are_served_over_both_and_nothing_leads_from_one_to_the_other(encrypted_box: NewBox) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        encrypted = phone_of(box).get("/s/main-floor", Accept="text/html")
        plain = box.served.visitor().get("/s/main-floor", headers={"Accept": "text/html"})
        assert (encrypted.status, plain.status) == (200, 200)
        assert "location" not in plain.headers
        assert box.api_file == API


def test_cookies_from_one_serve_on_the_other(encrypted_box: NewBox) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        phone = phone_of(box)
        answer = phone.get("/s/main-floor", Accept="text/html")
        assert "secure" not in answer.headers["set-cookie"].lower()
        plain = box.served.visitor()
        plain.cookies = dict(phone.cookies)
        assert "pika_guest" not in plain.get("/s/main-floor", headers={"Accept": "text/html"}).cookies()


def test_a_form_is_taken_from_pages_of_the_same_scheme_and_name_only(encrypted_box: NewBox) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        where = f"{NAME}:{box.tls_port}"
        for origin, status in [
            (f"https://{where}", 204),
            (f"http://{where}", 403),
            ("https://evil.example", 403),
        ]:
            answer = phone_of(box).ask("POST", "/api/v1/guests", headers={"Origin": origin}, body={})
            assert answer.status == status, origin
        assert phone_of(box).get("/", Host="bank.example").status == 421
        plain = box.served.visitor()
        plain.host = NAME
        assert plain.get("/health").status == 200
        assert plain.post("/api/v1/guests", headers={"Origin": f"http://{NAME}"}).status == 204
        assert plain.post("/api/v1/guests", headers={"Origin": f"https://{NAME}"}).status == 403


def test_without_a_certificate_the_port_is_refused_at_once(encrypted_box: NewBox) -> None:
    with encrypted_box(None) as box:
        eventually(lambda: is_healthy_over_http(box))
        said, ms = reach(box.tls_port)
        assert said == "refused"
        assert ms < 50
        assert box.api_file in {"", "none"}
        health = box.served.visitor().get("/health").json
        assert health["certificate"] == {"state": "none", "in_use": False, "not_after_s": None}
        assert health["parts"]["certificate"] == {"state": "ok"}
        box.put(box.authority.bundle())
        eventually(is_open(box.tls_port))
        eventually(lambda: box.api_file == API)


def test_the_end_of_the_certificate_closes_the_door_to_the_moment(encrypted_box: NewBox, authority: Authority) -> None:
    # The next look would come only after a minute: what closes it is the certificate's own end.
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)
    with encrypted_box(authority.bundle(ends=ends - authority.now), look_every_s=60) as box:
        eventually(is_open(box.tls_port))
        eventually(is_refused(box.tls_port))
        late_s = (datetime.now(UTC) - ends).total_seconds()
        assert -0.05 < late_s < 0.5
        assert is_healthy_over_http(box)


@pytest.mark.parametrize("why", ["the clock", "the file", "the end", "another clock"])
def test_the_door_closes_and_opens_again_and_plain_pages_go_on(encrypted_box: NewBox, why: str) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        with connected(box.tls_port, trusting(box.roots)) as stream:
            stream.sendall(f"GET /api/v1/stages/main-floor/stream HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
            assert b"event: state" in _until(stream, b"event: state")
            match why:
                case "the clock":
                    box.clock.trust = ClockTrust.SAVED
                case "the file":
                    box.remove()
                case "the end":
                    box.clock.turn_to(box.authority.now + 89 * DAY + timedelta(seconds=1))
                case "another clock":
                    box.clock.off_by_ms = -(10**13)
            took = eventually(is_refused(box.tls_port))
            assert took < 2
            # Whoever is connected is not left to wait either.
            assert _rest(stream) is not None
        assert reach(box.tls_port)[1] < 50
        eventually(lambda: box.api_file == "none")
        assert is_healthy_over_http(box)
        box.clock.off_by_ms, box.clock.trust = 0, ClockTrust.NTP
        box.put(box.authority.bundle())
        eventually(is_open(box.tls_port))
        eventually(lambda: box.api_file == API)


def _until(stream: ssl.SSLSocket, mark: bytes) -> bytes:
    got = b""
    while mark not in got:
        more = stream.recv(65536)
        assert more, got
        got += more
    return got


def _rest(stream: ssl.SSLSocket) -> bytes:
    got = b""
    try:
        while more := stream.recv(65536):
            got += more
    except ConnectionError:
        pass
    except ssl.SSLError:
        # An end without goodbye.
        pass
    return got


def test_a_renewed_certificate_is_served_without_a_connection_lost(encrypted_box: NewBox, authority: Authority) -> None:
    with encrypted_box(authority.bundle(ends=5 * DAY)) as box:
        eventually(is_open(box.tls_port))

        def served_until() -> object:
            with connected(box.tls_port, trusting(box.roots)) as connection:
                return connection.getpeercert()["notAfter"]  # type: ignore[index]

        first = served_until()
        plain = http.client.HTTPConnection("127.0.0.1", box.served.port, timeout=10)
        with connected(box.tls_port, trusting(box.roots)) as kept:
            box.put(authority.bundle())
            eventually(lambda: served_until() != first)
            for connection in (kept, None):
                if connection is not None:
                    connection.sendall(f"GET /health HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
                    assert b"200 OK" in _until(connection, b"\r\n\r\n")
                else:
                    plain.request("GET", "/health")
                    assert plain.getresponse().read()
        plain.close()


def test_a_spoilt_renewal_is_told_and_plain_pages_go_on(encrypted_box: NewBox) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        box.put(b"half a certi")
        eventually(is_refused(box.tls_port))
        health = box.served.visitor().get("/health")
        assert (health.status, health.json["status"]) == (200, "degraded")
        assert "can't be read" in health.json["parts"]["certificate"]["problem"]
        assert health.json["certificate"]["state"] == "unusable"
        metrics = box.served.visitor().get("/metrics").text
        assert 'pika_box_certificate_state{state="unusable"} 1.0' in metrics
        assert "pika_box_certificate_in_use 0.0" in metrics


def test_health_and_metrics_tell_the_state_and_when_it_ends(encrypted_box: NewBox, authority: Authority) -> None:
    with encrypted_box(authority.bundle(ends=20 * DAY)) as box:
        eventually(is_open(box.tls_port))
        ends = int((authority.now + 20 * DAY).timestamp())
        health = box.served.visitor().get("/health").json
        assert health["certificate"] == {"state": "expiring", "in_use": True, "not_after_s": ends}
        assert "ends in 19 days" in health["parts"]["certificate"]["problem"]
        metrics = box.served.visitor().get("/metrics").text
        found = dict(line.rsplit(" ", 1) for line in metrics.splitlines() if line.startswith("pika_box_certificate"))
        assert float(found["pika_box_certificate_not_after_seconds"]) == ends
        assert found['pika_box_certificate_state{state="expiring"}'] == "1.0"
        assert found["pika_box_certificate_in_use"] == "1.0"


@pytest.mark.parametrize("name", ["www.google.com", "connectivitycheck.gstatic.com", "example.org", "127.0.0.1", None])
def test_another_name_is_refused_at_once_by_name_and_shown_no_certificate(
    encrypted_box: NewBox, name: str | None
) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        began = time.monotonic()
        with pytest.raises(ssl.SSLError) as raised:
            connected(box.tls_port, careless(), name=name)
        assert raised.value.reason == "TLSV1_UNRECOGNIZED_NAME"
        assert time.monotonic() - began < 1
        assert phone_of(box).get("/health").status == 200


def test_a_resumed_session_is_of_no_use_for_another_name(encrypted_box: NewBox) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        context = careless()
        with connected(box.tls_port, context) as first:
            first.sendall(f"GET /health HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
            _until(first, b"\r\n\r\n")
            session = first.session
        raw = socket.create_connection(("127.0.0.1", box.tls_port), timeout=10)
        with raw, pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
            context.wrap_socket(raw, server_hostname="www.google.com", session=session)


def test_old_versions_and_plain_words_are_refused(encrypted_box: NewBox) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        for version, fine in [(ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)]:
            context = careless()
            context.minimum_version = context.maximum_version = version
            with connected(box.tls_port, context) as connection:
                assert fine
                assert connection.version() == version.name.replace("_", ".")
        # A first packet that offers TLS 1.1 at most, as an old phone sends it.
        extensions = struct.pack(">HHHBH", 0, len(NAME) + 5, len(NAME) + 3, 0, len(NAME)) + NAME.encode()
        body = b"\x03\x02" + bytes(32) + b"\0" + b"\x00\x04\xc0\x13\x00\x2f" + b"\x01\0"
        body += struct.pack(">H", len(extensions)) + extensions
        old = b"\x16\x03\x01" + struct.pack(">H", len(body) + 4) + b"\x01" + struct.pack(">I", len(body))[1:] + body
        for words in (old, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\0" * 600, b"SSH-2.0-x\r\n"):
            with socket.create_connection(("127.0.0.1", box.tls_port), timeout=10) as raw:
                raw.sendall(words)
                answer = _ended(raw)
                assert b"\x16\x03" not in answer, "nothing of a handshake"
        assert phone_of(box).get("/health").status == 200


def _ended(raw: socket.socket) -> bytes:
    got = b""
    try:
        while more := raw.recv(4096):
            got += more
    except TimeoutError:
        raise
    except OSError:
        # A reset, or one that came before the connection was made.
        pass
    return got


def test_first_words_may_come_in_pieces(encrypted_box: NewBox) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        words = first_words(NAME)
        with socket.create_connection(("127.0.0.1", box.tls_port), timeout=10) as raw:
            for start in range(0, len(words), 100):
                raw.sendall(words[start : start + 100])
                time.sleep(0.01)  # so that they are packets of their own
            assert raw.recv(1) == b"\x16"


def silent(port: int, address: str) -> socket.socket:
    """A connection on which nothing is said; the reset of one too many may be quicker than its own making."""
    one = socket.socket()
    one.settimeout(10)
    one.bind((address, 0))
    with contextlib.suppress(ConnectionResetError):
        one.connect(("127.0.0.1", port))
    return one


@pytest.mark.parametrize("where", ["one address", "many addresses"])
def test_whoever_says_nothing_is_let_go_and_only_so_many_may_wait(
    encrypted_box: NewBox, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr("appliance.tls.door.HANDSHAKE_WITHIN_S", 3.0)
    limit = "BEGINNINGS_OF_ONE_MOST" if where == "one address" else "BEGINNINGS_MOST"
    monkeypatch.setattr(f"appliance.tls.door.{limit}", 10)
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        began = time.monotonic()
        waiting = [silent(box.tls_port, f"127.0.4.{1 if where == 'one address' else n}") for n in range(1, 16)]
        for one in waiting[10:]:
            assert _ended(one) == b""
            one.close()
        assert time.monotonic() - began < 2.5
        # A phone with another address is not kept out by one that fills its own share.
        if where == "one address":
            assert Phone(box.tls_port, box.roots, address="127.0.4.77").get("/health").status == 200
        for one in waiting[:10]:
            assert _ended(one) == b""
            one.close()
        assert 2.5 < time.monotonic() - began < 15
        assert phone_of(box).get("/health").status == 200


def test_a_refusal_ends_in_good_order_so_that_every_system_hears_it(encrypted_box: NewBox) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        with socket.create_connection(("127.0.0.1", box.tls_port), timeout=10) as raw:
            raw.sendall(first_words("www.google.com"))
            # An alert: fatal, unrecognized_name (RFC 6066, section 3). Then an end, and no reset, which may outrun it.
            assert raw.recv(100) == b"\x15\x03\x03\x00\x02\x02\x70"
            assert raw.recv(100) == b""


def first_words(name: str) -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        careless().wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


def test_a_handshake_that_stops_half_way_is_let_go(encrypted_box: NewBox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.tls.door.HANDSHAKE_WITHIN_S", 0.5)
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        words = first_words(NAME)
        for sent in (words[:50], words):
            with socket.create_connection(("127.0.0.1", box.tls_port), timeout=10) as raw:
                raw.sendall(sent)
                began = time.monotonic()
                _ended(raw)
                assert time.monotonic() - began < 3


def test_a_name_that_is_no_text_fills_no_log(encrypted_box: NewBox, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        words = first_words(NAME).replace(b"pika-ab12", b"pika-\xff\xfe12")
        with socket.create_connection(("127.0.0.1", box.tls_port), timeout=10) as raw:
            raw.sendall(words)
            assert _ended(raw)[:1] == b"\x15"
    assert told == []


def test_a_port_that_is_taken_is_told_and_plain_pages_go_on(encrypted_box: NewBox) -> None:
    with encrypted_box(None) as box, socket.create_server(("127.0.0.1", box.tls_port)):
        box.put(box.authority.bundle())

        def problem() -> str:
            return str(box.served.visitor().get("/health").json["parts"]["certificate"].get("problem"))

        eventually(lambda: f"Port {box.tls_port}" in problem())
        assert box.api_file in {"", "none"}


def test_no_answer_of_any_kind_of_route_binds_a_phone_to_https(encrypted_box: NewBox) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        kinds = ["/", "/s/main-floor", "/dj", "/staff", "/health", "/metrics", "/api/v1/stages", "/api/captive"]
        kinds += ["/api/v1/openapi.json", "/nothing-here", "/static/x/css/tokens.css", "/welcome", "/likes"]
        kinds += ["/api/v1/stages/main-floor/now", "/welcome/qr.svg"]
        for path in kinds:
            for answer in (phone_of(box).get(path), box.served.visitor().get(path)):
                names = {name.lower() for name in answer.headers}
                assert "strict-transport-security" not in names, path
                assert "upgrade-insecure-requests" not in str(answer.headers), path
            assert not box.served.visitor().get(path).headers.get("location", "").startswith("https:")
        refused = [phone_of(box).ask("DELETE", "/health"), phone_of(box).get("/", Host="bank.example")]
        assert all("strict-transport-security" not in answer.headers for answer in refused)
