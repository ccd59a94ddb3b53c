"""Every address: which methods it takes, that no path leads out of what is served, that every answer is safe."""

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.web.assets import static_mark
from appliance.web.site import Site
from tests.support.real_box import RealBox
from tests.web.answers import assert_safe, nothing_stored, problem, until
from tests.web.conftest import Floor
from tests.web.raw import Raw
from tests.web.served import serving

MARK = static_mark()
TRICKS = [
    f"/static/{MARK}/css/../pages/base.html",
    f"/static/{MARK}/css/%2e%2e/pages/base.html",
    f"/static/{MARK}/css/..%2fpages%2fbase.html",
    f"/static/{MARK}/css/%2e%2e%2f%2e%2e%2fpyproject.toml",
    f"/static/{MARK}/css/..%5c..%5cpyproject.toml",
    f"/static/{MARK}/css/%252e%252e/pages/base.html",
    f"/static/{MARK}/css/....//pages/base.html",
    f"/static/{MARK}/css//etc/passwd",
    f"/static/{MARK}/css/%2fetc%2fpasswd",
    f"/static/{MARK}/css/base.css%00.html",
    f"/static/{MARK}/css/%00",
    f"/static/{MARK}/css/",
    f"/static/{MARK}/css/{'a' * 5000}",
    f"/static/{MARK}/css/{'a/' * 5000}",
    f"/static/{MARK}/pages/base.html",
    "/static/",
    "/pages/base.html",
    "/.git/config",
    "/box.db",
    "/s/main-floor/../../box.db",
    "/s/%2e%2e%2f%2e%2e%2fbox.db",
    "/qr/..%2f..%2fbox.db.svg",
    "/poster/%2e%2e",
    "/api/v1/../../health",
    "/api/v1/stages/../../../health",
    "//evil.com",
    "//evil.com/",
    "/%2fevil.com/",
    "/\\evil.com/",
    "/%5cevil.com/%2e%2e/",
    "/" + "x" * 20_000,
]


@pytest.mark.parametrize(
    "path", ["/health", "/s/main-floor", "/api/v1/stages", "/api/v1/stages/main-floor/stream", "/nothing", "/static"]
)
def test_a_question_for_the_head_gets_the_head_only(box: RealBox, path: str) -> None:
    if path == "/static":
        path = f"/static/{static_mark()}/css/base.css"
    with Raw(box.port) as connection:
        connection.ask("HEAD", path)
        connection.ask("GET", "/health")
        head, after = connection.head(), connection.answer()
        assert_safe(head)
        assert head.status == (404 if path == "/nothing" else 200)
        assert after.json["status"] == "ok"


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PATCH", "PROPFIND", "CONNECT"])
@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/health", "GET, HEAD"),
        ("/likes", "GET, HEAD, POST"),
        ("/dj/play", "POST"),
        ("/api/v1/stages", "GET, HEAD, POST"),
        ("/api/v1/plays/p/like", "DELETE, PUT"),
        ("/api/v1/stages/main-floor/stream", "GET, HEAD"),
        ("/static/mark/css/base.css", "GET, HEAD"),
    ],
)
def test_an_address_says_which_methods_it_takes(box: RealBox, method: str, path: str, allow: str) -> None:
    with nothing_stored(box.visitor()), Raw(box.port) as connection:
        connection.ask(method, path, "Accept: application/json")
        answer = connection.answer()
        if method == "CONNECT":
            assert answer.status in {400, 405}
        else:
            problem(answer, 405, "method_wrong")
            assert answer.headers["allow"] == allow


def test_a_stream_can_only_be_read(box: RealBox) -> None:
    def none_open() -> bool:
        return "pika_box_streams 0.0" in box.visitor().get("/metrics").text

    assert until(none_open)
    for method in ("POST", "PUT", "DELETE"):
        problem(box.visitor().ask(method, "/api/v1/stages/main-floor/stream"), 405, "method_wrong")
    assert none_open()


@pytest.mark.parametrize("path", TRICKS, ids=lambda path: path[:60])
def test_no_path_leads_out_of_what_is_served(box: RealBox, path: str) -> None:
    with Raw(box.port) as connection:
        connection.ask("GET", path, "Accept: application/json")
        answer = connection.answer()
        assert_safe(answer)
        if answer.status == 307:
            assert answer.headers["location"].startswith("http://127.0.0.1/")
        else:
            assert problem(answer, 404, str(answer.json["code"]))


def test_every_kind_of_answer_says_what_browsers_may_not_do_with_it(box: RealBox, floor: Floor) -> None:
    etag = box.visitor().get(f"/api/v1/stages/{floor.stage}/now").headers["etag"]
    kinds: dict[str, tuple[int, tuple[str, ...]]] = {
        "GET /health": (200, ()),
        "GET /metrics": (200, ()),
        f"GET /s/{floor.stage}": (200, ()),
        "GET /api/v1/openapi.json": (200, ()),
        "POST /api/v1/guests": (204, ()),
        "POST /dj/logout": (303, ()),
        f"GET /api/v1/stages/{floor.stage}/now": (304, (f"If-None-Match: {etag}",)),
        f"GET /s/{floor.stage}/": (307, ()),
        "PUT /api/v1/plays/p/like": (401, ()),
        "GET /health ": (403, ("Origin: null",)),
        "GET /nothing": (404, ("Accept: text/html",)),
        "POST /health": (405, ()),
        "POST /dj/login": (413, ("Content-Length: 99999",)),
        f"GET /qr/{floor.stage}.svg": (503, ()),
        f"GET /static/{MARK}/js/live.js": (200, ()),
        f"GET /static/{MARK}/js/nothing.js": (404, ()),
        f"GET /api/v1/stages/{floor.stage}/stream": (200, ()),
    }
    for asked, (status, lines) in kinds.items():
        with Raw(box.port) as connection:
            connection.ask(*asked.strip().split(" "), *lines)
            head = connection.head()
            assert head.status == status, asked
            assert_safe(head)


def test_a_fault_of_the_box_is_told_without_its_particulars(tmp_path: Path) -> None:
    def broken(site: Site) -> Site:
        def verifier(secret: str) -> str:
            raise ZeroDivisionError(f"the secret is {secret}")

        return replace(site, verifier=verifier)

    with serving(tmp_path, change=broken) as box:
        with nothing_stored(box.visitor()):
            answer = box.staff().post("/api/v1/djs", json_body={"name": "DJ Anna"})
            problem(answer, 500, "fault")
            assert "secret" not in answer.text
            by_form = box.visitor(box.staff().token).post("/staff/djs", form={"name": "DJ Anna"})
        assert by_form.status == 500
        assert "Something in the box broke." in by_form.text
        assert_safe(by_form)
        assert box.visitor().get("/health").status == 200
