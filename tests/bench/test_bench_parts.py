"""The parts of the bench that could flatter: what counts as a delivery, as stored, as met."""

import socket
import sqlite3
import threading
from pathlib import Path

import pytest

from tests.bench.audience import Audience
from tests.bench.process import Broken
from tests.bench.sockets import cookies_in, whole_answer
from tests.bench.stored import Missing, missing
from tests.bench.table import Figure, Goal, as_text


def _database(path: Path, *, likes: list[tuple[str, str]], journal: list[str]) -> Path:
    with sqlite3.connect(path) as link:
        link.execute("CREATE TABLE likes (play_id TEXT, guest_id TEXT, at_ms INTEGER)")
        link.execute("CREATE TABLE journal (seq INTEGER PRIMARY KEY, kind TEXT, body TEXT)")
        link.executemany("INSERT INTO likes VALUES (?, ?, 0)", likes)
        link.executemany("INSERT INTO journal (kind, body) VALUES ('like.given', ?)", [(body,) for body in journal])
    link.close()
    return path


def test_an_answered_like_that_is_not_in_the_file_is_counted_as_missing(tmp_path: Path) -> None:
    database = _database(tmp_path / "box.db", likes=[("p1", "anna")], journal=['{"play":"p1","guest":"anna"}'])

    assert missing(database, [("p1", "anna")]) == Missing(likes=0, journal=0)
    assert missing(database, [("p1", "anna"), ("p1", "ben"), ("p2", "anna")]) == Missing(likes=2, journal=2)


def test_a_like_without_its_journal_row_is_counted_as_missing_there(tmp_path: Path) -> None:
    database = _database(tmp_path / "box.db", likes=[("p1", "anna")], journal=['{"play":"p1","guest":"ben"}'])

    assert missing(database, [("p1", "anna")]) == Missing(likes=0, journal=1)


def test_each_phone_counts_once_for_an_event() -> None:
    phones, servers = zip(*(socket.socketpair() for _ in range(3)), strict=True)
    audience = Audience(phones)
    for server in servers:
        server.sendall(b"data: fan-00001\n\ndata: fan-00001\n\n")

    assert len(audience.gather(b"fan-00001")) == 3
    audience.close()
    for each in (*phones, *servers):
        each.close()


def test_an_event_cut_in_two_is_still_a_delivery() -> None:
    phone, server = socket.socketpair()
    audience = Audience([phone])
    server.sendall(b"data: fan-0")
    rest = threading.Timer(0.05, server.sendall, [b"0001\n\n"])
    rest.start()

    assert len(audience.gather(b"fan-00001")) == 1
    rest.join()
    server.close()
    audience.close()
    phone.close()


def test_a_phone_that_was_cut_off_has_nothing() -> None:
    phone, server = socket.socketpair()
    audience = Audience([phone])
    server.close()

    assert audience.gather(b"fan-00001") == []
    audience.close()
    phone.close()


def test_an_answer_is_whole_when_its_length_has_come() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"

    assert not whole_answer(head[:-1])
    assert not whole_answer(head + b"bod")
    assert whole_answer(head + b"body")
    with pytest.raises(Broken, match="no Content-Length"):
        whole_answer(b"HTTP/1.1 200 OK\r\n\r\n")


def test_all_cookies_of_a_page_are_sent_back() -> None:
    answer = b"HTTP/1.1 200 OK\r\nset-cookie: pika_guest=a1.ff; Path=/\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n"

    assert cookies_in(answer) == b"pika_guest=a1.ff; b=2"


def test_a_median_meets_its_target_but_a_loss_counts_in_any_run() -> None:
    assert Goal(20).met_by([30, 19, 18])
    assert not Goal(20).met_by([30, 21, 18])
    assert Goal(4000, at_least=True).met_by([4001])
    assert not Goal(4000, at_least=True).met_by([3999])
    assert not Goal(0, always=True).met_by([0, 1, 0])


def test_the_table_says_what_was_missed() -> None:
    lines = as_text([Figure("key", "a figure", "ms", [30, 21, 18], goal=Goal(20), peer=[25.0])]).splitlines()

    assert lines[2].split("  ")[0] == "a figure"
    assert "21.0 ms [18.0-30.0]" in lines[2]
    assert "missed" in lines[2]
    assert "25.0 ms" in lines[2]
