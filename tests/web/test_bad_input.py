"""Bodies, texts and names that nobody means well with: refused by name, stored nowhere, never markup."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.real_box import RealBox
from tests.support.visitors import Answer, Visitor
from tests.web.answers import assert_safe, memory_of, nothing_stored, problem
from tests.web.conftest import Floor
from tests.web.html import opened
from tests.web.phone import Phone
from tests.web.raw import Raw

JSON = {"Content-Type": "application/json"}
LIMIT = 10 * 1024
GOOD = b'{"title": "t", "artist": "a"}'

#: bytes that are no JSON, or no JSON text that can be kept
BROKEN = {
    "nothing but a brace": b"{",
    "a trailing comma": b'{"title": "t", "artist": "a",}',
    "single quotes": b"{'title': 't', 'artist': 'a'}",
    "two documents": GOOD + GOOD,
    "text after the end": GOOD + b"x",
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "UTF-16": GOOD.decode().encode("utf-16"),
    "a zero byte": GOOD + b"\0",
    "NaN": b'{"title": "t", "artist": "a", "bpm": NaN}',
    "Infinity": b'{"title": "t", "artist": "a", "bpm": Infinity}',
    "minus Infinity": b'{"title": "t", "artist": "a", "bpm": -Infinity}',
    "a number with a plus": b'{"title": "t", "artist": "a", "bpm": +120}',
    "invalid UTF-8": b'{"title": "\xff\xfe", "artist": "a"}',
    "an overlong form": b'{"title": "\xc0\xaf", "artist": "a"}',
    "a surrogate in UTF-8": b'{"title": "\xed\xa0\x80", "artist": "a"}',
    "a lone high surrogate": rb'{"title": "\ud800", "artist": "a"}',
    "a lone low surrogate": rb'{"title": "\udc00", "artist": "a"}',
    "surrogates the wrong way round": rb'{"title": "\udc00\ud800", "artist": "a"}',
    "a surrogate in a name": rb'{"title": "t", "artist": "a", "\ud800": 1}',
    "a raw line break in a text": b'{"title": "a\nb", "artist": "a"}',
    "brackets in an unknown field": b'{"title": "t", "artist": "a", "x": ' + b"[" * 9000,
    "closed brackets in an unknown field": b'{"title": "t", "artist": "a", "x": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "objects in objects": b'{"x":' * 1700 + b"1" + b"}" * 1700,
}
#: JSON, but not what is asked for
WRONG_SHAPE = {
    "a list": b"[]",
    "thousands of brackets": b"[" * 10_000,
    "a text": b'"title"',
    "a number": b"1",
    "null": b"null",
    "an empty object": b"{}",
    "nothing": b"",
    "no artist": b'{"title": "t"}',
    "a list for a text": b'{"title": ["t"], "artist": "a"}',
    "a number too large": b'{"title": "t", "artist": "a", "bpm": 1e400}',
    "a number of thousands of digits": b'{"title": "t", "artist": "a", "bpm": ' + b"9" * 5000 + b"}",
    "an age of thousands of digits": b'{"title": "t", "artist": "a", "age_ms": ' + b"9" * 5000 + b"}",
}


def send(floor: Floor, body: bytes, **headers: str) -> Answer:
    """A play announced with just these bytes."""
    return floor.dj.post(f"/api/v1/sessions/{floor.session}/plays", body=body, headers={**JSON, **headers})


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_what_is_not_json_is_refused_and_leaves_no_trace(box: RealBox, shared_floor: Floor, body: bytes) -> None:
    with nothing_stored(box.visitor()):
        problem(send(shared_floor, body), 400, "json_broken")
    assert shared_floor.act("alive").status == 204


@pytest.mark.parametrize("body", WRONG_SHAPE.values(), ids=WRONG_SHAPE)
def test_json_of_another_shape_is_refused_and_leaves_no_trace(box: RealBox, shared_floor: Floor, body: bytes) -> None:
    with nothing_stored(box.visitor()):
        problem(send(shared_floor, body), 422, "json_wrong_shape")


def test_of_a_name_that_stands_twice_the_last_counts(floor: Floor) -> None:
    sent = send(floor, b'{"title": "first", "title": "second", "artist": "a", "bpm": 40, "bpm": 120}')
    assert sent.status == 201
    assert floor.titles() == ["second"]
    assert floor.now()["now"]["bpm"] == 120


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", "json"]
)
def test_a_body_that_does_not_say_it_is_json_is_refused(box: RealBox, shared_floor: Floor, kind: str) -> None:
    with nothing_stored(box.visitor()):
        problem(send(shared_floor, GOOD, **{"Content-Type": kind}), 415, "not_json")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", " application/json "])
def test_json_is_recognised_however_it_is_spelled(floor: Floor, kind: str) -> None:
    assert send(floor, GOOD, **{"Content-Type": kind}).status == 201


@pytest.mark.parametrize(
    "body",
    [b"\xff", b"title=%ff&artist=a", b"title=%ed%a0%80&artist=a", "title=ü&artist=a".encode(), b"a&" * 60],
    ids=["no ASCII", "invalid UTF-8", "a surrogate", "not encoded", "sixty fields"],
)
def test_a_form_that_can_t_be_read_is_refused(box: RealBox, shared_floor: Floor, body: bytes) -> None:
    browser = box.visitor()
    browser.post("/dj/login", form={"token": shared_floor.dj.token or ""})
    with nothing_stored(box.visitor()):
        problem(browser.post("/dj/play", body=body), 400, "form_broken")


def test_a_body_just_within_the_limit_is_read_and_one_byte_more_is_not(box: RealBox, floor: Floor) -> None:
    padded = GOOD[:-1] + b" " * (LIMIT - len(GOOD)) + b"}"
    assert len(padded) == LIMIT
    with nothing_stored(box.visitor()):
        answer = send(floor, b" " + padded)
        problem(answer, 413, "body_too_large")
        assert answer.headers["connection"] == "close"
    assert send(floor, padded).status == 201


def large_by_length(connection: Raw) -> None:
    connection.ask("POST", "/api/v1/setup", "Content-Type: application/json", f"Content-Length: {1024 * 1024}")


def large_in_chunks(connection: Raw) -> None:
    connection.ask("POST", "/api/v1/setup", "Content-Type: application/json", "Transfer-Encoding: chunked")
    for _ in range(3):
        connection.send(b"1000\r\n" + b"[" * 0x1000 + b"\r\n")


@pytest.mark.parametrize("large", [large_by_length, large_in_chunks])
def test_a_megabyte_is_refused_before_it_is_read(box: RealBox, large: Callable[[Raw], None]) -> None:
    before = memory_of(box)
    for _ in range(30):
        with Raw(box.port) as connection:
            large(connection)
            answer = connection.answer()
            problem(answer, 413, "body_too_large")
            assert answer.headers["connection"] == "close"
            assert connection.is_closed(within_s=2)
    assert memory_of(box) - before < 8 * 1024 * 1024


def test_a_large_body_that_nobody_asked_for_is_not_kept(box: RealBox) -> None:
    before = memory_of(box)
    connections = [Raw(box.port) for _ in range(20)]
    try:
        for connection in connections:
            connection.ask("GET", "/health", f"Content-Length: {1024 * 1024}", body=b"x" * 100_000)
            assert connection.answer().status == 200
    finally:
        for connection in connections:
            connection.sock.close()
    assert memory_of(box) - before < 8 * 1024 * 1024


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "'\"><svg/onload=alert(1)>",
    "{{7*7}}{%raw%}${7*7}#{7*7}",
    "&lt;b&gt; &amp;amp; &#x3c;",
    "javascript:alert(1)",
    "%3Cscript%3E",
    "'; DROP TABLE play; --",
    "a\\u003cb\\n\\r",
    "𝕿𝖎𝖙𝖑𝖊 😀 ﷽ नमस्ते",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_only_ever_text(box: RealBox, floor: Floor, guest: Visitor, text: str) -> None:
    with Phone(box.port, floor.stage) as phone:
        floor.play("Before")
        play = floor.play(text, artist=text, key=text[:10])
        assert phone.until_title(text)[-1].data["now"]["artist"] == text
    assert floor.now()["now"]["title"] == text
    guest.ask("PUT", f"/api/v1/plays/{play}/like")
    floor.play("After")
    browser = box.visitor()
    browser.post("/dj/login", form={"token": floor.dj.token or ""})
    for visitor, path in ((guest, f"/s/{floor.stage}"), (guest, "/likes"), (browser, "/dj")):
        page = opened(visitor, path)
        assert text in [element.text for element in page.all("p", class_="row-title")], path
        assert {element.tag for element in page.all("img")} == set()
        assert {element.text for element in page.all("script")} <= {""}
        handlers = [name for element in page.elements for name in element.attributes if name.startswith("on")]
        assert handlers == []


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("one\r\ntwo\n\nevent: now\ndata: {}\n\n", "one two event: now data: {}"),
        ("id: 1\nretry: 1\u2028x\u2029y\u0085z", "id: 1 retry: 1 x yz"),
        ("\u202egnp.exe\u2066\u2069\u200f", "gnp.exe"),
        ("nul\0bell\a\u001b[31m", "nulbell[31m"),
        ("  much\t\u00a0\u3000space ", "much space"),
        ("e\u0301", "\u00e9"),
        ("\U000e0001\ufdd0\ue000private", "\U000e0001private"),
    ],
)
def test_a_text_is_one_clean_line_everywhere(box: RealBox, floor: Floor, sent: str, shown: str) -> None:
    with Phone(box.port, floor.stage) as phone:
        assert phone.next().name == "state"
        floor.play(sent)
        assert phone.next("now").data["now"]["title"] == shown
        floor.play("The next")
        assert phone.next("now").data["now"]["title"] == "The next"
    assert floor.titles() == ["The next", shown]


def test_names_with_line_breaks_are_one_line_on_pages_and_in_addresses(box: RealBox) -> None:
    hostile = "Evil\r\nSet-Cookie: a=b\r\n\r\n<b>"
    made = box.staff().post("/api/v1/stages", json_body={"name": hostile})
    assert (made.json["id"], made.json["name"]) == ("evil-set-cookie-a-b-b", "Evil Set-Cookie: a=b <b>")
    issued = box.staff().post("/api/v1/djs", json_body={"name": hostile}).json["token"]
    assert (issued["name"], issued["dj"]) == ("evil-set-cookie-a-b-b", "Evil Set-Cookie: a=b <b>")
    page = opened(box.visitor(), f"/s/{made.json['id']}")
    assert page.one("h1").text == "Evil Set-Cookie: a=b <b>"


@pytest.mark.parametrize("name", ["a\r\nX-Evil: 1", "a\0b", "é" * 40, "a b", "<b>", "..", "a" * 5000])
def test_a_name_in_an_address_is_only_looked_up(box: RealBox, floor: Floor, guest: Visitor, name: str) -> None:
    quoted = quote(name, safe="")
    asked: list[tuple[Visitor, str, str, Any]] = [
        (guest, "GET", f"/api/v1/stages/{quoted}/now", "stage_unknown"),
        (guest, "GET", f"/api/v1/stages/{quoted}/stream", "stage_unknown"),
        (guest, "GET", f"/s/{quoted}", "stage_unknown"),
        (guest, "GET", f"/api/v1/sessions/{quoted}", "session_unknown"),
        (floor.dj, "POST", f"/api/v1/sessions/{quoted}/end", "session_unknown"),
        (guest, "PUT", f"/api/v1/plays/{quoted}/like", "play_unknown"),
        (box.staff(), "DELETE", f"/api/v1/tokens/{quoted}", "token_unknown"),
    ]
    with nothing_stored(box.visitor()):
        for visitor, method, path, code in asked:
            answer = visitor.ask(method, path)
            problem(answer, 404, code)
            assert "x-evil" not in answer.headers
            moved = visitor.ask("GET", f"{path}/")
            assert_safe(moved)
            assert moved.status in {307, 404}
            assert "x-evil" not in moved.headers


def test_an_error_about_a_value_is_json_whatever_the_value(box: RealBox, shared_floor: Floor) -> None:
    for bad in ('"<script>"', '{"a": "\\u0000"}', "[1e308]", '"\\u2028"'):
        answer = send(shared_floor, f'{{"title": "t", "artist": "a", "bpm": {bad}}}'.encode())
        assert json.loads(answer.body)["code"] == "json_wrong_shape"
        assert b"<script>" not in answer.body
