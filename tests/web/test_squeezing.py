"""What is compressed on its way to phones, and what never is."""

import gzip

import pytest

from appliance.web.assets import static
from tests.support.real_box import RealBox
from tests.support.visitors import Answer
from tests.web.conftest import Floor
from tests.web.raw import Raw

GZIP = "Accept-Encoding: gzip, deflate"


def asked(box: RealBox, path: str, *lines: str, method: str = "GET") -> Answer:
    with Raw(box.port) as connection:
        connection.ask(method, path, "Accept: */*", *lines)
        return connection.head() if method == "HEAD" else connection.answer()


def test_a_guest_s_page_comes_compressed_and_says_the_same(box: RealBox, floor: Floor) -> None:
    play = floor.play("Midnight City")
    plain, squeezed = (asked(box, f"/s/{floor.stage}", *lines) for lines in ((), (GZIP,)))
    assert "content-encoding" not in plain.headers
    assert squeezed.headers["content-encoding"] == "gzip"
    assert len(squeezed.body) < len(plain.body) / 2
    assert play.encode() in gzip.decompress(squeezed.body)
    assert {answer.headers["vary"].partition(", Accept")[0] for answer in (plain, squeezed)} != {""}
    assert all("Accept-Encoding" in answer.headers["vary"] for answer in (plain, squeezed))
    # Who chose how pages are painted has it so, also with nothing else known of the phone.
    painted = asked(box, f"/s/{floor.stage}", GZIP, "Cookie: pika_scheme=light")
    assert b'data-scheme="light"' in gzip.decompress(painted.body)


def test_the_state_that_is_asked_for_comes_compressed_and_keeps_its_tag(box: RealBox, floor: Floor) -> None:
    floor.play()
    path = f"/api/v1/stages/{floor.stage}/now"
    squeezed = asked(box, path, GZIP, "Cookie: pika_guest=forged; pika_lang=de")
    assert squeezed.headers["content-encoding"] == "gzip"
    assert b"So What" in gzip.decompress(squeezed.body)
    assert asked(box, path, GZIP, f"If-None-Match: {squeezed.headers['etag']}").status == 304


@pytest.mark.parametrize("kind", ["css/tokens+base.css", "js/stage.js"])
def test_static_files_are_compressed_once_and_never_asked_for_again(box: RealBox, kind: str) -> None:
    plain, squeezed = asked(box, static(kind)), asked(box, static(kind), GZIP)
    assert gzip.decompress(squeezed.body) == plain.body
    assert squeezed.headers["content-encoding"] == "gzip"
    for answer in (plain, squeezed):
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    under_another = static(kind).replace("/static/", "/static/0")
    again = asked(box, under_another, f"If-None-Match: {plain.headers['etag']}")
    assert (again.status, again.headers["cache-control"]) == (304, "no-cache")
    assert asked(box, static(kind), GZIP, method="HEAD").headers["content-length"] == str(len(squeezed.body))


@pytest.mark.parametrize(
    "line", ["Cookie: pika_staff=x", "Cookie: pika_guest=x; pika_login=y", "Authorization: Bearer x"]
)
def test_nothing_is_compressed_for_people_who_may_be_shown_a_secret(box: RealBox, floor: Floor, line: str) -> None:
    answer = asked(box, f"/s/{floor.stage}", GZIP, line)
    assert answer.status == 200
    assert "content-encoding" not in answer.headers


def test_what_is_small_or_refused_stays_as_it_is(box: RealBox, floor: Floor) -> None:
    for path, lines in (
        (f"/api/v1/stages/{floor.stage}/history", (GZIP,)),
        ("/nothing", (GZIP,)),
        (f"/s/{floor.stage}", ("Accept-Encoding: br",)),
    ):
        assert "content-encoding" not in asked(box, path, *lines).headers, path


def test_a_stream_is_never_compressed(box: RealBox, floor: Floor) -> None:
    with Raw(box.port) as connection:
        connection.ask("GET", f"/api/v1/stages/{floor.stage}/stream", GZIP)
        head = connection.head()
        assert "content-encoding" not in head.headers
        assert b"event: state" in connection.until(b"event: state")
        floor.play("Midnight City")
        assert connection.until(b"Midnight City")


@pytest.mark.parametrize("name", ["a+b.css", "tokens+.css", "stage+live.js", "+.css", "base.js", "tokens.css.css"])
def test_files_that_are_not_there_are_refused(box: RealBox, name: str) -> None:
    for folder in ("css", "js", "pages"):
        assert asked(box, static(f"{folder}/{name}"), "Accept: application/json").json["code"] == "file_unknown"
