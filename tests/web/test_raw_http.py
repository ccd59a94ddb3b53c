"""Bytes on the wire that no browser sends: broken, endless, slow, many. Others go on as if nothing had happened."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from appliance.web import asking, heads
from tests.support.real_box import RealBox
from tests.web.answers import memory_of, nothing_stored, problem
from tests.web.conftest import ORDINARY_FILES, Floor
from tests.web.raw import Raw
from tests.web.served import Served, serving

OWN = b"Host: 127.0.0.1\r\n"
GARBAGE = {
    "text": b"hello\r\n\r\n",
    "zeros": b"\0" * 100 + b"\r\n\r\n",
    "every byte": bytes(range(256)) + b"\r\n\r\n",
    "a TLS hello": bytes.fromhex("16030100c8010000c40303") + b"\x5a" * 200,
    "an SSH banner": b"SSH-2.0-OpenSSH_9.6\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/9.9": b"GET / HTTP/9.9\r\n" + OWN + b"\r\n",
    "an unknown method": b"FLY / HTTP/1.1\r\n" + OWN + b"\r\n",
    "no address": b"GET  HTTP/1.1\r\n" + OWN + b"\r\n",
    "an address that is none": b"GET health HTTP/1.1\r\n" + OWN + b"\r\n",
    "only a name for an address": b"GET http://127.0.0.1 HTTP/1.1\r\n" + OWN + b"\r\n",
    "an address beyond ASCII": b"GET /\xff HTTP/1.1\r\n" + OWN + b"\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\n" + OWN + b"broken\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n",
    "a zero byte in a header": b"GET / HTTP/1.1\r\n" + OWN + b"X: a\0b\r\n\r\n",
    "a negative length": b"POST /dj/login HTTP/1.1\r\n" + OWN + b"Content-Length: -1\r\n\r\n",
    "two lengths": b"POST /dj/login HTTP/1.1\r\n" + OWN + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "an endless length": b"POST /dj/login HTTP/1.1\r\n" + OWN + b"Content-Length: 99999999999999999999\r\n\r\n",
    "a length and chunks": b"POST /dj/login HTTP/1.1\r\n"
    + OWN
    + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("sent", GARBAGE.values(), ids=GARBAGE)
def test_what_is_no_http_is_told_so_and_the_connection_ends(box: RealBox, sent: bytes) -> None:
    with nothing_stored(box.visitor()), Raw(box.port) as connection:
        connection.send(sent)
        answer = connection.answer()
        problem(answer, 400, "http_broken")
        assert answer.headers["connection"] == "close"
        assert connection.is_closed(within_s=2)


def test_chunks_that_are_none_end_the_connection(box: RealBox) -> None:
    for broken in (b"zz\r\n", b"-1\r\n", b"5\r\nabcdefgh", b"ffffffffffffffffff\r\n"):
        with nothing_stored(box.visitor()), Raw(box.port) as connection:
            connection.ask("POST", "/api/v1/setup", "Transfer-Encoding: chunked", "Content-Type: application/json")
            connection.send(broken)
            problem(connection.answer(), 400, "http_broken")
            assert connection.is_closed(within_s=2)


@pytest.mark.parametrize(
    "head",
    [
        b"GET /health HTTP/1.1\r\n" + OWN + b"X: " + b"x" * 200_000,
        b"GET /health HTTP/1.1\r\n" + OWN + b"X: " + b"x" * 40_000 + b"\r\n\r\n",
        b"GET /health HTTP/1.1\r\n" + OWN + b"X: y\r\n" * 20_000 + b"\r\n",
        b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\n" + OWN + b"\r\n",
        b"\r\n" * 40_000,
    ],
    ids=["endless", "one large header", "many headers", "a large address", "only line breaks"],
)
@pytest.mark.parametrize("before", [b"", b"GET /health HTTP/1.1\r\n" + OWN + b"\r\n"], ids=["first", "second"])
def test_a_huge_head_is_cut_off(box: RealBox, before: bytes, head: bytes) -> None:
    with Raw(box.port) as connection:
        if before:
            connection.send(before)
            assert connection.answer().status == 200
        try:
            connection.send(head)
        except ConnectionError:
            return
        assert connection.is_closed(within_s=3)
        assert connection.received == b""


def test_a_head_of_ordinary_size_is_taken_whole_or_in_pieces(box: RealBox) -> None:
    head = b"GET /health HTTP/1.1\r\n" + OWN + b"X: " + b"x" * 30_000 + b"\r\n\r\n"
    with Raw(box.port) as connection:
        connection.send(head)
        assert connection.answer().status == 200
        for piece in (head[:10], head[10:20_000], head[20_000:-2], head[-2:]):
            connection.send(piece)
            time.sleep(0.01)
        assert connection.answer().status == 200


def test_requests_sent_at_once_are_answered_in_order(box: RealBox, floor: Floor) -> None:
    paths = ["/health", f"/api/v1/stages/{floor.stage}/now", "/nothing", f"/s/{floor.stage}", "/api/v1/stages"]
    with Raw(box.port) as connection:
        connection.send(b"".join(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() for path in paths))
        assert [connection.answer().status for _ in paths] == [200, 200, 404, 200, 200]


MEGABYTES = 1024 * 1024


def send_until_cut(connection: Raw, data: bytes, *, times: int) -> bool:
    """Whether the server ended the connection before it had taken all of it."""
    try:
        for _ in range(times):
            connection.send(data)
    except ConnectionError:
        return True
    return connection.is_closed(within_s=2)


def test_requests_sent_far_ahead_of_their_answers_are_not_kept(box: RealBox) -> None:
    before = memory_of(box)
    with Raw(box.port) as connection:
        assert send_until_cut(connection, b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 1000, times=100)
    assert memory_of(box) - before < 16 * MEGABYTES


def test_what_follows_a_body_without_an_end_is_not_kept(box: RealBox, floor: Floor) -> None:
    before = memory_of(box)
    with Raw(box.port) as connection:
        connection.ask("GET", f"/api/v1/stages/{floor.stage}/stream", "Transfer-Encoding: chunked")
        assert connection.head().status == 200
        connection.send(b"0\r\n")
        assert not send_until_cut(connection, b"X: y\r\n" * 10_000, times=50)
    assert memory_of(box) - before < 16 * MEGABYTES


@contextmanager
def impatient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A box that waits for a third of a second where others wait for ten or fifteen."""
    monkeypatch.setattr(heads, "HEAD_WITHIN_S", 0.3)
    monkeypatch.setattr(asking, "_BODY_WITHIN_S", 0.3)
    with serving(tmp_path) as box:
        yield box


def drip(connection: Raw, piece: bytes, *, for_s: float = 3) -> float:
    """Sends a little again and again until the server has had enough; how long that took."""
    started = time.monotonic()
    while time.monotonic() - started < for_s:
        try:
            connection.send(piece)
        except ConnectionError:
            break
        if connection.is_closed(within_s=0.02):
            break
    return time.monotonic() - started


def test_who_never_comes_to_the_point_is_cut_off_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = b"GET /health HTTP/1.1\r\n" + OWN + b"\r\n"
    refused = b"POST /api/v1/djs HTTP/1.1\r\n" + OWN + b"Content-Length: 9000\r\n\r\n"
    with impatient(tmp_path, monkeypatch) as box:
        with Raw(box.port) as silent:
            assert silent.is_closed(within_s=2), "said nothing at all"
        for answered, first, piece, why in (
            (b"", b"GET /health HTTP/1.1\r\n", b"X: y\r\n", "a head without an end"),
            (b"", b"", b"\r\n", "line breaks before the first head"),
            (whole, b"", b"\r\n", "line breaks after an answer"),
            (whole, b"GET /health HTTP/1.1\r\n", b"X: y\r\n", "a second head without an end"),
            (refused, b"", b"x", "the rest of a body that was refused"),
        ):
            with Raw(box.port) as connection:
                connection.send(answered)
                if answered:
                    assert connection.answer().status in {200, 401}
                connection.send(first)
                assert 0.2 < drip(connection, piece) < 2, why
                assert box.visitor().get("/health").status == 200


def test_a_connection_between_two_requests_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with impatient(tmp_path, monkeypatch) as box, Raw(box.port) as connection:
        for _ in range(3):
            connection.ask("GET", "/health")
            assert connection.answer().status == 200
            time.sleep(0.4)


def test_a_stream_outlives_the_patience_for_heads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with impatient(tmp_path, monkeypatch) as box, Raw(box.port) as connection:
        connection.ask("GET", "/api/v1/stages/main-floor/stream")
        assert not connection.is_closed(within_s=0.7)


def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with impatient(tmp_path, monkeypatch) as box, Raw(box.port) as connection:
        connection.ask("POST", "/api/v1/setup", "Content-Type: application/json", "Content-Length: 100", body=b"{")
        answer = connection.answer()
        problem(answer, 408, "body_too_slow")
        assert answer.headers["connection"] == "close"
        assert connection.is_closed(within_s=2)


def test_who_leaves_in_the_middle_of_a_body_leaves_no_trace(box: RealBox, floor: Floor) -> None:
    # The session's fixture sees that the log has no traceback of it either.
    head = (
        f"POST /api/v1/sessions/{floor.session}/plays HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {floor.dj.token}\r\nContent-Length: 50\r\n\r\n"
    )
    with nothing_stored(box.visitor()):
        for body in (b"", b'{"title": "t", "art'):
            with Raw(box.port) as connection:
                connection.send(head.encode() + body)
                time.sleep(0.05)
        time.sleep(0.1)


def test_hundreds_of_half_open_connections_do_not_stop_others(box: RealBox, floor: Floor) -> None:
    with ExitStack() as stack:
        for number in range(600):
            connection = stack.enter_context(Raw(box.port))
            if number % 2:
                connection.send(b"POST /dj/play HTTP/1.1\r\n" + OWN + b"Content-Length: 9999\r\n"[: number % 20])
        started = time.monotonic()
        for _ in range(20):
            assert floor.announce().status == 201
        assert time.monotonic() - started < 2


def test_the_server_may_open_more_files_than_an_ordinary_login(box: RealBox) -> None:
    limits = Path(f"/proc/{box.server_pid()}/limits").read_text(encoding="ascii")
    [line] = [line for line in limits.splitlines() if line.startswith("Max open files")]
    soft, hard = (int(word) for word in line.split()[3:5])
    assert soft == min(hard, 65_536)
    assert soft > ORDINARY_FILES


def test_older_and_stranger_requests_are_answered(box: RealBox) -> None:
    with Raw(box.port) as connection:
        connection.ask("GET", "/health", version="1.0")
        assert connection.answer().status == 200
        assert connection.is_closed(within_s=2)
    with Raw(box.port) as connection:
        connection.ask("GET", "/health", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
        assert connection.answer().status == 200
    with Raw(box.port) as connection:
        connection.send(b"GET http://127.0.0.1/health?a=b#c HTTP/1.1\r\n" + OWN + b"\r\n")
        assert connection.answer().status == 200
    with Raw(box.port) as connection:
        connection.ask("POST", "/api/v1/setup", "Expect: 100-continue", "Content-Length: 99999")
        problem(connection.answer(), 413, "body_too_large")
